"""Sampling the metrics of the account that the environment's credentials are of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import boto3

from functions.cost.adapters.cloudwatch import CloudWatch
from functions.cost.model.checks.kept import Kept
from functions.cost.model.checks.metrics import AWS


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
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What CloudWatch has of the wanted resources, by the resource's id, as JSON."""
    resources = [Kept.model_validate(one["resource"]) for one in wanted]
    found = CloudWatch(client or cache(_client)).measure(resources, until=now)
    for id_, metrics in found.items():
        yield id_, {name: one.model_dump(mode="json") for name, one in metrics.items()}


def _client(region: str) -> Any:
    return boto3.client("cloudwatch", region_name=region)
