"""What one concern asks another about the use of resources, and what it is told: days, each summed up."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

QUERIES_AT_ONCE = 500
"""Metrics that one message asks for, as many as one request to CloudWatch may."""


class MetricQuery(BaseModel):
    """A metric of one resource, as its cloud calls it, of the whole days from ``since`` on.

    ``metric`` is our name for it. Of several ``names`` the values are added up, and all are multiplied by
    ``scale``. ``dimension`` says what must be ``target``, both parted by ``+`` where it takes two. One that
    is ``sparse`` has no values while nothing happens: where the cloud answered, their absence says zero.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource: str
    metric: str
    region: str
    namespace: str
    names: tuple[str, ...] = Field(min_length=1)
    dimension: str = ""
    target: str
    statistic: str
    scale: float = 1.0
    sparse: bool = False
    since: date


class MetricDay(BaseModel):
    """A day of a metric, by the values of its hours: how many there are, and what they come to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    hours: int = Field(ge=1, le=24)
    p50: float
    p95: float
    peak: float
    total: float


class MetricSample(BaseModel):
    """What a cloud said of one metric; with a ``failure`` it said nothing, and nothing is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource: str
    metric: str
    days: tuple[MetricDay, ...] = ()
    failure: str = Field(default="", max_length=500)
