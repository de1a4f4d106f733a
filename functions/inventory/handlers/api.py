"""The inventory over HTTP: resources and their history."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.inventory.service import find
from functions.inventory.wiring import Deps, wire
from steward.contracts.inventory import ResourceView
from steward.edge.http import Api
from steward.store.collection import Page

RESOURCES = "/api/v1/inventory/resources"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]

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
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[find.ResourceSummary]:
    """Resources that all given filters take; ``tag`` is ``key`` or ``key=value``."""
    wanted = find.Filter(
        provider=provider, account=account, region=region, type=type, tag=tag, state=state
    )
    return find.find(wanted, ledger=deps.ledger, cursor=cursor, limit=limit)


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
