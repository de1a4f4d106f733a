"""Finding resources by anything that is known of them, counting them, and asking them by SQL.

All of it reads the columnar snapshot with what was recorded since laid over it, so that every store gives
the same answers in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from functions.inventory.model.search.query import Facet, Facets, Order, Summary, Wanted
from functions.inventory.model.search.statement import Answer
from steward.errors import Denied, TooLarge
from steward.identity.items import Facts, Guarded
from steward.store.collection import Page, decode_cursor, encode_cursor
from steward.store.records import Cursor

T = TypeVar("T", bound=Guarded)

KINDS = 20_000
"""Combinations of account and telling tags that one answer is decided for."""


class Kin(NamedTuple):
    """What resources have in common that access is decided by."""

    provider: str
    account: str
    tags: tuple[tuple[str, str], ...]

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts("", self.provider, self.account, dict(self.tags))


class Sight(Protocol):
    """What a caller may see."""

    def sees_everything(self) -> bool:
        """Whether nothing at all is kept from the caller."""
        ...

    def by_kind(self) -> bool:
        """Whether it is decided by what things have in common."""
        ...

    def telling(self, tags: Iterable[str]) -> frozenset[str]:
        """Of these tag keys those that make a difference."""
        ...

    def visible(self, things: Sequence[T]) -> tuple[T, ...]:
        """Those of the things that the caller may see."""
        ...


class Seen(NamedTuple):
    """The kinds that are to be counted, told apart by these tag keys."""

    tags: tuple[str, ...]
    kinds: tuple[Kin, ...]


class Placed(NamedTuple):
    """A resource, and the value that it is sorted by."""

    sort: str
    summary: Summary


class Snapshot(Protocol):
    """The resources as of an instant."""

    @property
    def as_of(self) -> datetime:
        """Everything recorded by then is in it."""
        ...

    def page(
        self, wanted: Wanted, order: Order, *, after: Cursor | None, limit: int
    ) -> list[Placed]:
        """The first of the wanted resources behind a place in the order."""
        ...

    def tag_keys(self) -> frozenset[str]:
        """Every tag key that any resource has."""
        ...

    def kinds(self, tags: Iterable[str], *, most: int) -> list[Kin]:
        """The combinations there are of account and these tags; ``most`` and one more at most."""
        ...

    def count(
        self, wanted: Wanted, fields: Sequence[str], *, seen: Seen | None, most: int
    ) -> tuple[int, tuple[Facet, ...]]:
        """How many are wanted, and the most frequent values of each field."""
        ...

    def ask(self, sql: str, *, seen: Seen | None) -> Answer:
        """What a statement answers over the tables."""
        ...


def find(
    wanted: Wanted, order: Order, *, snapshot: Snapshot, cursor: str | None = None, limit: int = 50
) -> Page[Summary]:
    """A page of the wanted resources; what the caller may not see is left out afterwards.

    A cursor names the last resource's place in the order: what is written meanwhile moves no page.

    Raises:
        BadInput: the cursor is not of this list.
    """
    place = None if cursor is None else decode_cursor(cursor)
    found = snapshot.page(wanted, order, after=place, limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    last = encode_cursor(Cursor(shown[-1].sort, shown[-1].summary.id)) if more else None
    return Page(tuple(one.summary for one in shown), last)


def count(
    wanted: Wanted, fields: Sequence[str], *, snapshot: Snapshot, sight: Sight, most: int = 50
) -> Facets:
    """How many of the wanted resources the caller may see, and the values of the fields among those.

    Raises:
        Denied: what the caller may see is decided resource by resource.
        TooLarge: it is decided for too many kinds of resources.
    """
    seen = seen_by(sight, snapshot)
    total, facets = snapshot.count(wanted, fields, seen=seen, most=most)
    return Facets(total=total, facets=facets, as_of=snapshot.as_of)


def ask(sql: str, *, snapshot: Snapshot, sight: Sight) -> Answer:
    """What a statement answers over the tables, as far as the caller may see them.

    Raises:
        BadInput: it is no single SELECT over the tables, or fails.
        Denied: what the caller may see is decided resource by resource.
        TooLarge: it takes too much.
    """
    return snapshot.ask(sql, seen=seen_by(sight, snapshot))


def seen_by(sight: Sight, snapshot: Snapshot) -> Seen | None:
    """The kinds of resources that the caller may see; None when that is every one.

    Raises:
        Denied: it is decided resource by resource.
        TooLarge: there are too many kinds.
    """
    if sight.sees_everything():
        return None
    if not sight.by_kind():
        raise Denied(
            "what you may see is decided resource by resource; list them, or ask with a role in the "
            "whole tenant (see 'steward auth explain')"
        )
    tags = tuple(sorted(sight.telling(snapshot.tag_keys())))
    kinds = snapshot.kinds(tags, most=KINDS)
    if len(kinds) > KINDS:
        raise TooLarge(
            f"what you may see is decided by {', '.join(tags) or 'account'}: more than {KINDS} "
            "combinations; ask with a role in the whole tenant"
        )
    return Seen(tags, sight.visible(kinds))
