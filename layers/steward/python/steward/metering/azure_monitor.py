"""Azure Monitor: hours of the metrics of up to 50 resources with one request.

Source: Azure Monitor REST API 2023-10-01, "Metrics Batch - Batch": resources of one subscription, region and
type, an `errorCode` for each metric; "How to migrate from the metrics API to the getBatch API".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

from steward.contracts.metrics import MetricQuery, MetricSample
from steward.metering.days import answered, begin_of, failed, grouped, summed

AT_ONCE: Final = 50
SCOPE: Final = "https://metrics.monitor.azure.com/.default"
"""What the token has to be for: ARM's own is refused there."""
VERSION: Final = "2023-10-01"
_GOOD: Final = frozenset({"", "success"})

Post: TypeAlias = Callable[[str, Mapping[str, Any]], Any]
"""The answer to a question at an address. It raises `Permanent` and `Transient`."""


def read(
    queries: Sequence[MetricQuery], *, subscription: str, until: date, post: Post
) -> Iterator[MetricSample]:
    """What Azure Monitor has of each, whole days before ``until``, or why it said nothing."""
    for _, part in grouped(queries, _together, at_once=AT_ONCE):
        yield from answered(part, _of(part, subscription, until, post))


def _together(one: MetricQuery) -> tuple[str, str, tuple[str, ...], str]:
    return one.region.lower(), one.namespace.lower(), one.names, one.statistic


def _address(part: Sequence[MetricQuery], subscription: str, until: date) -> str:
    first = part[0]
    asked = {
        "starttime": _moment(begin_of(part)),
        "endtime": _moment(datetime(until.year, until.month, until.day, tzinfo=UTC)),
        "interval": "PT1H",
        "metricnamespace": first.namespace,
        "metricnames": ",".join(first.names),
        "aggregation": first.statistic,
        "api-version": VERSION,
    }
    host = f"https://{quote(first.region.lower(), safe='')}.metrics.monitor.azure.com"
    return (
        f"{host}/subscriptions/{quote(subscription, safe='')}/metrics:getBatch?{urlencode(asked)}"
    )


def _of(
    part: Sequence[MetricQuery], subscription: str, until: date, post: Post
) -> Iterator[MetricSample]:
    body = {"resourceids": [one.target for one in part]}
    answer = post(_address(part, subscription, until), body)
    values = (answer.get("values") if isinstance(answer, Mapping) else None) or ()
    by_id = {str(one.get("resourceid")).lower(): one for one in values}
    for one in part:
        found = by_id.get(one.target.lower())
        metrics = {} if found is None else _by_name(found)
        lacking = _lacking(one, metrics)
        if lacking:
            yield from failed([one], f"azure monitor: {lacking}")
        else:
            yield summed(one, _hours(one, metrics), until=until)


def _by_name(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        str((one.get("name") or {}).get("value")).lower(): one for one in found.get("value") or ()
    }


def _lacking(one: MetricQuery, metrics: Mapping[str, Mapping[str, Any]]) -> str:
    for name in one.names:
        found = metrics.get(name.lower())
        if found is None:
            return f"{name}: not in the answer"
        code = str(found.get("errorCode") or "")
        if code.lower() not in _GOOD:
            return f"{name}: {code} {found.get('errorMessage') or ''}".strip()
    return ""


def _hours(one: MetricQuery, metrics: Mapping[str, Mapping[str, Any]]) -> dict[datetime, float]:
    hours: dict[datetime, float] = {}
    for name in one.names:
        for series in metrics[name.lower()].get("timeseries") or ():
            for point in series.get("data") or ():
                value = point.get(one.statistic)
                # An hour without a value has its timestamp alone.
                if value is not None:
                    moment = datetime.fromisoformat(str(point["timeStamp"]))
                    hours[moment] = hours.get(moment, 0.0) + float(value)
    return hours


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
