"""Parts that a provider lists whole, all types mixed: its pages cut by type, and one end for all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from functions.inventory.model.discovery import EVERY, Found, Interrupted, Listed, Problem, Refused
from steward.errors import BadInput


class Page(NamedTuple):
    """What one answer held, and the token of the next one."""

    found: tuple[Listed | Problem, ...]
    token: str | None


def pages(fetch: Callable[[str | None], Page], cursor: str | None) -> Iterator[Found]:
    """The pages from a cursor on; each is cut by type, and only its last piece leads on.

    Raises:
        Interrupted: its cursor says where to take it up again.
        BadInput: the cursor is none of ours.
    """
    token, hidden = _read(cursor)
    while True:
        here = _text(token, hidden=hidden)
        try:
            page = fetch(token)
        except Interrupted as error:
            error.cursor = here
            raise
        except Refused as error:
            yield Found(EVERY, problems=(error.problem,), ended=True)
            return
        problems = tuple(one for one in page.found if isinstance(one, Problem))
        hidden = hidden or any(one.hides for one in problems)
        there = None if page.token is None else _text(page.token, hidden=hidden)
        yield from _pieces((one for one in page.found if isinstance(one, Listed)), here)
        yield Found(EVERY, (), problems, there, ended=there is None, whole=not hidden)
        if page.token is None:
            return
        token = page.token


def _text(token: str | None, *, hidden: bool) -> str:
    return json.dumps([token, hidden], separators=(",", ":"))


def _read(cursor: str | None) -> tuple[str | None, bool]:
    if cursor is None:
        return None, False
    try:
        token, hidden = json.loads(cursor)
    except (ValueError, TypeError) as error:
        raise BadInput(f"cursor {cursor[:80]!r}: none of a discovery; start without one") from error
    return token, bool(hidden)


def _pieces(found: Iterable[Listed], here: str) -> Iterator[Found]:
    for name, listed in groupby(sorted(found, key=_type), key=_type):
        yield Found(name, tuple(listed), cursor=here)


def _type(one: Listed) -> str:
    return one.subject.type
