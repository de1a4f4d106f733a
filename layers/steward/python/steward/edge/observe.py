"""Metrics and traces of the edge: EMF on standard output, X-Ray segments where a daemon listens.

EMF: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

if TYPE_CHECKING:
    from aws_lambda_powertools import Tracer

NAMESPACE = "Steward"


def count(name: str, value: int, *, function: str, **dimensions: str) -> None:
    """One counted metric, with the function as its first dimension; zero is not sent."""
    if not value:
        return
    with single_metric(
        name=name, unit=MetricUnit.Count, value=value, namespace=NAMESPACE
    ) as metric:
        metric.add_dimension(name="function", value=function)
        for key, text in dimensions.items():
            metric.add_dimension(name=key, value=text)


@contextmanager
def traced(service: str, **annotations: str) -> Iterator[None]:
    """A trace subsegment with searchable annotations; costs nothing outside Lambda."""
    tracer = _tracer(service)
    if tracer is None:
        yield
        return
    with tracer.provider.in_subsegment(name=f"## {service}") as segment:
        for key, value in annotations.items():
            segment.put_annotation(key=key, value=value)
        yield


@cache
def _tracer(service: str) -> Tracer | None:
    # Importing the X-Ray SDK takes a fifth of a cold start; only Lambda has a daemon to send to.
    if "LAMBDA_TASK_ROOT" not in os.environ:
        return None
    from aws_lambda_powertools import Tracer

    make: Callable[..., Any] = Tracer
    tracer: Tracer = make(service=service, auto_patch=False)
    return tracer
