"""Deliveries of bills over HTTPS."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus, Inbox
from functions.cost.service import deliveries
from functions.cost.wiring import Deps, wire
from steward.contracts.cost import BillsDue
from steward.edge.http import Api
from steward.store.collection import Page

DELIVERIES = "/api/v1/cost/deliveries"
INBOX = "/api/v1/cost/inbox"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]

api: Api[Deps] = Api(wire=wire)
handler = api.handler


@api.get(DELIVERIES, permission="cost:view")
def list_deliveries(
    *,
    deps: Deps,
    status: BillDeliveryStatus | None = None,
    source: Text = None,
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[BillDelivery]:
    """Statements of costs that came, newest first, and what became of each."""
    return deliveries.listed(
        books=deps.books, status=status, source=source, after=cursor, limit=limit
    )


@api.get(f"{DELIVERIES}/<delivery_id>", permission="cost:view", guarded=True)
def get_delivery(delivery_id: str, *, deps: Deps) -> BillDelivery:
    """One statement: its files, exact sums by period, and the rules of FOCUS that its rows break."""
    found = deps.books.deliveries.require(delivery_id)
    api.guard(found)
    return found


@api.get(INBOX, permission="cost:ingest")
def get_inbox(*, deps: Deps) -> Inbox:
    """Where statements are to be put, each below a folder that is named as its source."""
    return deliveries.inbox(bills=deps.bills, root=deps.root)


@api.post(INBOX, permission="cost:ingest")
def look_into_inbox(*, deps: Deps) -> Inbox:
    """Have it looked into now, instead of within the hour."""
    deps.post.publish(BillsDue())
    return deliveries.inbox(bills=deps.bills, root=deps.root)
