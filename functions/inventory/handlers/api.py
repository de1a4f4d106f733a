"""The inventory over HTTP: resources, their history, and the accounts they come from."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.inventory.model.account import AccountView, NewAccount
from functions.inventory.service import accounts, find
from functions.inventory.wiring import Deps, wire
from steward.contracts.inventory import ResourceView
from steward.edge.http import Api
from steward.store.collection import Page

RESOURCES = "/api/v1/inventory/resources"
ACCOUNTS = "/api/v1/inventory/accounts"
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


@api.post(ACCOUNTS, permission="account:manage", system=True)
def add_account(body: NewAccount, *, deps: Deps) -> AccountView:
    """Claim a cloud account, so that its events are yours."""
    return accounts.add(
        body,
        owner=deps.owner,
        by=deps.actor,
        now=deps.now,
        accounts=deps.accounts,
        publish=deps.publish,
        later=deps.later,
    )


@api.get(ACCOUNTS, permission="account:view", system=True)
def list_accounts(*, deps: Deps, cursor: Text = None, limit: Limit = 50) -> Page[AccountView]:
    """The cloud accounts you have claimed."""
    return accounts.listed(owner=deps.owner, accounts=deps.accounts, cursor=cursor, limit=limit)


@api.delete(
    f"{ACCOUNTS}/<provider>/<account>", permission="account:manage", system=True, guarded=True
)
def remove_account(provider: str, account: str, *, deps: Deps) -> None:
    """Give a cloud account up."""
    api.guard(accounts.show(provider, account, owner=deps.owner, accounts=deps.accounts))
    accounts.remove(provider, account, owner=deps.owner, accounts=deps.accounts)


handler = api.handler
