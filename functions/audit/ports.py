"""What the audit trail needs: its books, the persons' keys, the locked archive, others' outboxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from functions.audit.model.chain import CHAINED, ENTRIES, HEADS, Chained, Entry, Head
from functions.audit.model.records import (
    ALARMS,
    GAPS,
    JOBS,
    REQUESTS,
    WATERMARKS,
    Alarm,
    Gap,
    Job,
    Request,
    Watermark,
)
from functions.audit.model.seal import PERSONS, Person
from functions.audit.model.signed import LASTS, SIGNED, Sealed, SignedHead
from steward.contracts.event import Event
from steward.store.work import Entities, TableView


@dataclass(frozen=True, slots=True)
class Books:
    """What one tenant's trail keeps, within one Work."""

    entries: Entities[Entry]
    head: Entities[Head]
    signed: Entities[SignedHead]
    last: Entities[SignedHead]
    persons: Entities[Person]
    requests: Entities[Request]
    jobs: Entities[Job]
    gaps: Entities[Gap]
    alarms: Entities[Alarm]
    chained: Entities[Chained]
    watermarks: Entities[Watermark]


def books_of(table: TableView) -> Books:
    """The books in the concern's table."""
    return Books(
        entries=table.of(ENTRIES),
        head=table.of(HEADS),
        signed=table.of(SIGNED),
        last=table.of(LASTS),
        persons=table.of(PERSONS),
        requests=table.of(REQUESTS),
        jobs=table.of(JOBS),
        gaps=table.of(GAPS),
        alarms=table.of(ALARMS),
        chained=table.of(CHAINED),
        watermarks=table.of(WATERMARKS),
    )


class Keys(Protocol):
    """The persons' data keys."""

    def of(self, person: str) -> bytes | None:
        """The person's key, made when it is first asked for; None once the person was erased."""
        ...

    def known(self, person: str) -> bytes | None:
        """The person's key; None when there is none."""
        ...


class Archive(Protocol):
    """The locked bucket: what is put there stays as it is."""

    def keep(self, hash_: str, text: str) -> str:
        """Keep an entry's content that is too large for an item; where it lies."""
        ...

    def text(self, place: str) -> str:
        """A content that was kept; empty when it is gone."""
        ...

    def seal(self, sealed: Sealed) -> Sealed:
        """Keep a signed head unless its place is taken; the one that stands there."""
        ...

    def sealed(self, seq: int) -> Sealed | None:
        """The signed head of that number."""
        ...


class Registry(Protocol):
    """The tenants that have a chain."""

    def note(self, tenant: str) -> None:
        """Know of a tenant, for good, before its first entry is there."""
        ...


class Committed(NamedTuple):
    """What a commit has left: its audit part, or why it cannot be read."""

    tenant: str
    commit: str
    table: str
    part: dict[str, Any] | None
    reason: str


class Commits(Protocol):
    """The outboxes of all tables and tenants."""

    def between(self, since: datetime, until: datetime) -> Iterator[Committed]:
        """The commits of that time which an entry is due for."""
        ...


Publish = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Chaining:
    """What it takes to add entries to a tenant's chain."""

    tenant: str
    books: Books
    keys: Keys
    archive: Archive
    registry: Registry
    random: Callable[[int], bytes]
    now: datetime
