"""Values of hours summed up as days, and what was asked but not answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias, TypeVar

from steward.contracts.metrics import MetricDay, MetricQuery, MetricSample
from steward.errors import StewardError

HOUR: Final = 3600
DAY_HOURS: Final = 24
LONGEST: Final = 300
"""Characters of a reason that are passed on."""
Hours: TypeAlias = Mapping[datetime, float]
T = TypeVar("T")


def summed(query: MetricQuery, hours: Hours, *, until: date) -> MetricSample:
    """The whole days before ``until``, from the values of their hours."""
    found: dict[date, list[float]] = {}
    for moment, value in hours.items():
        found.setdefault(moment.astimezone(UTC).date(), []).append(value * query.scale)
    wanted = [query.since + timedelta(days=n) for n in range((until - query.since).days)]
    days = [(day, found.get(day, [])) for day in wanted]
    if query.sparse:
        days = [(day, [*values, *[0.0] * (DAY_HOURS - len(values))]) for day, values in days]
    summed_up = tuple(_day(day, values) for day, values in days if values)
    return MetricSample(resource=query.resource, metric=query.metric, days=summed_up)


def failed(queries: Iterable[MetricQuery], why: object) -> Iterator[MetricSample]:
    """The queries as those that were not answered, and why."""
    reason = " ".join(str(why).split())[:LONGEST] or "not answered"
    for one in queries:
        yield MetricSample(resource=one.resource, metric=one.metric, failure=reason)


def answered(
    queries: Iterable[MetricQuery], samples: Iterable[MetricSample]
) -> Iterator[MetricSample]:
    """The samples; whoever reads them has tried again already, so a failure is an answer, too."""
    try:
        yield from list(samples)
    except StewardError as error:
        yield from failed(queries, error)


def begin_of(queries: Iterable[MetricQuery]) -> datetime:
    """The first instant that any of them is about."""
    first = min(one.since for one in queries)
    return datetime(first.year, first.month, first.day, tzinfo=UTC)


def grouped(
    queries: Iterable[MetricQuery], key: Callable[[MetricQuery], T], *, at_once: int
) -> Iterator[tuple[T, list[MetricQuery]]]:
    """Those with the same key together, the longest first, so many at once at most."""
    groups: dict[T, list[MetricQuery]] = {}
    for one in sorted(queries, key=lambda one: one.since):
        groups.setdefault(key(one), []).append(one)
    for name, members in groups.items():
        for start in range(0, len(members), at_once):
            yield name, members[start : start + at_once]


def _day(day: date, values: Sequence[float]) -> MetricDay:
    ranked = sorted(values)[-DAY_HOURS:]
    return MetricDay(
        day=day,
        hours=len(ranked),
        p50=_rank(ranked, 50),
        p95=_rank(ranked, 95),
        peak=ranked[-1],
        total=sum(ranked),
    )


def _rank(ranked: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile."""
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]
