"""When: stretches of days said as ``30d``, ``6w`` or ``12m``, or by their first and last-but-one day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final, NamedTuple

from steward.errors import BadInput

_LAST = re.compile(r"([1-9][0-9]{0,3})([dwm])")
LONGEST: Final = 3_700
"""Days that one question spans at most."""
DEFAULT: Final = "30d"


class Span(NamedTuple):
    """From ``since`` on and before ``until``."""

    since: date
    until: date

    @property
    def before(self) -> Span:
        """As many days, right before."""
        return Span(self.since - (self.until - self.since), self.since)


def span(since: date | None, until: date | None, last: str | None, *, today: date) -> Span:
    """The days that are meant; today is the last of those that ``last`` counts.

    Raises:
        BadInput: both ways are used, or a stretch cannot be read, is empty or too long.
    """
    if last is not None and (since is not None or until is not None):
        raise BadInput(
            f"last {last[:20]!r}: goes without since and until; keep one of the two ways"
        )
    if since is None and until is not None:
        raise BadInput(f"until {until}: needs since as well")
    found = (
        Span(since, until or today + timedelta(days=1))
        if since is not None
        else _last(last or DEFAULT, today + timedelta(days=1))
    )
    if not 0 < (found.until - found.since).days <= LONGEST:
        raise BadInput(
            f"since {found.since}, until {found.until}: until must be later, by {LONGEST} days at most"
        )
    return found


def _last(text: str, until: date) -> Span:
    found = _LAST.fullmatch(text)
    if found is None:
        raise BadInput(f"last {text[:20]!r}: write a number and d, w or m, as 30d, 6w or 12m")
    number = int(found[1])
    days = {"d": number, "w": 7 * number}.get(found[2])
    try:
        since = months_before(until, number) if days is None else until - timedelta(days=days)
    except (OverflowError, ValueError) as error:
        raise BadInput(f"last {text}: reaches beyond any calendar") from error
    return Span(since, until)


def months_touched(since: date, until: date) -> list[str]:
    """The months from that of one day to that of another, both included, as 2026-01."""
    first, last = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    return [f"{one // 12:04d}-{one % 12 + 1:02d}" for one in range(first, last + 1)]


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day.

    Raises:
        ValueError: it is before the first year.
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for latest in range(day.day, 27, -1):
        try:
            return date(year, month + 1, latest)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))
