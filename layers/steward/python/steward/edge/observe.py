"""Metrics and traces of the edge: EMF on standard output, X-Ray segments where a daemon listens.

EMF: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

if TYPE_CHECKING:
    from aws_lambda_powertools import Tracer

NAMESPACE = "Steward"


def count(values: Mapping[str, int], *, function: str, **dimensions: str) -> None:
    """Counted metrics in one record, with the function as their first dimension; zeros are not sent."""
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    metrics.add_dimension(name="function", value=function)
    for key, text in dimensions.items():
        metrics.add_dimension(name=key, value=text)
    for name, value in values.items():
        if value:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    if metrics.metric_set:
        metrics.flush_metrics()


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
