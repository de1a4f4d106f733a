"""What a store keeps and how a commit is written down: plain tuples, cheap to send to a writer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeAlias

from steward.errors import Conflict, Permanent

SLOTS = 5
"""Index slots per item: 0 lists a collection by id, 1 to 4 serve its declared indexes."""

INBOX = "inbox"
OUTBOX = "outbox"
PENDING = "pending"
"""The partition of the outbox's first index that holds what the relay has still to send."""

OUTBOX_LIFE = timedelta(days=35)
"""How long a commit's outbox item stays as its record after the relay has carried it out."""


class Key(NamedTuple):
    """Where an item lives."""

    table: str
    tenant: str
    collection: str
    id: str


class Slot(NamedTuple):
    """An item's place in one index: the partition, the sort value, the shards of the partition."""

    partition: str
    sort: str
    shards: int = 1


class Put(NamedTuple):
    """Write an item if its version is ``expect``; None means it must be absent (or expired)."""

    key: Key
    expect: int | None
    version: int
    body: str
    slots: tuple[Slot | None, ...] = ()
    expires: int | None = None


class Delete(NamedTuple):
    """Remove an item if its version is ``expect``."""

    key: Key
    expect: int


class Check(NamedTuple):
    """Let the commit pass only if the item's version is ``expect``; None means absent."""

    key: Key
    expect: int | None


Write: TypeAlias = Put | Delete | Check


class Transaction(NamedTuple):
    """What commits whole or not at all, for one tenant, at one instant (epoch seconds).

    ``inbox`` is the mark of the message that it answers to; of several, the first one's.
    """

    id: str
    tenant: str
    now: int
    writes: tuple[Write, ...]
    inbox: Key | None = None


class Record(NamedTuple):
    """An item as it was read."""

    key: Key
    version: int
    body: str
    expires: int | None = None


class Cursor(NamedTuple):
    """The place after which a query goes on."""

    sort: str
    id: str


class Query(NamedTuple):
    """A page of one collection of one tenant, by one index, ordered by (sort, id).

    ``slot`` 0 lists by id and takes no partition. ``low`` and ``high`` bound the sort value, both
    inclusive. Reads are eventual: a fresh write may be missing.
    """

    table: str
    tenant: str
    collection: str
    now: int
    slot: int = 0
    partition: str = ""
    shards: int = 1
    low: str | None = None
    high: str | None = None
    after: Cursor | None = None
    limit: int = 50
    descending: bool = False


class Found(NamedTuple):
    """One item of a query, with its place in the order."""

    record: Record
    cursor: Cursor


class Outboxes(Protocol):
    """Reads of what commits have left, for the one who checks that nothing got lost on the way."""

    def committed(self, *, since: datetime, until: datetime, now: int) -> Iterator[Record]:
        """The outbox items staged in that time, of every table and tenant; eventually consistent."""
        ...


class AlreadyProcessed(Permanent):
    """The inbox already holds this message: its effects are in the store, nothing is left to do."""


class StaleVersion(Conflict):
    """An item changed, appeared or vanished between this Work's read and its commit."""


Refusal: TypeAlias = AlreadyProcessed | StaleVersion


def marks_first(transaction: Transaction) -> list[Write]:
    """The writes in the order in which every store looks at them: inbox marks, then all by their keys."""
    return sorted(transaction.writes, key=lambda write: (write.key.collection != INBOX, write.key))


def refusal_of(write: Write, inbox: Key | None) -> Refusal:
    """What a write that met its condition unfulfilled means for the commit."""
    key = write.key
    if key == inbox:
        return AlreadyProcessed(
            f"message of commit {key.id}: processed before; nothing is left to do"
        )
    wanted = "to be absent" if write.expect is None else f"at version {write.expect}"
    return StaleVersion(
        f"{key.table}/{key.collection}/{key.id[:80]}: expected {wanted}, but another writer was first; "
        "read it again"
    )


class Session(Protocol):
    """Reads on behalf of one tenant: a key or query that names another yields nothing or is refused."""

    def get(self, key: Key, *, now: int) -> Record | None:
        """The current item, consistently read; None when absent or expired."""
        ...

    def query(self, query: Query) -> list[Found]:
        """At most ``query.limit`` items in order."""
        ...


class Store(Protocol):
    """State behind one contract, whichever database holds it."""

    def of(self, tenant: str) -> Session:
        """Reads as that tenant; the database itself keeps every other tenant's items out of them."""
        ...

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        """Commit each on its own, in order; the answer says for each what refused it, if anything.

        Each is written as its own tenant: a write of another tenant's item fails it.

        Raises:
            NotGranted: a write names another tenant than its transaction.
            Transient: the database is out of reach or busy; which of them applied is not known.
        """
        ...
