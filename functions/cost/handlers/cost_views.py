"""Saved questions about costs, and the tenant's own dimensions, over HTTPS."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.explore.answers import CostBreakdown
from functions.cost.model.explore.dimensions import OwnDimension
from functions.cost.model.explore.views import CostView, CostViewDraft
from functions.cost.service import explore, views
from functions.cost.wiring.exploring import ExploreDeps, wire_explore
from steward.edge.http import Api
from steward.errors import BadInput
from steward.store.collection import Page

VIEWS = "/api/v1/cost/views"
DIMENSIONS = "/api/v1/cost/dimensions"
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=2048)]

api: Api[ExploreDeps] = Api(wire=wire_explore)


@api.get(VIEWS, permission="cost:view")
def list_cost_views(
    *, deps: ExploreDeps, cursor: Cursor = None, limit: Limit = 50
) -> Page[CostView]:
    """The saved views of costs."""
    return deps.shelf.views.list(after=cursor, limit=limit)


@api.post(VIEWS, permission="cost:plan")
def save_cost_view(draft: CostViewDraft, *, deps: ExploreDeps) -> CostView:
    """Keep a question about costs under a name."""
    return views.save(draft, on=deps.shelf)


@api.get(f"{VIEWS}/<view_id>", permission="cost:view")
def get_cost_view(view_id: str, *, deps: ExploreDeps) -> CostView:
    """One saved view of costs."""
    view = deps.shelf.views.require(view_id)
    api.etag(deps.shelf.views.version(view_id))
    return view


@api.put(f"{VIEWS}/<view_id>", permission="cost:plan")
def replace_cost_view(view_id: str, draft: CostViewDraft, *, deps: ExploreDeps) -> CostView:
    """Another question in the place of a saved view's."""
    api.check_match(deps.shelf.views.version(view_id))
    return views.save(draft, on=deps.shelf, id_=view_id)


@api.delete(f"{VIEWS}/<view_id>", permission="cost:plan")
def remove_cost_view(view_id: str, *, deps: ExploreDeps) -> None:
    """Keep a saved view no more."""
    api.check_match(deps.shelf.views.version(view_id))
    views.remove(view_id, on=deps.shelf)


@api.get(f"{VIEWS}/<view_id>/costs", permission="cost:view", guarded=True)
def explore_cost_view(view_id: str, *, deps: ExploreDeps) -> CostBreakdown:
    """The costs that a saved view asks for, as of today."""
    sight = api.sight()
    reporting = deps.rates.book().reporting
    asked = deps.shelf.views.require(view_id).asked.on(deps.now.date(), reporting=reporting)
    return explore.explore(asked, costs=deps.costs, sight=sight)


@api.get(DIMENSIONS, permission="cost:view")
def list_dimensions(
    *, deps: ExploreDeps, cursor: Cursor = None, limit: Limit = 50
) -> Page[OwnDimension]:
    """The tenant's own dimensions."""
    return deps.shelf.dimensions.list(after=cursor, limit=limit)


@api.get(f"{DIMENSIONS}/<name>", permission="cost:view")
def get_dimension(name: str, *, deps: ExploreDeps) -> OwnDimension:
    """One of the tenant's own dimensions."""
    found = deps.shelf.dimensions.require(name)
    api.etag(deps.shelf.dimensions.version(name))
    return found


@api.put(f"{DIMENSIONS}/<name>", permission="cost:plan")
def define_dimension(name: str, dimension: OwnDimension, *, deps: ExploreDeps) -> OwnDimension:
    """Define a dimension of the tenant's own, in the place of the one of that name."""
    if dimension.name != name:
        raise BadInput(f"dimension {dimension.name!r}: the path says {name!r}; name it the same")
    api.check_match(deps.shelf.dimensions.version(name))
    return views.define(dimension, on=deps.shelf)


@api.delete(f"{DIMENSIONS}/<name>", permission="cost:plan")
def remove_dimension(name: str, *, deps: ExploreDeps) -> None:
    """Define a dimension no more."""
    api.check_match(deps.shelf.dimensions.version(name))
    views.undefine(name, on=deps.shelf)


handler = api.handler
