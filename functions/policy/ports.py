"""What the use cases need of the outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:  # a function that uses one of the ports need not load what the others speak of
    from functions.policy.model.finding import Waiver
    from functions.policy.model.hub import Hub
    from functions.policy.model.rule import Pack
    from functions.policy.model.rulebook.overlay import Overlay
    from functions.policy.model.rulebook.versions import Signed
    from functions.policy.model.ticket import Place, Standing
    from steward.contracts.event import Event
    from steward.contracts.policy import FindingView


class Publish(Protocol):
    """Sends an event with the commit."""

    def __call__(self, event: Event, /) -> None:
        """Send it, or nothing when the commit fails."""
        ...


class Rules(Protocol):
    """The rules that hold."""

    def __call__(self) -> Pack:
        """The pack; read once a process."""
        ...


class Exempt(Protocol):
    """The exemptions that hold."""

    def __call__(self, view: FindingView, /) -> Waiver | None:
        """The waiver that a violation has from one of them; None where it has none."""
        ...


class Bodies(Protocol):
    """What is too large for a table's item."""

    def get(self, key: str) -> bytes:
        """A body.

        Raises:
            NotFound: there is none of that key.
        """
        ...

    def put(self, body: bytes) -> str:
        """Keep a body; its key."""
        ...

    def delete(self, key: str) -> None:
        """Remove a body; one that is not there is no error."""
        ...


class NewId(Protocol):
    """Gives an id that a second run of the same message gives again."""

    def __call__(self) -> str:
        """The next id."""
        ...


class Later(Protocol):
    """Sends an event at a moment; the same key replaces an earlier one."""

    def __call__(self, when: datetime, event: Event, *, key: str) -> None:
        """Send it then, or nothing when the commit fails."""
        ...


class Sign(Protocol):
    """Signs for the tenant with the key of the audit trail."""

    def __call__(self, statement: bytes, /) -> Signed | None:
        """The signature; None where there is no key."""
        ...


class Verify(Protocol):
    """Tells whether a signature is the audit trail's."""

    def __call__(self, signature: Signed, statement: bytes, /) -> bool:
        """Whether it is, over these bytes."""
        ...


class PackOf(Protocol):
    """The rules that hold for an account of the tenant's."""

    def __call__(self, account: str, /) -> Overlay:
        """The pack, as it is in this Work."""
        ...


class HubFailure(NamedTuple):
    """A finding that Security Hub did not take: its id there, and why."""

    id: str
    code: str
    message: str


class SecurityHub(Protocol):
    """AWS Security Hub of the accounts that let Steward in."""

    def send(
        self, hub: Hub, region: str, documents: Sequence[Mapping[str, Any]], /
    ) -> Sequence[HubFailure]:
        """Have documents there as they are now, at most a hundred; those that failed.

        Raises:
            Denied: the role does not let Steward in, or may not import.
            Transient: it does not answer, or asks for a slower pace.
        """
        ...


class Vault(Protocol):
    """Secret values by name."""

    def get(self, name: str) -> str:
        """The value.

        Raises:
            NotFound: there is none of that name.
        """
        ...

    def put(self, name: str, value: str) -> None:
        """Set the value."""
        ...

    def delete(self, name: str) -> None:
        """Remove the value; one that is not there is no error."""
        ...


class Filed(NamedTuple):
    """A ticket in its tracker: its key and page there, and how it stands."""

    key: str
    url: str
    stands: Standing


class TicketDesk(Protocol):
    """A tracker that lets Steward in.

    Every method raises Transient when it does not answer or asks for a slower pace, and Permanent when
    it says no.
    """

    def find(self, mark: str) -> Filed | None:
        """The ticket with that mark, if there is one."""
        ...

    def make(self, mark: str, view: FindingView) -> Filed:
        """A new ticket for a finding, with a mark."""
        ...

    def move(self, key: str, to: Standing) -> None:
        """Bring a ticket there; one that stands so already stays."""
        ...


class Connect(Protocol):
    """Opens a tracker."""

    def __call__(self, place: Place, token: str, /) -> TicketDesk:
        """The desk of a place, opened with a token."""
        ...
