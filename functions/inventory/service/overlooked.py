"""Resources that only events told of, and that a complete listing of their type does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from functions.inventory.model import census
from functions.inventory.model.census import Seen
from functions.inventory.model.discovery import Part
from functions.inventory.model.identity import GLOBAL
from functions.inventory.model.unlisted import Unlisted, place_of
from steward.store.work import Entities

DROPPED: Final = 50
"""Notes that one message drops at most; the rest is for the next sweep."""
READ: Final = 2_000
"""Notes read of one type at most: what is gone makes room for the next sweep's."""
_PAGE: Final = 200


class Listing(NamedTuple):
    """A type's complete listing in a part: what the sweep before had seen of it, and what this one has."""

    part: Part
    type: str
    before: Seen
    seen: Seen


def overlooked(listings: Iterable[Listing], notes: Entities[Unlisted]) -> Iterator[str]:
    """The ids of those that are not there; what a listing shows after all needs no note any more."""
    dropped = 0
    for listing in listings:
        for note in _notes(listing, notes):
            key = census.key_of_id(note.id)
            if key not in listing.seen:
                yield note.id
            elif listing.before.get(key) == listing.seen[key] and dropped < DROPPED:
                # What differs is reported as listed, which drops the note as well.
                notes.delete(note.id)
                dropped += 1


def _notes(listing: Listing, notes: Entities[Unlisted]) -> Iterator[Unlisted]:
    """Those of the type where the part would list them: everywhere when it is global."""
    part = listing.part
    region = None if part.region == GLOBAL else part.region
    key, after = place_of(part.provider, part.account, listing.type), None
    for _ in range(0, READ, _PAGE):
        page = notes.query(
            index="by_place", key=key, low=region, high=region, after=after, limit=_PAGE
        )
        yield from page.items
        after = page.cursor
        if after is None:
            return
