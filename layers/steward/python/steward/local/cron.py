"""When a schedule expression is due: pure arithmetic, in any time zone, over daylight saving changes.

As EventBridge Scheduler has it: a local time that the clocks skip is not due, one that they repeat
is due once, the first time.
Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn, Protocol, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from steward.errors import BadInput

_YEARS = range(1970, 2200)
_MONTHS = {
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6,
    "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
}  # fmt: skip
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

DaysOf: TypeAlias = Callable[[int, int], Sequence[int]]
"""The days of a month (year, month) on which something is due, ascending."""


class Expression(Protocol):
    """When something is due."""

    def after(self, moment: datetime) -> datetime | None:
        """The first due instant later than ``moment``, in UTC; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """Every ``period`` since ``since``; daylight saving does not touch it."""

    period: timedelta
    since: datetime

    def after(self, moment: datetime) -> datetime | None:
        """The next multiple of the period."""
        if moment < self.since:
            return self.since + self.period
        return self.since + ((moment - self.since) // self.period + 1) * self.period


@dataclass(frozen=True, slots=True)
class At:
    """Once."""

    moment: datetime

    def after(self, moment: datetime) -> datetime | None:
        """The one instant, until it has passed."""
        return self.moment if moment < self.moment else None


@dataclass(frozen=True, slots=True)
class Cron:
    """Fields of local time that must all agree."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DaysOf
    months: tuple[int, ...]
    years: tuple[int, ...]
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        """The next local time that exists and whose first occurrence is later than ``moment``."""
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        for candidate in self._local_times(local):
            instant = candidate.replace(tzinfo=self.zone).astimezone(UTC)
            skipped = instant.astimezone(self.zone).replace(tzinfo=None) != candidate
            if not skipped and instant > moment:
                return instant
        return None

    def _local_times(self, start: datetime) -> Iterator[datetime]:
        for day in self._days_from(start):
            for hour in self.hours:
                for minute in self.minutes:
                    candidate = day.replace(hour=hour, minute=minute)
                    if candidate >= start.replace(second=0, microsecond=0):
                        yield candidate

    def _days_from(self, start: datetime) -> Iterator[datetime]:
        for year in self.years[bisect_left(self.years, start.year) :]:
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                for day in self.days(year, month):
                    if (year, month, day) >= (start.year, start.month, start.day):
                        yield datetime(year, month, day)  # noqa: DTZ001  # local time, zone comes later


def parse(expression: str, *, timezone: str = "UTC", since: datetime) -> Expression:
    """The expression's meaning; ``since`` is where a rate starts to count.

    Raises:
        BadInput: names the part at fault and what is allowed.
    """
    kind, _, inner = expression.rstrip(")").partition("(")
    zone = _zone(timezone)
    if kind == "rate":
        return Rate(_period(expression, inner), since)
    if kind == "at":
        return At(_moment(expression, inner, zone))
    if kind == "cron":
        return _cron(expression, inner, zone)
    raise BadInput(f"schedule {expression!r}: use rate(...), cron(...) or at(...)")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInput(
            f"time zone {name!r}: unknown; use an IANA name such as Europe/Berlin"
        ) from error


def _period(expression: str, inner: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]*) (second|minute|hour|day)s?", inner)
    if found is None:
        raise BadInput(f"schedule {expression!r}: use rate(5 minutes), seconds to days")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _moment(expression: str, inner: str, zone: ZoneInfo) -> datetime:
    try:
        local = datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007  # the zone is given apart
    except ValueError as error:
        raise BadInput(f"schedule {expression!r}: use at(2026-01-31T08:00:00)") from error
    return local.replace(tzinfo=zone).astimezone(UTC)


def _cron(expression: str, inner: str, zone: ZoneInfo) -> Cron:
    fields = inner.split()
    if len(fields) != 6:  # noqa: PLR2004  # minutes hours day-of-month month day-of-week year
        raise BadInput(f"schedule {expression!r}: {len(fields)} fields; use six")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise BadInput(
            f"schedule {expression!r}: exactly one of day-of-month and day-of-week must be '?'"
        )
    read = _Fields(expression)
    return Cron(
        read.numbers("minutes", minutes, range(60)),
        read.numbers("hours", hours, range(24)),
        read.weekdays(weekdays) if days == "?" else read.monthdays(days),
        read.numbers("month", months, range(1, 13), _MONTHS),
        read.numbers("year", years, _YEARS),
        zone,
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    expression: str

    def numbers(
        self, name: str, text: str, allowed: range, names: dict[str, int] | None = None
    ) -> tuple[int, ...]:
        found: set[int] = set()
        for part in text.split(","):
            found |= set(self._span(name, part, allowed, names or {}))
        return tuple(sorted(found))

    def monthdays(self, text: str) -> DaysOf:
        if text == "L":
            return lambda year, month: (_length(year, month),)
        nearest = re.fullmatch(r"([0-9]{1,2})W", text)
        if nearest:
            wanted = self._one("day-of-month", nearest[1], range(1, 32), {})
            return lambda year, month: _nearest_weekday(year, month, wanted)
        days = self.numbers("day-of-month", text, range(1, 32))
        return lambda year, month: days[: bisect_left(days, _length(year, month) + 1)]

    def weekdays(self, text: str) -> DaysOf:
        name = "day-of-week"
        last = re.fullmatch(r"([1-7]|[A-Z]{3})L", text)
        nth = re.fullmatch(r"([1-7]|[A-Z]{3})#([1-5])", text)
        if text == "L":
            return lambda year, month: _on_weekdays(year, month, {7})
        if last:
            wanted = self._one(name, last[1], range(1, 8), _WEEKDAYS)
            return lambda year, month: _on_weekdays(year, month, {wanted})[-1:]
        if nth:
            wanted, place = self._one(name, nth[1], range(1, 8), _WEEKDAYS), int(nth[2])
            return lambda year, month: _on_weekdays(year, month, {wanted})[place - 1 : place]
        days = set(self.numbers(name, text, range(1, 8), _WEEKDAYS))
        return lambda year, month: _on_weekdays(year, month, days)

    def _span(self, name: str, part: str, allowed: range, names: dict[str, int]) -> range:
        body, slash, step_text = part.partition("/")
        step = self._one(name, step_text, range(1, allowed[-1] + 1), {}) if slash else 1
        if body == "*":
            return range(allowed[0], allowed[-1] + 1, step)
        low_text, dash, high_text = body.partition("-")
        low = self._one(name, low_text, allowed, names)
        last = allowed[-1] if slash else low
        high = self._one(name, high_text, allowed, names) if dash else last
        if high < low:
            self._refuse(name, part, "a range must rise")
        return range(low, high + 1, step)

    def _one(self, name: str, text: str, allowed: range, names: dict[str, int]) -> int:
        value = names.get(text.upper())
        if value is None and re.fullmatch(r"[0-9]{1,4}", text):
            value = int(text)
        if value is None or value not in allowed:
            self._refuse(name, text, f"use {allowed[0]} to {allowed[-1]}")
        return value

    def _refuse(self, name: str, text: str, rule: str) -> NoReturn:
        raise BadInput(f"schedule {self.expression!r}: {name} {text!r}; {rule}")


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _on_weekdays(year: int, month: int, weekdays: set[int]) -> list[int]:
    first, length = calendar.monthrange(year, month)
    # calendar counts Monday as 0; AWS counts Sunday as 1.
    return [day for day in range(1, length + 1) if (first + day) % 7 + 1 in weekdays]


def _nearest_weekday(year: int, month: int, wanted: int) -> tuple[int, ...]:
    length = _length(year, month)
    if wanted > length:
        return ()
    weekday = calendar.weekday(year, month, wanted)
    if weekday == calendar.SATURDAY:
        return (wanted - 1 if wanted > 1 else wanted + 2,)
    if weekday == calendar.SUNDAY:
        return (wanted + 1 if wanted < length else wanted - 2,)
    return (wanted,)
