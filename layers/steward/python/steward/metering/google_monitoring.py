"""Google Cloud Monitoring: hours of one metric of many resources with one request.

Sources: Cloud Monitoring API v3, "projects.timeSeries.list", whose answer names in `executionErrors` what
kept it from being whole; "Monitoring filters", with `one_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

from steward.contracts.metrics import MetricQuery, MetricSample
from steward.errors import Permanent
from steward.metering.days import HOUR, answered, begin_of, grouped, summed

ROOT: Final = "https://monitoring.googleapis.com/v3"
AT_ONCE: Final = 20
"""Resources that one filter names: filters are to be short, and addresses have an end."""
PAGE: Final = 100_000
PAGES: Final = 100

Get: TypeAlias = Callable[[str], Any]
"""The answer at an address. It raises `Permanent` and `Transient`."""


def read(
    queries: Sequence[MetricQuery], *, project: str, until: date, get: Get
) -> Iterator[MetricSample]:
    """What Cloud Monitoring has of each, whole days before ``until``, or why it said nothing."""
    for _, part in grouped(queries, _together, at_once=AT_ONCE):
        yield from answered(part, _of(part, project, until, get))


def _together(one: MetricQuery) -> tuple[tuple[str, ...], str, str]:
    return one.names, one.dimension, one.statistic


def _of(part: Sequence[MetricQuery], project: str, until: date, get: Get) -> Iterator[MetricSample]:
    hours: dict[str, dict[datetime, float]] = {}
    for name in part[0].names:
        for series in _series(part, name, project, until, get):
            labels = [_label(series, one) for one in part[0].dimension.split("+")]
            _add(series, hours.setdefault("+".join(labels), {}))
    for one in part:
        yield summed(one, hours.get(one.target, {}), until=until)


def _series(
    part: Sequence[MetricQuery], name: str, project: str, until: date, get: Get
) -> Iterator[Mapping[str, Any]]:
    asked, token = _asked(part, name, until), ""
    for _ in range(PAGES):
        more = {"pageToken": token} if token else {}
        url = f"{ROOT}/projects/{quote(project, safe='')}/timeSeries?{urlencode(asked | more)}"
        answer = get(url)
        errors = answer.get("executionErrors")
        if errors:
            # What came beside an error is a part of it, and a part may look idle.
            raise Permanent(f"cloud monitoring: {name}: {errors[0].get('message') or errors[0]}")
        yield from answer.get("timeSeries") or ()
        token = str(answer.get("nextPageToken") or "")
        if not token:
            return
    raise Permanent(f"cloud monitoring: {name}: more than {PAGES} pages, so none of them counts")


def _asked(part: Sequence[MetricQuery], name: str, until: date) -> dict[str, str]:
    names = ", ".join(sorted({f'"{_plain(one.target)}"' for one in part}))
    label = part[0].dimension.partition("+")[0]
    return {
        "filter": f'metric.type = "{name}" AND {label} = one_of({names})',
        "interval.startTime": _moment(begin_of(part)),
        "interval.endTime": _moment(datetime(until.year, until.month, until.day, tzinfo=UTC)),
        "aggregation.alignmentPeriod": f"{HOUR}s",
        "aggregation.perSeriesAligner": part[0].statistic,
        "pageSize": str(PAGE),
    }


def _plain(target: str) -> str:
    return target.partition("+")[0].replace("\\", "").replace('"', "")


def _label(series: Mapping[str, Any], path: str) -> str:
    value: Any = series
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return str(value)


def _add(series: Mapping[str, Any], hours: dict[datetime, float]) -> None:
    for point in series.get("points") or ():
        value = point["value"]
        number = value.get("doubleValue", value.get("int64Value"))
        # A point is of the hour that ends with it; the hour is known by its beginning.
        ended = datetime.fromisoformat(str(point["interval"]["endTime"]))
        if number is not None:
            moment = ended - timedelta(seconds=HOUR)
            hours[moment] = hours.get(moment, 0.0) + float(number)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
