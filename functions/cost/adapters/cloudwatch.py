"""CloudWatch: two weeks of a metric by the hour, for many resources with one request.

Source: Amazon CloudWatch API Reference, "GetMetricData": 500 metrics and 100,800 values a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from functions.cost.model.checks.kept import Kept, Measured
from functions.cost.model.checks.metrics import (
    AWS,
    HOUR,
    WINDOW_DAYS,
    CloudMetric,
    measure,
    target,
    wanted,
)
from steward.errors import Denied, Transient

A_REQUEST: Final = 100_800 // (WINDOW_DAYS * 24)
"""Metrics whose values fit one answer."""


class _Query(NamedTuple):
    resource: str
    metric: str
    of: CloudMetric
    name: str
    dimension: str


class CloudWatch:
    """`Meter` over boto3; ``clients`` gives the client of a region."""

    def __init__(self, clients: Callable[[str], Any]) -> None:
        self._clients = clients

    def measure(
        self, resources: Iterable[Kept], *, until: datetime
    ) -> dict[str, dict[str, Measured]]:
        """What was measured of each resource, by its id and the metric's name.

        Raises:
            Denied: the credentials may not read metrics.
            Transient: CloudWatch does not answer.
        """
        regions: dict[str, list[_Query]] = {}
        for one in resources:
            regions.setdefault(one.region, []).extend(_queries(one))
        found: dict[str, dict[str, Measured]] = {}
        for region, queries in regions.items():
            for resource, name, measured in self._of_region(region, queries, until):
                found.setdefault(resource, {})[name] = measured
        return found

    def _of_region(
        self, region: str, queries: list[_Query], until: datetime
    ) -> Iterator[tuple[str, str, Measured]]:
        client = self._clients(region)
        values: dict[tuple[str, str], list[tuple[datetime, float]]] = {}
        parts = [queries[begin : begin + A_REQUEST] for begin in range(0, len(queries), A_REQUEST)]
        for part in parts:
            for number, found in _answers(client, part, until):
                one = part[number]
                values.setdefault((one.resource, one.metric), []).extend(found)
        metrics = {(one.resource, one.metric): one.of for one in queries}
        for key, metric in metrics.items():
            yield *key, measure(values.get(key, ()), metric)


def _queries(resource: Kept) -> Iterator[_Query]:
    for name, metric in AWS.get(resource.type, {}).items():
        named = target(resource, metric)
        if named is None or name not in wanted(resource.type):
            continue
        for each in metric.names:
            yield _Query(resource.id, name, metric, each, named)


def _answers(
    client: Any, part: Sequence[_Query], until: datetime
) -> Iterator[tuple[int, list[tuple[datetime, float]]]]:
    asked = [_asked(f"q{number}", one) for number, one in enumerate(part)]
    end = until.replace(minute=0, second=0, microsecond=0)
    try:
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=asked, StartTime=end - timedelta(days=WINDOW_DAYS), EndTime=end
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                values = zip(result["Timestamps"], result["Values"], strict=True)
                yield int(result["Id"][1:]), list(values)
    except ClientError as error:
        raise _refused(error) from error
    except BotoCoreError as error:
        raise Transient(f"cloudwatch: {error}; try again") from error


def _asked(id_: str, one: _Query) -> dict[str, Any]:
    metric = {
        "Namespace": one.of.namespace,
        "MetricName": one.name,
        "Dimensions": [{"Name": one.of.dimension, "Value": one.dimension}],
    }
    return {
        "Id": id_,
        "MetricStat": {"Metric": metric, "Period": HOUR, "Stat": one.of.statistic},
        "ReturnData": True,
    }


def _refused(error: ClientError) -> Denied | Transient:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if "AccessDenied" in code or "Unauthorized" in code or "InvalidClientToken" in code:
        return Denied(f"cloudwatch: {error}; allow cloudwatch:GetMetricData")
    return Transient(f"cloudwatch: {error}; try again")
