"""What could cost less, over HTTPS: found, added up, accepted and dismissed."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.prices.book import PriceSheet
from functions.cost.model.recommendation import Recommendation
from functions.cost.service import measuring, pricing, recommendations
from functions.cost.service.measuring import MetricSamples, MetricsKept, MetricWanted, NotEvaluated
from functions.cost.service.pricing import PriceListPart
from functions.cost.service.recommendations import (
    Advice,
    RecommendationDismissal,
    RecommendationFilter,
    RecommendationSums,
)
from functions.cost.wiring.advising import wire_advice
from steward.edge.http import Api
from steward.store.collection import Page

RECOMMENDATIONS = "/api/v1/cost/recommendations"
PRICES = "/api/v1/cost/prices"
METRICS = "/api/v1/cost/metrics"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]

api: Api[Advice] = Api(wire=wire_advice)
handler = api.handler


@api.get(RECOMMENDATIONS, permission="cost:view")
def list_recommendations(
    *,
    deps: Advice,
    wanted: Annotated[RecommendationFilter, Query()],
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[Recommendation]:
    """What could cost less, as all given filters take it; those that save most come first."""
    return recommendations.listed(wanted, at=deps, cursor=cursor, limit=limit)


@api.get(f"{RECOMMENDATIONS}/simulation", permission="cost:view", guarded=True)
def simulate_recommendations(
    *, deps: Advice, wanted: Annotated[RecommendationFilter, Query()]
) -> RecommendationSums:
    """What following all of them would save a month, each resource counted once."""
    sight = api.sight()
    return recommendations.simulated(wanted, at=deps, seen=lambda one: bool(sight.visible((one,))))


@api.get(f"{RECOMMENDATIONS}/not-evaluated", permission="cost:view")
def list_not_evaluated(
    *,
    deps: Advice,
    type_: Annotated[str, Query(alias="type", max_length=128)],
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[NotEvaluated]:
    """The checks that say nothing of a type's resources, each with what it does not know."""
    return measuring.not_evaluated(type_, at=deps.advising, cursor=cursor, limit=limit)


@api.get(f"{RECOMMENDATIONS}/<recommendation_id>", permission="cost:view", guarded=True)
def get_recommendation(recommendation_id: str, *, deps: Advice) -> Recommendation:
    """One recommendation with its evidence and its change in Terraform."""
    found = deps.recommendations.require(recommendation_id)
    api.guard(found)
    return found


@api.post(f"{RECOMMENDATIONS}/<recommendation_id>/accept", permission="cost:advise", guarded=True)
def accept_recommendation(recommendation_id: str, *, deps: Advice) -> Recommendation:
    """Take it on; its saving is read from the bills that follow."""
    api.guard(deps.recommendations.require(recommendation_id))
    return recommendations.accept(recommendation_id, at=deps)


@api.post(f"{RECOMMENDATIONS}/<recommendation_id>/dismiss", permission="cost:advise", guarded=True)
def dismiss_recommendation(
    recommendation_id: str, body: RecommendationDismissal, *, deps: Advice
) -> Recommendation:
    """Say that nobody will follow it, and why."""
    api.guard(deps.recommendations.require(recommendation_id))
    return recommendations.dismiss(recommendation_id, body, at=deps)


@api.get(PRICES, permission="cost:view")
def list_prices(
    *,
    deps: Advice,
    provider: Annotated[str, Query(max_length=16)],
    region: Annotated[str, Query(max_length=64)] = "global",
    cursor: Text = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 20,
) -> Page[PriceSheet]:
    """What a unit costs in a region, by the bill and by published lists."""
    return pricing.listed(provider, region, at=deps.pricing, cursor=cursor, limit=limit)


@api.post(PRICES, permission="cost:ingest")
def hand_in_prices(body: PriceListPart, *, deps: Advice) -> PriceSheet:
    """A part of a published list of prices."""
    return pricing.hand_in(body, at=deps.pricing)


@api.get(METRICS, permission="cost:view")
def list_metrics(
    *,
    deps: Advice,
    type_: Annotated[str, Query(alias="type", max_length=128)],
    account: Annotated[str, Query(max_length=128)],
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[MetricWanted]:
    """The resources of a type and an account of which the checks need metrics."""
    return measuring.due(type_, account, at=deps.advising, cursor=cursor, limit=limit)


@api.post(METRICS, permission="cost:ingest")
def hand_in_metrics(body: MetricSamples, *, deps: Advice) -> MetricsKept:
    """What was measured; the resources are looked at with it."""
    return measuring.hand_in(body, at=deps.advising)
