"""Metrics of resources: which are wanted, and what was measured."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.checks.kept import Kept, Measured
from functions.cost.model.checks.metrics import measured_types, wanted
from functions.cost.service.advising import AT_ONCE, Advising, look
from steward.errors import BadInput
from steward.identity.items import Facts
from steward.store.collection import Page

FRESH: Final = timedelta(hours=20)
"""What was measured since then needs not be measured again."""


class MetricWanted(BaseModel):
    """A resource, and whether what was measured of it is older than a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource: Kept
    metrics: tuple[str, ...]
    due: bool

    def facts(self) -> Facts:
        """What access is decided by: the resource's place and tags."""
        one = self.resource
        return Facts(one.id, one.provider, one.account, one.tags)


class MetricSamples(BaseModel):
    """What was measured, by resource and metric."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    samples: dict[str, dict[str, Measured]] = Field(min_length=1, max_length=AT_ONCE)


class MetricsKept(BaseModel):
    """How many resources what was measured was kept of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resources: int


def due(
    type_: str, account: str, *, at: Advising, cursor: str | None, limit: int
) -> Page[MetricWanted]:
    """The resources of a type and an account of which metrics are wanted.

    Raises:
        BadInput: no check needs a metric of the type.
    """
    if type_ not in measured_types():
        known = ", ".join(measured_types())
        raise BadInput(f"type {type_[:80]!r}: no check needs its metrics; use one of {known}")
    page = at.kept.query(index="by_type", key=type_, after=cursor, limit=limit)
    found = [_wanted(one, at=at) for one in page.items if one.account == account]
    return Page(tuple(found), page.cursor)


def hand_in(request: MetricSamples, *, at: Advising) -> MetricsKept:
    """Keep what was measured, and look at those resources; one that is gone is passed over.

    Raises:
        BadInput: a metric that no check of the resource's type needs.
    """
    count = 0
    for id_, measured in request.samples.items():
        before = at.kept.get(id_)
        if before is None:
            continue
        _check(before, measured)
        update = {"measured": {**before.measured, **measured}, "measured_at": at.now}
        now = before.model_copy(update=update)
        at.kept.put(now)
        look(now, at=at)
        count += 1
    return MetricsKept(resources=count)


def _wanted(one: Kept, *, at: Advising) -> MetricWanted:
    stale = one.measured_at is None or at.now - one.measured_at > FRESH
    return MetricWanted(resource=one, metrics=wanted(one.type), due=stale)


def _check(resource: Kept, measured: dict[str, Measured]) -> None:
    known = wanted(resource.type)
    for name in measured:
        if name not in known:
            raise BadInput(
                f"metric {name[:80]!r} of {resource.type}: no check needs it; it needs {', '.join(known)}"
            )
