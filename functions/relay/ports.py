"""What the relay needs of the outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from functions.relay.model import Entry, Outbox, Timer
from steward.store.trail import Part


class Refused(NamedTuple):
    """Why the bus did not take an entry, and whether it may take it later."""

    code: str
    again: bool


class Bus(Protocol):
    """The event bus."""

    def put(self, entries: Sequence[Entry]) -> list[Refused | None]:
        """Offer at most ten entries; the answer says for each what refused it, if anything.

        Raises:
            Transient: throttled or out of reach; which entries it took is not known.
        """
        ...


class Trail(Protocol):
    """The audit trail's FIFO queue: one group per tenant, a commit's part known by the commit's id."""

    def send(self, parts: Sequence[Part]) -> list[Refused | None]:
        """Offer at most ten parts; the answer says for each what refused it, if anything.

        Raises:
            Transient: throttled or out of reach; which parts it took is not known.
        """
        ...


class Schedules(Protocol):
    """One-shot schedules by name, each of which publishes one event on the bus."""

    def set(self, timer: Timer) -> None:
        """Let the schedule of that name be this one, whatever it was before.

        Raises:
            Transient: throttled or out of reach.
        """
        ...

    def cancel(self, name: str) -> None:
        """Remove the schedule; one that fired or never was is no error.

        Raises:
            Transient: throttled or out of reach.
        """
        ...


class Decisions(Protocol):
    """The newest decision about each timer, kept because commits arrive in any order."""

    def note(self, tenant: str, timer: Timer) -> Timer:
        """Keep the decision unless a newer one is there; the one that stands.

        Raises:
            Transient: another relay was writing the same one.
        """
        ...

    def standing(self, tenant: str, name: str) -> Timer | None:
        """The decision that stands."""
        ...


class Patience(Protocol):
    """How long it is worth trying on."""

    def wait(self, attempt: int) -> bool:
        """Pause before the attempt of that number (from 1); False when the time is too short."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """What carries an outbox item out, at one instant."""

    bus: Bus
    trail: Trail
    schedules: Schedules
    decisions: Decisions
    patience: Patience
    now: datetime


class Poke(NamedTuple):
    """Where an outbox item waits: the table, the tenant and the commit's id."""

    table: str
    tenant: str
    commit: str


class Outboxes(Protocol):
    """Outbox items of a SQL store, where no stream carries them."""

    def read(self, poke: Poke) -> Outbox | None:
        """The item; None when it has expired.

        Raises:
            BadInput: an item that cannot be read.
            NotFound: its body, kept in the object store, is gone.
            Transient: the database or the object store is out of reach.
        """
        ...

    def pending(self, *, limit: int) -> list[Poke]:
        """The oldest items not yet relayed, of every tenant.

        Raises:
            Transient: the database is out of reach.
        """
        ...

    def expire(self) -> int:
        """Remove what has expired, of every tenant; how many items.

        Raises:
            Transient: the database is out of reach.
        """
        ...

    def relayed(self, pokes: Sequence[Poke]) -> None:
        """Take the items out of the relay's reach.

        Raises:
            Transient: the database is out of reach.
        """
        ...


class Pokes(Protocol):
    """The relay's own queue."""

    def send(self, pokes: Sequence[Poke]) -> None:
        """Ask for the items to be relayed.

        Raises:
            Transient: the queue did not take them all.
        """
        ...
