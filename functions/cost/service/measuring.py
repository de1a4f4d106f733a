"""Metrics of resources: which are wanted, what was measured, and what cannot be judged for want of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.cost.model.checks.case import Case
from functions.cost.model.checks.catalogue import checks_of
from functions.cost.model.checks.check import judged
from functions.cost.model.checks.kept import Kept
from functions.cost.model.checks.metrics import measured_types, queries, wanted
from functions.cost.model.checks.samples import measured, recorded
from functions.cost.service.advising import AT_ONCE, Advising, Books, look
from steward.contracts.cost import MetricsAsked, MetricsDue
from steward.contracts.metrics import QUERIES_AT_ONCE, MetricQuery, MetricSample
from steward.errors import BadInput
from steward.identity.items import Facts
from steward.store.collection import Page

FRESH: Final = timedelta(hours=20)
"""What was measured since then needs not be measured again."""
ASKED_AT_ONCE: Final = 500
"""Resources whose metrics one message asks for."""


class MetricWanted(BaseModel):
    """A resource, what to ask its cloud for, and whether what was measured of it is older than a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource: Kept
    metrics: tuple[str, ...]
    queries: tuple[MetricQuery, ...]
    due: bool

    def facts(self) -> Facts:
        """What access is decided by: the resource's place and tags."""
        return facts_of(self.resource)


class MetricSamples(BaseModel):
    """What was measured of a few resources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    samples: tuple[MetricSample, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _few(self) -> Self:
        count = len({one.resource for one in self.samples})
        if count > AT_ONCE:
            raise ValueError(f"{count} resources: hand in at most {AT_ONCE} at once")
        return self


class MetricsKept(BaseModel):
    """How many resources what was measured was kept of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resources: int


class NotEvaluated(BaseModel):
    """A check that says nothing of a resource, and what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource_id: str
    resource_name: str
    provider: str
    account: str
    check: str
    reason: str
    tags: dict[str, str]

    def facts(self) -> Facts:
        """What access is decided by: the resource's place and tags."""
        return Facts(self.resource_id, self.provider, self.account, self.tags)


def facts_of(one: Kept) -> Facts:
    """What access to a resource is decided by."""
    return Facts(one.id, one.provider, one.account, one.tags)


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


def ask(event: MetricsDue, *, at: Advising) -> None:
    """Have the metrics of the next resources read, account by account, and those after them."""
    page = at.kept.list(after=event.cursor or None, limit=ASKED_AT_ONCE)
    asked: dict[tuple[str, str], list[MetricQuery]] = defaultdict(list)
    for one in page.items:
        if _stale(one, at.now):
            asked[one.provider, one.account].extend(queries(one, until=at.now.date()))
    for (provider, account), wanted_ in sorted(asked.items()):
        for begin in range(0, len(wanted_), QUERIES_AT_ONCE):
            part = tuple(wanted_[begin : begin + QUERIES_AT_ONCE])
            at.post.publish(
                MetricsAsked(provider=provider, account=account, until=at.now.date(), queries=part)
            )
    if page.cursor is not None:
        at.post.publish(MetricsDue(cursor=page.cursor))


def hand_in(request: MetricSamples, *, at: Advising) -> MetricsKept:
    """Keep what was measured, and look at those resources; one that is gone is passed over.

    Raises:
        BadInput: a metric that no check of the resource's type needs.
    """
    by_resource: dict[str, list[MetricSample]] = defaultdict(list)
    for one in request.samples:
        by_resource[one.resource].append(one)
    books = Books(at.sheets)
    count = sum(_keep(id_, samples, books=books, at=at) for id_, samples in by_resource.items())
    return MetricsKept(resources=count)


def not_evaluated(
    type_: str, *, at: Advising, cursor: str | None, limit: int
) -> Page[NotEvaluated]:
    """The checks that say nothing of the resources of a type, and why.

    Raises:
        BadInput: no check is about the type.
    """
    if not checks_of(type_):
        raise BadInput(f"type {type_[:80]!r}: no check is about it")
    page = at.kept.query(index="by_type", key=type_, after=cursor, limit=limit)
    books = Books(at.sheets)
    found = (gap for one in page.items for gap in _gaps(one, books=books, at=at))
    return Page(tuple(found), page.cursor)


def _keep(id_: str, samples: list[MetricSample], *, books: Books, at: Advising) -> bool:
    before = at.kept.get(id_)
    if before is None:
        return False
    _check(before, samples)
    record = recorded(at.samples.get(id_), id_, samples, at=at.now)
    at.samples.put(record)
    known = measured(record, today=at.now.date())
    now = before.model_copy(update={"measured": known, "measured_at": at.now})
    at.kept.put(now)
    look(now, books=books, at=at)
    return True


def _gaps(one: Kept, *, books: Books, at: Advising) -> Iterator[NotEvaluated]:
    case = Case(one, books.of(one), at.now)
    for check in checks_of(one.type):
        verdict = judged(check, case)
        if verdict.missing is not None:
            yield NotEvaluated(
                resource_id=one.id,
                resource_name=one.name or one.native_id,
                provider=one.provider,
                account=one.account,
                check=check.id,
                reason=verdict.missing,
                tags=one.tags,
            )


def _wanted(one: Kept, *, at: Advising) -> MetricWanted:
    return MetricWanted(
        resource=one,
        metrics=wanted(one.type),
        queries=tuple(queries(one, until=at.now.date())),
        due=_stale(one, at.now),
    )


def _stale(one: Kept, now: datetime) -> bool:
    return one.measured_at is None or now - one.measured_at > FRESH


def _check(resource: Kept, samples: list[MetricSample]) -> None:
    known = wanted(resource.type)
    for one in samples:
        if one.metric not in known:
            raise BadInput(
                f"metric {one.metric[:80]!r} of {resource.type}: no check needs it; it needs "
                f"{', '.join(known)}"
            )
