"""Reading the chain: entries in order, and their contents wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from functions.audit.model.chain import CHAIN, Entry, Link, damaged, link_of, rank, stored, told
from functions.audit.model.signed import LAST, Sealed, SignedHead
from functions.audit.ports import Archive, Books
from steward.errors import Damaged, NotFound
from steward.store.collection import Page, every
from steward.store.records import Cursor

_PAGE = 500


def entries(books: Books, *, first: int = 1, last: int | None = None) -> Iterator[Entry]:
    """The entries from ``first`` to ``last``, as the store orders them."""
    high = None if last is None else rank(last)

    def page(after: str | None) -> Page[Entry]:
        return books.entries.query(
            index="by_n",
            key=CHAIN,
            after=after,
            limit=_PAGE,
            low=rank(first),
            high=high,
            keep=False,
            otherwise=unreadable,
        )

    return every(page)


def links(
    books: Books, archive: Archive, *, first: int = 1, last: int | None = None
) -> Iterator[Link]:
    """The same as they are verified."""
    n = first
    high = None if last is None else rank(last)
    for body in books.entries.bodies(index="by_n", key=CHAIN, low=rank(first), high=high):
        fields = stored(body)
        link = link_of(fields, _text(fields, archive), n)
        n = link.n + 1
        yield link


def unreadable(place: Cursor) -> Entry:
    """What is shown where something stands that is no entry, by its place in an index over numbers."""
    return damaged(int(place.sort.rpartition("/")[2]), place.id)


def content_at(entry: Entry, archive: Archive) -> dict[str, Any]:
    """What the entry says.

    Raises:
        Damaged: nothing that was ever chained.
    """
    content = told(text_of(entry, archive))
    if content is None:
        raise Damaged(
            f"audit entry {entry.n}: what stands there is not what was chained; run "
            "'steward audit tampered' to see what was done to the trail"
        )
    return content


def text_of(entry: Entry, archive: Archive) -> str:
    """The entry's canonical text."""
    if entry.content is not None:
        return entry.content
    return archive.text(entry.place or "")


def _text(fields: dict[str, Any], archive: Archive) -> str:
    content, place = fields.get("content"), fields.get("place")
    if isinstance(content, str):
        return content
    return archive.text(place) if isinstance(place, str) else ""


def entry_at(books: Books, n: int) -> Entry:
    """The entry of that number.

    Raises:
        NotFound: there is none.
    """
    found = next(entries(books, first=n, last=n), None) if n >= 1 else None
    if found is None:
        raise NotFound(f"audit entry {n}: not there; 'steward audit ls' shows those that are")
    return found


def all_sealed(archive: Archive, *, first: int = 1) -> Iterator[Sealed]:
    """The signed heads under lock, in order, until there is none."""
    seq = first
    while (sealed := archive.sealed(seq)) is not None:
        yield sealed
        seq += 1


def sealed_for(books: Books, archive: Archive, n: int) -> Sealed:
    """The signed head that holds the entry.

    Raises:
        NotFound: none does yet.
    """
    low, high = 1, last.seq if (last := last_signed(books)) is not None else 0
    while low <= high:
        seq = (low + high) // 2
        sealed = archive.sealed(seq)
        if sealed is None or n < sealed.head.first:
            high = seq - 1
        elif n > sealed.head.last:
            low = seq + 1
        else:
            return sealed
    raise NotFound(f"audit entry {n}: no signed head holds it yet; heads are signed every hour")


def last_signed(books: Books) -> SignedHead | None:
    """The head that was signed last."""
    return books.last.get(LAST)
