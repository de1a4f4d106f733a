"""Recommendations as they are asked for and decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.checks.check import AdviceCategory, AdviceLevel
from functions.cost.model.recommendation import (
    AdviceStanding,
    Recommendation,
    money,
    together,
)
from functions.cost.ports import Post
from functions.cost.service.advising import Advising
from functions.cost.service.news import told
from functions.cost.service.pricing import Pricing
from steward.contracts.cost import RecommendationAccepted, RecommendationDismissed
from steward.store.collection import Page, every
from steward.store.work import Entities

PAGES: Final = 10
"""Pages read to fill one answer when a filter leaves much out; the cursor goes on from there."""
SIMULATED: Final = 5_000
"""Recommendations that one simulation adds up."""
_PAGE: Final = 200
_LEVELS: Final = tuple(AdviceLevel)


class RecommendationFilter(BaseModel):
    """Which recommendations: all the given fields must fit; ``effort`` and ``risk`` are the highest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    standing: AdviceStanding | None = None
    check: str | None = None
    resource: str | None = None
    category: AdviceCategory | None = None
    provider: str | None = None
    account: str | None = None
    region: str | None = None
    team: str | None = None
    """The value of the resource's tag `team`."""
    effort: AdviceLevel | None = None
    risk: AdviceLevel | None = None
    least: Decimal | None = Field(default=None, ge=0)
    """The least saving a month."""

    def fits(self, one: Recommendation) -> bool:
        """Whether a recommendation is wanted."""
        pairs = (
            (self.standing, one.standing),
            (self.check, one.check),
            (self.resource, one.resource_id),
            (self.category, one.category),
            (self.provider, one.provider),
            (self.account, one.account),
            (self.region, one.region),
            (self.team, one.tags.get("team")),
        )
        same = all(wanted is None or wanted == has for wanted, has in pairs)
        return (
            same
            and _within(one.effort, self.effort)
            and _within(one.risk, self.risk)
            and (self.least is None or one.saving >= self.least)
        )

    def index(self) -> tuple[str, str] | None:
        """The index that leaves out most, and its key; None where all have to be read."""
        if self.resource is not None:
            return "by_resource", self.resource
        if self.check is not None:
            return "by_check", self.check
        return None if self.standing is None else ("by_standing", self.standing)


class RecommendationSums(BaseModel):
    """What recommendations save a month when all are followed, by currency.

    A resource counts once, with the most that any one of them saves; ``each`` is the sum as if they were
    independent. ``cut`` says that there are more than one answer adds up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recommendations: int
    resources: int
    saving: dict[str, Decimal]
    each: dict[str, Decimal]
    categories: dict[str, dict[str, Decimal]]
    cut: bool


class RecommendationDismissal(BaseModel):
    """Why nobody will follow a recommendation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)


@dataclass(frozen=True, slots=True)
class Advice:
    """What the use cases take, within one Work."""

    recommendations: Entities[Recommendation]
    post: Post
    now: datetime
    by: str
    pricing: Pricing
    advising: Advising


def listed(
    wanted: RecommendationFilter, *, at: Advice, cursor: str | None, limit: int
) -> Page[Recommendation]:
    """Wanted recommendations, of a standing or a check those first that save most."""
    read = _reader(wanted, at.recommendations)
    found: list[Recommendation] = []
    for _ in range(PAGES):
        page = read(cursor, limit - len(found))
        found.extend(one for one in page.items if wanted.fits(one))
        cursor = page.cursor
        if cursor is None or len(found) == limit:
            break
    return Page(tuple(found), cursor)


def simulated(
    wanted: RecommendationFilter, *, at: Advice, seen: Callable[[Recommendation], bool]
) -> RecommendationSums:
    """What following all wanted recommendations that the caller may see would save."""
    chosen: list[Recommendation] = []
    for one in _all(wanted, at.recommendations):
        if len(chosen) == SIMULATED:
            return _sums(chosen, cut=True)
        if seen(one):
            chosen.append(one)
    return _sums(chosen, cut=False)


def accept(id_: str, *, at: Advice) -> Recommendation:
    """Take a recommendation on."""
    after = at.recommendations.require(id_).accepted(by=at.by, at=at.now)
    at.recommendations.put(after)
    at.post.publish(RecommendationAccepted(recommendation=told(after), by=at.by))
    return after


def dismiss(id_: str, request: RecommendationDismissal, *, at: Advice) -> Recommendation:
    """Say that nobody will follow a recommendation, and why."""
    after = at.recommendations.require(id_).dismissed(request.reason, by=at.by, at=at.now)
    at.recommendations.put(after)
    event = RecommendationDismissed(recommendation=told(after), by=at.by, reason=request.reason)
    at.post.publish(event)
    return after


def _sums(chosen: list[Recommendation], *, cut: bool) -> RecommendationSums:
    kinds = sorted({one.category for one in chosen})
    each: dict[str, Decimal] = {}
    for one in chosen:
        each[one.currency] = each.get(one.currency, Decimal(0)) + one.saving
    return RecommendationSums(
        recommendations=len(chosen),
        resources=len({one.resource_id for one in chosen}),
        saving={currency: money(sum_) for currency, sum_ in together(chosen).items()},
        each=each,
        categories={
            kind: together(one for one in chosen if one.category is kind) for kind in kinds
        },
        cut=cut,
    )


def _all(
    wanted: RecommendationFilter, recommendations: Entities[Recommendation]
) -> Iterator[Recommendation]:
    read = _reader(wanted, recommendations)
    return filter(wanted.fits, every(lambda after: read(after, _PAGE)))


def _reader(
    wanted: RecommendationFilter, recommendations: Entities[Recommendation]
) -> Callable[[str | None, int], Page[Recommendation]]:
    chosen = wanted.index()
    if chosen is None:
        return lambda after, limit: recommendations.list(after=after, limit=limit)
    index, key = chosen
    return lambda after, limit: recommendations.query(
        index=index, key=key, after=after, limit=limit, descending=True
    )


def _within(level: AdviceLevel, highest: AdviceLevel | None) -> bool:
    return highest is None or _LEVELS.index(level) <= _LEVELS.index(highest)
