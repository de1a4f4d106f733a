"""Which accounts' AWS Security Hub gets findings, over HTTP."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.policy.model.hub import HubEntry
from functions.policy.service.hubbing import HubRequest, Hubs, HubView
from functions.policy.wiring.hubs import hubs
from steward.edge.http import Api
from steward.store.collection import Page

HUBS = "/api/v1/policy/hubs"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]

api: Api[Hubs] = Api(wire=hubs)


@api.get(HUBS, permission="hub:view")
def list_hubs(*, deps: Hubs, cursor: Text = None, limit: Limit = 50) -> Page[HubView]:
    """The accounts whose findings go to their Security Hub."""
    return deps.listed(cursor=cursor, limit=limit)


@api.post(HUBS, permission="hub:manage")
def connect_hub(body: HubRequest, *, deps: Hubs) -> HubView:
    """Push an account's findings to its Security Hub: those that are active, and each change."""
    return deps.connect(body)


@api.delete(f"{HUBS}/<account>", permission="hub:manage")
def disconnect_hub(account: str, *, deps: Hubs) -> None:
    """Push nothing more of an account."""
    deps.disconnect(account)


@api.get(f"{HUBS}/<account>/refused", permission="hub:view")
def list_refused(
    account: str, *, deps: Hubs, cursor: Text = None, limit: Limit = 50
) -> Page[HubEntry]:
    """Findings that Security Hub does not take, with its reason."""
    return deps.refused(account, cursor=cursor, limit=limit)


handler = api.handler
