"""Questions about costs that are kept under a name."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.cost.model.explore.asked import Asked
from functions.cost.model.explore.dimensions import OwnDimension
from steward.store.collection import Collection


class CostViewDraft(BaseModel):
    """A question to be kept, and what to call it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    asked: Asked = Asked()


class CostView(CostViewDraft):
    """A question that is kept; ``saved_by`` is who wrote it last."""

    id: str
    saved_by: str
    saved_at: AwareDatetime


VIEWS: Collection[CostView] = Collection("views", CostView, id=lambda view: view.id)
DIMENSIONS: Collection[OwnDimension] = Collection(
    "dimensions", OwnDimension, id=lambda dimension: dimension.name
)
"""The tenant's own dimensions."""
