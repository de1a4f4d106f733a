"""Managing routes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.notify.model.route import MAX_ROUTES, Filter, Route
from functions.notify.ports import Books
from steward.errors import BadInput


class RouteDraft(BaseModel):
    """What it takes to make a route."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)]
    endpoint_id: str
    filter: Filter = Filter()


def create(draft: RouteDraft, *, id_: str, books: Books, now: datetime) -> Route:
    """A new route.

    Raises:
        NotFound: it leads to no endpoint.
        BadInput: too many routes.
    """
    books.endpoints.require(draft.endpoint_id)
    if len(books.all_routes()) >= MAX_ROUTES:
        raise BadInput(f"routes: {MAX_ROUTES} exist already; delete one first")
    route = Route(
        id=id_,
        name=draft.name,
        endpoint_id=draft.endpoint_id,
        filter=draft.filter,
        created_at=now,
    )
    books.routes.add(route)
    return route


def delete(route_id: str, *, books: Books) -> None:
    """Remove a route.

    Raises:
        NotFound: there is none of that id.
    """
    books.routes.require(route_id)
    books.routes.delete(route_id)
