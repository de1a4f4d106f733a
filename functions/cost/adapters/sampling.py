"""Sampling the metrics of the account that the environment's credentials are of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.cost.model.checks.metrics import AWS
from steward.contracts.metrics import MetricQuery
from steward.errors import Denied, Transient
from steward.metering import cloudwatch


def types() -> tuple[str, ...]:
    """The types that are sampled."""
    return tuple(sorted(AWS))


def account() -> str:
    """The account that the credentials are of."""
    return str(boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"])


def sampled(
    wanted: Iterable[Mapping[str, Any]],
    *,
    now: datetime,
    client: Callable[[str], Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """What CloudWatch has of the wanted resources, as JSON."""
    queries = [MetricQuery.model_validate(each) for one in wanted for each in one["queries"]]
    clients = client or cache(_client)
    for one in cloudwatch.read(queries, until=now.date(), ask=_asking(clients)):
        yield one.model_dump(mode="json")


def _asking(clients: Callable[[str], Any]) -> cloudwatch.Ask:
    def ask(region: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer: dict[str, Any] = clients(region).get_metric_data(**request)
        except ClientError as error:
            raise _refused(error) from error
        except BotoCoreError as error:
            raise Transient(f"cloudwatch: {error}; try again") from error
        return answer

    return ask


def _client(region: str) -> Any:
    return boto3.client("cloudwatch", region_name=region)


def _refused(error: ClientError) -> Denied | Transient:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if "AccessDenied" in code or "Unauthorized" in code or "InvalidClientToken" in code:
        return Denied(f"cloudwatch: {error}; allow cloudwatch:GetMetricData")
    return Transient(f"cloudwatch: {error}; try again")
