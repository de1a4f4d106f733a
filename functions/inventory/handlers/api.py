"""The inventory over HTTP: resources and their history."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.inventory.model.search.query import Order, Summary, Wanted
from functions.inventory.service import find, search
from functions.inventory.wiring import Deps, wire
from steward.contracts.inventory import ResourceView
from steward.edge.http import Api
from steward.store.collection import Page

RESOURCES = "/api/v1/inventory/resources"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=256)]
Cursor = Annotated[str | None, Query(max_length=2048)]
Conditions = Annotated[str | None, Query(max_length=2048)]

api: Api[Deps] = Api(wire=wire)


@api.get(RESOURCES, permission="resource:view")
def list_resources(  # noqa: PLR0913  # one a query parameter
    *,
    deps: Deps,
    provider: Text = None,
    account: Text = None,
    region: Text = None,
    type: Text = None,  # noqa: A002  # the query parameter's name
    tag: Text = None,
    state: Text = None,
    text: Text = None,
    where: Conditions = None,
    sort: Text = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Summary]:
    """Resources that all given filters take, by type or sorted by a field (``-field`` turns it).

    ``tag`` is ``key`` or ``key=value``; ``text`` is found in names, ids and tags; ``where`` are
    conditions joined by ``&&``, such as ``configuration.instanceType=t3.micro``, each with one of
    = != < <= > >= ~ (has), or a path alone.
    """
    wanted = Wanted.of(provider, account, region, type, tag, state, text, where)
    order = Order.parse(sort)
    return search.find(wanted, order, snapshot=deps.snapshot(), cursor=cursor, limit=limit)


@api.get(f"{RESOURCES}/<resource_id>", permission="resource:view", guarded=True)
def get_resource(resource_id: str, *, deps: Deps, at: Text = None) -> ResourceView:
    """A resource now, or as it was at the RFC 3339 instant ``at``."""
    moment = None if at is None else find.instant(at)
    # Whoever may not see it as it is now may not see what it was either.
    api.guard(find.show(resource_id, ledger=deps.ledger))
    found = find.show(resource_id, ledger=deps.ledger, at=moment)
    api.etag(found.version)
    return found


@api.get(f"{RESOURCES}/<resource_id>/history", permission="resource:view", guarded=True)
def get_history(
    resource_id: str, *, deps: Deps, cursor: Text = None, limit: Limit = 50
) -> Page[find.ChangeView]:
    """The changes of a resource, newest first."""
    api.guard(find.show(resource_id, ledger=deps.ledger))
    return find.history(resource_id, ledger=deps.ledger, cursor=cursor, limit=limit)


handler = api.handler
