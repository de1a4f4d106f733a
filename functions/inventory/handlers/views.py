"""Saved views over HTTP: searches under a name, and what they find."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.inventory.model.search.query import Summary
from functions.inventory.model.search.saved import SavedView, ViewDraft
from functions.inventory.service import views
from functions.inventory.wiring import ViewDeps, wire_views
from steward.edge.http import Api
from steward.store.collection import Page

VIEWS = "/api/v1/inventory/views"
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=2048)]

api: Api[ViewDeps] = Api(wire=wire_views)


@api.get(VIEWS, permission="search:view")
def list_views(*, deps: ViewDeps, cursor: Cursor = None, limit: Limit = 50) -> Page[SavedView]:
    """The saved views."""
    return deps.shelf.views.list(after=cursor, limit=limit)


@api.post(VIEWS, permission="search:manage")
def save_view(draft: ViewDraft, *, deps: ViewDeps) -> SavedView:
    """Keep a search under a name."""
    return views.save(draft, on=deps.shelf)


@api.get(f"{VIEWS}/<view_id>", permission="search:view")
def get_view(view_id: str, *, deps: ViewDeps) -> SavedView:
    """One saved view."""
    view = deps.shelf.views.require(view_id)
    api.etag(deps.shelf.views.version(view_id))
    return view


@api.put(f"{VIEWS}/<view_id>", permission="search:manage")
def replace_view(view_id: str, draft: ViewDraft, *, deps: ViewDeps) -> SavedView:
    """Another search in the place of a saved view."""
    api.check_match(deps.shelf.views.version(view_id))
    return views.save(draft, on=deps.shelf, id_=view_id)


@api.delete(f"{VIEWS}/<view_id>", permission="search:manage")
def remove_view(view_id: str, *, deps: ViewDeps) -> None:
    """Keep a saved view no more."""
    api.check_match(deps.shelf.views.version(view_id))
    views.remove(view_id, on=deps.shelf)


@api.get(f"{VIEWS}/<view_id>/resources", permission="resource:view")
def list_view(
    view_id: str, *, deps: ViewDeps, cursor: Cursor = None, limit: Limit = 50
) -> Page[Summary]:
    """The resources that a saved view is about, as far as the caller may see them."""
    return views.carry_out(
        view_id, on=deps.shelf, snapshot=deps.snapshot, cursor=cursor, limit=limit
    )


handler = api.handler
