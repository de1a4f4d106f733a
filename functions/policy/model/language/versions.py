"""Version numbers that compare part by part, ``1.10`` after ``1.9``."""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Any

MAX_TEXT = 128
_PART = r"\d+|[A-Za-z]+|[^.\dA-Za-z]+"


@total_ordering
class Version:
    """A version; compared with what is no version it answers nothing, so that a filter says no."""

    __slots__ = ("_parts",)

    def __init__(self, text: str) -> None:
        parts = re.findall(_PART, text[:MAX_TEXT], re.ASCII)
        self._parts = [int(part) if part.isdigit() else part for part in parts]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(tuple(self._parts))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        # A number beside a word does not compare: TypeError, which a filter takes for false.
        return self._parts < other._parts


def version(value: Any) -> Version | None:
    """The version that a text or a number stands for."""
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return Version(str(value)) if plain else None
