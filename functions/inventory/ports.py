"""What the inventory needs of the clouds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, TypeAlias

from functions.inventory.model.claims import CloudAccount, Verdict
from functions.inventory.model.discovery import Call, Found, Part
from steward.contracts.metrics import MetricQuery, MetricSample


class Discovery(Protocol):
    """Everything there is in one account, subscription or project."""

    def parts(self) -> Iterator[Part]:
        """What to list, in pieces that can be listed side by side.

        Raises:
            Refused: the provider does not say which regions there are.
            Interrupted: it did not answer.
        """
        ...

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of a part from a cursor on, fetched one by one as they are asked for.

        Raises:
            Interrupted: throttled, expired, unreachable: its cursor says where to take it up again.
            BadInput: the cursor is none of this part's.
        """
        ...


class Cloud(Protocol):
    """One account's APIs; a sweep wraps it to slow down and to count."""

    def ask(self, call: Call) -> Mapping[str, Any]:
        """The parsed answer to one call.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        ...

    def regions_of(self, service: str) -> frozenset[str]:
        """The regions that have an endpoint of a service, as far as is known; empty when unknown."""
        ...


class Member(NamedTuple):
    """An account, subscription or project of an organisation; ``active`` when it is open for use."""

    account: str
    name: str
    active: bool


class Look(NamedTuple):
    """A look into one account: what there is, the provider's own clock, and the calls made so far."""

    discovery: Discovery
    clock: Callable[[], datetime]
    calls: Callable[[], int]


class Provider(Protocol):
    """One cloud provider, as far as claimed accounts are concerned."""

    def verify(self, account: CloudAccount) -> Verdict:
        """Enter the account as its claim says, and see what may be read there and what may not.

        Raises:
            Transient: the provider does not answer.
        """
        ...

    def members(self, account: CloudAccount, organization: str) -> Iterator[Member]:
        """Who belongs to the organisation, as seen from one of its accounts.

        Raises:
            Denied: the account may not list them.
            Transient: the provider does not answer.
        """
        ...

    def look(self, account: CloudAccount, types: frozenset[str] = frozenset()) -> Look:
        """What there is in the account, of these types; of all when none is named.

        Raises:
            Denied: it cannot be entered, or it is another account.
            Transient: the provider does not answer.
        """
        ...

    def groups(self, types: Sequence[str]) -> frozenset[str]:
        """The groups whose parts list these types.

        Raises:
            BadInput: a type that nothing lists.
        """
        ...


class Meter(Protocol):
    """What a cloud provider measures of an account's resources."""

    def measure(
        self, account: CloudAccount, queries: Sequence[MetricQuery], *, until: date
    ) -> Iterator[MetricSample]:
        """What was measured for each query, or why nothing is known.

        Raises:
            Denied: the account cannot be entered.
            Transient: the provider does not answer.
        """
        ...


Meters: TypeAlias = Callable[[str], Meter]
"""What measures at the provider of a name."""
Providers: TypeAlias = Callable[[str], Provider]
"""The provider of a name: ``aws``, ``azure`` or ``gcp``."""


class Censuses(Protocol):
    """Where what sweeps saw is kept: immutable bodies, named by what they hold."""

    def read(self, name: str) -> bytes:
        """A body.

        Raises:
            NotFound: there is none of that name.
        """
        ...

    def keep(self, part: str, body: bytes) -> str:
        """Keep a body of a part; its name."""
        ...

    def tidy(self, part: str, *, keep: frozenset[str]) -> int:
        """Remove a part's bodies but these; how many went."""
        ...
