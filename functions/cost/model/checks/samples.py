"""Days of metrics as they are kept of a resource, and what its checks make of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.cost.model.checks.kept import Measured
from steward.contracts.metrics import MetricDay, MetricSample

JUDGED_DAYS: Final = 30
"""The latest days that are judged: a month has its end in it."""
KEPT_DAYS: Final = 62
WHOLE: Final = 6
"""Hours that a day must have been measured to count: what starts at night is measured for less."""


class MetricRecord(BaseModel):
    """What was measured of one resource, day by day, and of which metrics its cloud last said nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    days: dict[str, tuple[MetricDay, ...]] = Field(default_factory=dict)
    failures: dict[str, str] = Field(default_factory=dict)
    sampled_at: AwareDatetime


def recorded(
    before: MetricRecord | None, id_: str, samples: Iterable[MetricSample], *, at: AwareDatetime
) -> MetricRecord:
    """The record with these samples; a day that came before is replaced, a failure takes nothing away."""
    days = {} if before is None else dict(before.days)
    failures = {} if before is None else dict(before.failures)
    for one in samples:
        failures.pop(one.metric, None)
        if one.failure:
            failures[one.metric] = one.failure
        else:
            days[one.metric] = _merged(days.get(one.metric, ()), one.days)
    return MetricRecord(id=id_, days=days, failures=failures, sampled_at=at)


def measured(record: MetricRecord, *, today: date) -> dict[str, Measured]:
    """What the latest days of each metric come to."""
    names = sorted(record.days.keys() | record.failures.keys())
    return {name: _measured(record, name, today - timedelta(days=JUDGED_DAYS)) for name in names}


def _measured(record: MetricRecord, name: str, first: date) -> Measured:
    known = record.days.get(name, ())
    recent = [one for one in known if one.day >= first and one.hours >= WHOLE]
    hours, total = sum(one.hours for one in recent), sum(one.total for one in recent)
    return Measured(
        average=total / hours if hours else 0.0,
        peak=max((one.peak for one in recent), default=0.0),
        p95=max((one.p95 for one in recent), default=0.0),
        total=total,
        days=len(recent),
        until=max((one.day for one in known), default=None),
        failure=record.failures.get(name, ""),
    )


def _merged(before: Iterable[MetricDay], fresh: Iterable[MetricDay]) -> tuple[MetricDay, ...]:
    days = {one.day: one for one in (*before, *fresh)}
    return tuple(days[day] for day in sorted(days))[-KEPT_DAYS:]
