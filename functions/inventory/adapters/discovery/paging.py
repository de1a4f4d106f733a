"""One type after the other, page by page, with a cursor after each page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from functions.inventory.adapters.discovery.listing import Place, Step
from functions.inventory.model.discovery import Found, Interrupted, Refused
from steward.errors import BadInput

PagesOf: TypeAlias = Callable[[str, Place], Iterator[tuple[Found, Place | None]]]
"""The pages of a type from a place on, each with the place of the next one; None is the last one."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a part stands: the type being listed, the place in its listing, whether anything is hidden."""

    type: str
    place: Place = ()
    hidden: bool = False

    def text(self) -> str:
        """The cursor as others keep it."""
        place = [[step.token, step.key] for step in self.place]
        return json.dumps([self.type, place, self.hidden], separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor that a text is.

        Raises:
            BadInput: it is none.
        """
        try:
            type_name, place, hidden = json.loads(text)
            return cls(type_name, tuple(Step(token, key) for token, key in place), bool(hidden))
        except (ValueError, TypeError) as error:
            raise BadInput(
                f"cursor {text[:80]!r}: none of a discovery; start without one"
            ) from error


def pages(types: Sequence[str], cursor: str | None, pages_of: PagesOf) -> Iterator[Found]:
    """The pages of all types from a cursor on.

    Raises:
        BadInput: the cursor is at a type that is none of these.
        Interrupted: with the cursor to go on at, and the one that skips the type.
    """
    if not types:
        return
    at = Cursor.read(cursor) if cursor else Cursor(types[0])
    if at.type not in types:
        raise BadInput(f"cursor at {at.type!r}: the part has no such type; start without one")
    for number in range(types.index(at.type), len(types)):
        name = types[number]
        following = Cursor(types[number + 1]).text() if number + 1 < len(types) else None
        yield from _type(at if at.type == name else Cursor(name), following, pages_of)


def _type(at: Cursor, following: str | None, pages_of: PagesOf) -> Iterator[Found]:
    """The pages of one type; below parents, the last one has nothing but the end."""
    try:
        for found, place in pages_of(at.type, at.place):
            hidden = at.hidden or any(one.hides for one in found.problems)
            if place is None:
                yield replace(found, cursor=following, ended=True, whole=not hidden)
                return
            at = Cursor(at.type, place, hidden)
            yield replace(found, cursor=at.text())
    except Refused as error:
        problem = error.problem.model_copy(update={"type": at.type})
        yield Found(at.type, problems=(problem,), cursor=following, ended=True)
        return
    except Interrupted as error:
        error.problem = error.problem.model_copy(update={"type": at.type})
        error.cursor, error.skip = at.text(), following
        raise
    yield Found(at.type, cursor=following, ended=True, whole=not at.hidden)
