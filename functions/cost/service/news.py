"""Recommendations as others are told of them."""

from __future__ import annotations

from functions.cost.model.recommendation import Recommendation
from steward.contracts.cost import RecommendationBrief


def told(one: Recommendation) -> RecommendationBrief:
    """The recommendation in short."""
    names = RecommendationBrief.model_fields
    return RecommendationBrief.model_validate({name: getattr(one, name) for name in names})
