"""The inventory's past over HTTP: changes, what there was at an instant, and what differs between two."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.inventory.service import entries, find, scopes
from functions.inventory.wiring import Deps, wire
from steward.edge.http import Api
from steward.errors import NotFound
from steward.store.collection import Page

ROOT = "/api/v1/inventory"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]
Cursor = Annotated[str | None, Query(max_length=2048)]
Instant = Annotated[str, Query(max_length=64)]
Moment = Annotated[str | None, Query(max_length=64)]

api: Api[Deps] = Api(wire=wire)


@api.get(f"{ROOT}/changes", permission="resource:view")
def list_changes(  # one a query parameter
    *,
    deps: Deps,
    resource: Text = None,
    account: Text = None,
    actor: Text = None,
    since: Moment = None,
    until: Moment = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[entries.Entry]:
    """The changes of one resource, of one account, or by one actor, newest first."""
    return entries.timeline(
        ledger=deps.ledger,
        resource=resource,
        account=account,
        actor=actor,
        since=None if since is None else find.instant(since),
        until=None if until is None else find.instant(until),
        cursor=cursor,
        limit=limit,
    )


@api.get(f"{ROOT}/states", permission="resource:view")
def list_states(  # noqa: PLR0913  # one a query parameter
    *,
    deps: Deps,
    at: Instant,
    provider: Text = None,
    account: Text = None,
    region: Text = None,
    type: Text = None,  # noqa: A002  # the query parameter's name
    tag: Text = None,
    state: Text = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[scopes.ResourceState]:
    """The resources that all given filters took at an instant, as they were then."""
    scope = scopes.Scope(
        provider=provider, account=account, region=region, type=type, tag=tag, state=state
    )
    moment = find.instant(at)
    return scopes.states(scope, moment, ledger=deps.ledger, cursor=cursor, limit=limit)


@api.get(f"{ROOT}/differences", permission="resource:view")
def list_differences(  # noqa: PLR0913  # one a query parameter
    *,
    deps: Deps,
    since: Instant,
    until: Instant,
    provider: Text = None,
    account: Text = None,
    region: Text = None,
    type: Text = None,  # noqa: A002  # the query parameter's name
    tag: Text = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[scopes.Difference]:
    """What was added, changed and removed between two instants, among what all given filters take."""
    scope = scopes.Scope(provider=provider, account=account, region=region, type=type, tag=tag)
    span = scopes.Span.of(find.instant(since), find.instant(until))
    return scopes.differences(scope, span, ledger=deps.ledger, cursor=cursor, limit=limit)


@api.get(f"{ROOT}/differences/<resource_id>", permission="resource:view", guarded=True)
def get_difference(
    resource_id: str, *, deps: Deps, since: Instant, until: Instant
) -> scopes.Difference:
    """How one resource differs between two instants."""
    api.guard(find.show(resource_id, ledger=deps.ledger))
    span = scopes.Span.of(find.instant(since), find.instant(until))
    resource = deps.ledger.resources.require(resource_id)
    found = scopes.difference(resource, span, ledger=deps.ledger)
    if found is None:
        raise NotFound(f"resource {resource_id}: is the same at {since} and {until}")
    return found


handler = api.handler
