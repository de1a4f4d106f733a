"""CloudWatch: hours of up to 500 metrics with one request.

Source: Amazon CloudWatch API Reference, "GetMetricData": 500 metrics a request, 100,800 values an answer, and
a status for each of them, of which `PartialData` and `InternalError` say that values are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from steward.contracts.metrics import MetricQuery, MetricSample
from steward.metering.days import HOUR, answered, begin_of, failed, grouped, summed

AT_ONCE: Final = 500
PAGES: Final = 200
_WHOLE: Final = frozenset({"Complete"})

Ask: TypeAlias = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""The answer of GetMetricData in a region. It raises `Permanent` and `Transient`."""


class _Values(NamedTuple):
    """What was said of each named metric: its status in the end, and its hours."""

    status: dict[str, str]
    hours: dict[str, dict[datetime, float]]


def read(queries: Sequence[MetricQuery], *, until: date, ask: Ask) -> Iterator[MetricSample]:
    """What CloudWatch has of each, whole days before ``until``, or why it said nothing."""
    most = max((len(one.names) for one in queries), default=1)
    for region, part in grouped(queries, lambda one: one.region, at_once=AT_ONCE // most):
        yield from answered(part, _of(region, part, until, ask))


def _of(region: str, part: Sequence[MetricQuery], until: date, ask: Ask) -> Iterator[MetricSample]:
    named = {
        f"q{n}n{m}": (one, name) for n, one in enumerate(part) for m, name in enumerate(one.names)
    }
    request: dict[str, Any] = {
        "MetricDataQueries": [_asked(id_, one, name) for id_, (one, name) in named.items()],
        "StartTime": begin_of(part),
        "EndTime": datetime(until.year, until.month, until.day, tzinfo=UTC),
    }
    values = _pages(region, request, ask)
    for number, one in enumerate(part):
        ids = [f"q{number}n{m}" for m in range(len(one.names))]
        lacking = [values.status.get(id_, "missing") for id_ in ids]
        if any(status not in _WHOLE for status in lacking):
            yield from failed(
                [one], f"cloudwatch: {one.names[0]}: {', '.join(sorted(set(lacking)))}"
            )
        else:
            yield summed(one, _added(ids, values), until=until)


def _pages(region: str, request: dict[str, Any], ask: Ask) -> _Values:
    values, token = _Values({}, {}), ""
    for _ in range(PAGES):
        answer = ask(region, request | ({"NextToken": token} if token else {}))
        for result in answer.get("MetricDataResults") or ():
            # Of several pages the last one that names a metric says whether all of it came.
            values.status[result["Id"]] = str(result.get("StatusCode") or "Complete")
            moments = zip(result.get("Timestamps") or (), result.get("Values") or (), strict=True)
            values.hours.setdefault(result["Id"], {}).update(moments)
        token = str(answer.get("NextToken") or "")
        if not token:
            break
    else:
        values.status.clear()
    return values


def _added(ids: Sequence[str], values: _Values) -> dict[datetime, float]:
    hours: dict[datetime, float] = {}
    for id_ in ids:
        for moment, value in values.hours.get(id_, {}).items():
            hours[moment] = hours.get(moment, 0.0) + value
    return hours


def _asked(id_: str, one: MetricQuery, name: str) -> dict[str, Any]:
    metric = {
        "Namespace": one.namespace,
        "MetricName": name,
        "Dimensions": [{"Name": one.dimension, "Value": one.target}],
    }
    stat = {"Metric": metric, "Period": HOUR, "Stat": one.statistic}
    return {"Id": id_, "MetricStat": stat, "ReturnData": True}
