"""Collections: how a concern declares what it keeps and how it is found again."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, TypeAdapter

from steward.errors import BadInput
from steward.store.records import SLOTS, Cursor, Slot
from steward.store.redaction import unknown_field

E = TypeVar("E", bound=BaseModel)
E_co = TypeVar("E_co", bound=BaseModel, covariant=True)

Audit: TypeAlias = Literal["full", "digest", "none"]
"""What the audit entry of a write holds: both bodies, their SHA-256, or nothing.

``none`` is for what is itself a record of something (an inbox mark, a delivery attempt).
"""

LIST_SHARDS = 4
_CURSOR = TypeAdapter(tuple[str, str])


@dataclass(frozen=True, slots=True)
class Index(Generic[E]):
    """A way to find entities: equal ``key``, in the order of ``sort``; a None key leaves one out.

    ``shards`` spreads a hot key (such as one status) over partitions; readers merge them.
    """

    name: str
    key: Callable[[E], str | None]
    sort: Callable[[E], str] = lambda _: ""
    shards: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Generic[E]):
    """For how long entities are kept ``since`` a moment of theirs; a tenant may set other ``bounds`` days."""

    since: Callable[[E], datetime]
    days: int
    bounds: tuple[int, int]

    def until(self, entity: E, days: int | None) -> datetime:
        """When the entity's time is over; days beyond the bounds count as the nearest within."""
        shortest, longest = self.bounds
        kept = self.days if days is None else max(shortest, min(longest, days))
        return self.since(entity) + timedelta(days=kept)


@dataclass(frozen=True, slots=True)
class Collection(Generic[E]):
    """Entities of one kind in a concern's table.

    ``secret`` and ``personal`` are dotted fields of the entity (see `steward.store.redaction`): what an
    audit entry shows as redacted, and what it must forget together with the ``person`` it is about.
    What is not ``listed`` expires, by ``expires`` or ``retention``: a tenant that closes leaves nothing.

    Raises:
        ValueError: more than four indexes, two of one name, a marked field that the entity does not
            have, or personal fields of nobody.
    """

    name: str
    entity: type[E]
    id: Callable[[E], str]
    indexes: tuple[Index[E], ...] = ()
    expires: Callable[[E], datetime | None] | None = None
    audit: Audit = "full"
    listed: bool = True
    secret: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    person: Callable[[E], str] | None = None
    retention: Retention[E] | None = None

    def __post_init__(self) -> None:
        names = [index.name for index in self.indexes]
        if len(names) >= SLOTS:
            raise ValueError(f"collection {self.name!r}: {len(names)} indexes; at most {SLOTS - 1}")
        if len(set(names)) != len(names):
            raise ValueError(f"collection {self.name!r}: two indexes share a name in {names}")
        if self.expires is not None and self.retention is not None:
            raise ValueError(f"collection {self.name!r}: both expires and a retention; keep one")
        if not self.listed and self.expires is None and self.retention is None:
            raise ValueError(f"collection {self.name!r}: neither listed nor expiring; choose one")
        # A misspelt mark would leave in the audit trail what it was to keep out.
        unknown = unknown_field(self.entity, (*self.secret, *self.personal))
        if unknown is not None:
            raise ValueError(f"collection {self.name!r}: {self.entity.__name__} has no {unknown!r}")
        if bool(self.personal) != (self.person is not None):
            raise ValueError(f"collection {self.name!r}: personal fields and person go together")

    @property
    def listing(self) -> Slot:
        """The slot that lists the whole collection by id."""
        return Slot("", "", LIST_SHARDS)

    def slots(self, entity: E) -> tuple[Slot | None, ...]:
        """The entity's place in the listing and in each declared index."""
        places: list[Slot | None] = [self.listing if self.listed else None]
        for index in self.indexes:
            key = index.key(entity)
            places.append(None if key is None else Slot(key, index.sort(entity), index.shards))
        return tuple(places)

    def expiry(self, entity: E, *, days: int | None = None) -> int | None:
        """When the entity vanishes, in epoch seconds; None for never. ``days`` is the tenant's retention."""
        moment = self.expires(entity) if self.expires is not None else None
        if self.retention is not None:
            moment = self.retention.until(entity, days)
        return None if moment is None else int(moment.timestamp())

    def slot_of(self, index: str) -> tuple[int, Index[E]]:
        """The slot number and declaration of a named index.

        Raises:
            KeyError: the collection declares no such index.
        """
        for number, declared in enumerate(self.indexes, start=1):
            if declared.name == index:
                return number, declared
        raise KeyError(f"collection {self.name!r} has no index {index!r}")


@dataclass(frozen=True, slots=True)
class Page(Generic[E_co]):
    """Some entities in order, and the cursor after the last; None when there is no more."""

    items: tuple[E_co, ...]
    cursor: str | None = None


def every(read: Callable[[str | None], Page[E]]) -> Iterator[E]:
    """The items of all pages; ``read`` gives the page after a cursor, the first one after None."""
    page = read(None)
    yield from page.items
    while page.cursor is not None:
        page = read(page.cursor)
        yield from page.items


def encode_cursor(cursor: Cursor) -> str:
    """The cursor as an opaque URL-safe string."""
    text = json.dumps(cursor, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """The cursor that `encode_cursor` wrote.

    Raises:
        BadInput: not one of ours.
    """
    try:
        cursor = _CURSOR.validate_json(
            base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        )
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadInput(
            f"cursor {text[:40]!r}: not a cursor of this list; start without one"
        ) from error
    return Cursor(*cursor)
