"""Moments as clouds and people write them: ISO 8601, seconds since 1970, and some that are neither."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

EARLIEST = 946_684_800
"""The year 2000 in seconds: a smaller number is no moment but a number."""
MAX_TEXT = 64
_LAST_MONTH = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?:[ T,]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?)?\s*(?:UTC|GMT|Z|[+-]00:?00)?"
_YEAR_FIRST = r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})" + _CLOCK
_YEAR_LAST = r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + _CLOCK
_WORDS = (
    r"(?:[A-Za-z]{3,9},? +)?(?:(\d{1,2})[ -]([A-Za-z]{3,9})|([A-Za-z]{3,9}) (\d{1,2})),?[ -](\d{4})"
    + _CLOCK
)


def moment(value: Any) -> datetime | None:
    """The moment that a value stands for; one without a zone is in UTC."""
    if type(value) is datetime:
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if type(value) is str:
        return _written(value) if len(value) <= MAX_TEXT else None
    return _counted(value) if type(value) in (int, float) else None


@lru_cache(maxsize=4096)
def _written(text: str) -> datetime | None:
    if text.isdigit():
        return _counted(float(text))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _other(text.strip())
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _counted(number: float) -> datetime | None:
    """Seconds since 1970, or milliseconds where those would be past the last year there is."""
    if number <= EARLIEST:
        return None
    for seconds in (number, number / 1000):
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _other(text: str) -> datetime | None:
    if match := re.fullmatch(_YEAR_FIRST, text, re.ASCII):
        year, month, day = match.group(1, 2, 3)
        return _dated(year, month, day, match.group(4, 5, 6))
    if match := re.fullmatch(_YEAR_LAST, text, re.ASCII):
        month, day, year = match.group(1, 2, 3)
        return _dated(year, month, day, match.group(4, 5, 6))
    if match := re.fullmatch(_WORDS, text, re.ASCII):
        word = (match.group(2) or match.group(3)).lower()[:3]
        if word in _MONTHS:
            month = str(_MONTHS.index(word) + 1)
            day = match.group(1) or match.group(4)
            return _dated(match.group(5), month, day, match.group(6, 7, 8))
    return None


def _dated(year: str, month: str, day: str, clock: tuple[str | None, ...]) -> datetime | None:
    hour, minute, second = (int(part or 0) for part in clock)
    first, last = int(month), int(day)
    if first > _LAST_MONTH:
        first, last = last, first
    try:
        return datetime(int(year), first, last, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
