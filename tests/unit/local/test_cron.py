"""Schedule expressions: AWS's six fields, time zones, and every slot once over daylight saving."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.errors import BadInput
from steward.local.cron import Expression, parse

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 60 * 365 * 86400).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
CLOCKS = st.tuples(st.integers(0, 59), st.integers(0, 23), st.sampled_from(ZONES))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def slots(expression: Expression, start: datetime, end: datetime) -> list[datetime]:
    found: list[datetime] = []
    due = expression.after(start)
    while due is not None and due < end:
        found.append(due)
        due = expression.after(due)
    return found


@given(clock=CLOCKS, moment=MOMENTS)
def test_a_daily_time_is_the_next_existing_local_time(
    clock: tuple[int, int, str], moment: datetime
) -> None:
    minute, hour, zone = clock
    due = parse(f"cron({minute} {hour} * * ? *)", timezone=zone, since=moment).after(moment)
    assert due is not None
    assert moment < due <= moment + timedelta(days=2, hours=2)
    local = due.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute, local.second) == (hour, minute, 0)
    assert local.fold == 0


@given(clock=CLOCKS, year=st.integers(2000, 2050))
def test_no_day_has_a_daily_slot_twice_and_only_skipped_times_are_missing(
    clock: tuple[int, int, str], year: int
) -> None:
    minute, hour, zone = clock
    expression = parse(
        f"cron({minute} {hour} * * ? *)", timezone=zone, since=at("2000-01-01T00:00:00Z")
    )
    start = datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) - timedelta(minutes=1)
    end = datetime(year + 1, 1, 1, tzinfo=ZoneInfo(zone))
    days = [due.astimezone(ZoneInfo(zone)).date() for due in slots(expression, start, end)]
    assert len(days) == len(set(days))
    missing = 365 + calendar.isleap(year) - len(days)
    assert missing in ({0, 1} if zone != "UTC" else {0})


@given(moment=MOMENTS, count=st.integers(1, 90), unit=st.sampled_from(["minute", "hour", "day"]))
def test_a_rate_is_a_multiple_of_its_period_since_it_began(
    moment: datetime, count: int, unit: str
) -> None:
    since = at("2010-05-05T05:05:05Z")
    name = unit if count == 1 else f"{unit}s"
    due = parse(f"rate({count} {name})", since=since).after(moment)
    period = timedelta(**{f"{unit}s": count})
    assert due is not None
    assert due > moment
    assert (due - since) % period == timedelta(0)
    assert moment < since or due - moment <= period


@given(moment=MOMENTS, weekdays=st.sets(st.integers(1, 7), min_size=1))
def test_weekdays_count_from_sunday(moment: datetime, weekdays: set[int]) -> None:
    field = ",".join(map(str, sorted(weekdays)))
    due = parse(f"cron(0 12 ? * {field} *)", since=moment).after(moment)
    assert due is not None
    assert due.isoweekday() % 7 + 1 in weekdays
    assert due - moment <= timedelta(days=7)


def test_a_time_that_the_clocks_skip_is_not_due() -> None:
    daily = parse("cron(30 2 * * ? *)", timezone="Europe/Berlin", since=at("2026-01-01T00:00:00Z"))
    assert slots(daily, at("2026-03-28T00:00:00Z"), at("2026-03-31T00:00:00Z")) == [
        at("2026-03-28T01:30:00Z"),
        at("2026-03-30T00:30:00Z"),
    ]


def test_a_time_that_the_clocks_repeat_is_due_once() -> None:
    daily = parse("cron(30 2 * * ? *)", timezone="Europe/Berlin", since=at("2026-01-01T00:00:00Z"))
    assert slots(daily, at("2026-10-24T12:00:00Z"), at("2026-10-26T12:00:00Z")) == [
        at("2026-10-25T00:30:00Z"),
        at("2026-10-26T01:30:00Z"),
    ]


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("cron(0 9 ? * MON-FRI *)", "2026-03-30T09:00:00Z"),
        ("cron(0 9 ? * 6L *)", "2026-04-24T09:00:00Z"),
        ("cron(0 9 ? * 3#2 *)", "2026-04-14T09:00:00Z"),
        ("cron(0/15 8-10 * * ? *)", "2026-03-29T08:00:00Z"),
        ("cron(0 0 L * ? *)", "2026-03-31T00:00:00Z"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00Z"),
        ("cron(0 8 1W * ? *)", "2026-04-01T08:00:00Z"),
        ("cron(0 8 1W AUG ? *)", "2026-08-03T08:00:00Z"),
        ("cron(0 8 31W MAY ? *)", "2026-05-29T08:00:00Z"),
        ("cron(15 10 ? * L 2027-2028)", "2027-01-02T10:15:00Z"),
        ("at(2026-03-28T12:00:01)", "2026-03-28T12:00:01Z"),
    ],
)
def test_every_form_of_the_documentation_is_read(expression: str, due: str) -> None:
    start = at("2026-03-28T12:00:00Z")
    assert parse(expression, since=start).after(start) == at(due)


@pytest.mark.parametrize(
    "expression", ["cron(0 0 30 2 ? *)", "cron(0 0 * * ? 2020)", "at(2026-03-28T12:00:00)"]
)
def test_what_is_never_due_again_says_so(expression: str) -> None:
    start = at("2026-03-28T12:00:00Z")
    assert parse(expression, since=start).after(start) is None


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("cron(0 0 * * * *)", "exactly one of day-of-month and day-of-week"),
        ("cron(0 0 ? * ? *)", "exactly one of day-of-month and day-of-week"),
        ("cron(60 0 * * ? *)", "minutes '60'; use 0 to 59"),
        ("cron(5-1 0 * * ? *)", "minutes '5-1'; a range must rise"),
        ("cron(0 0 * FOO ? *)", "month 'FOO'; use 1 to 12"),
        ("cron(0 0 * * ?)", "5 fields; use six"),
        ("rate(0 minutes)", "use rate(5 minutes)"),
        ("every day", "use rate(...), cron(...) or at(...)"),
        ("at(tomorrow)", "use at(2026-01-31T08:00:00)"),
    ],
)
def test_a_wrong_expression_is_refused_with_what_is_allowed(
    expression: str, complaint: str
) -> None:
    with pytest.raises(BadInput) as refused:
        parse(expression, since=at("2026-01-01T00:00:00Z"))
    assert complaint in str(refused.value)
    assert expression in str(refused.value)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="Mars/Base"):
        parse("rate(1 hour)", timezone="Mars/Base", since=at("2026-01-01T00:00:00Z"))
