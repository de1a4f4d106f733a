"""Deliveries of bills, and rates between currencies, over HTTPS."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus, Inbox
from functions.cost.model.explore.span import span
from functions.cost.model.rates.basis import CODE
from functions.cost.model.rates.book import (
    RateBook,
    RateEdition,
    RateSettings,
    RatesOfDays,
    RatesTaken,
)
from functions.cost.service import deliveries, rates
from functions.cost.service.rates import RateFile
from functions.cost.wiring.bills import Deps, wire
from steward.contracts.cost import BillsDue
from steward.edge.http import Api
from steward.store.collection import Page

DELIVERIES = "/api/v1/cost/deliveries"
INBOX = "/api/v1/cost/inbox"
RATES = "/api/v1/cost/rates"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]
Code = Annotated[str, Query(pattern=CODE)]
Last = Annotated[str | None, Query(max_length=16)]

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


@api.get(RATES, permission="cost:view")
def list_rate_editions(*, deps: Deps, cursor: Text = None, limit: Limit = 50) -> Page[RateEdition]:
    """What was stated of rates, newest first."""
    return deps.rates.editions.query(
        index="by_number", key="all", after=cursor, limit=limit, descending=True
    )


@api.post(RATES, permission="cost:ingest")
def hand_in_rates(body: RateFile, *, deps: Deps) -> RatesTaken:
    """A file of rates: the European Central Bank's CSV or XML, a plain CSV, or JSON."""
    return rates.hand_in(body, at=deps.rates)


@api.get(f"{RATES}/settings", permission="cost:view")
def get_rate_settings(*, deps: Deps) -> RateBook:
    """The reporting currency, by which rates it is reckoned, and how it stands with their feed."""
    api.etag(deps.rates.book().edition)
    return deps.rates.book()


@api.put(f"{RATES}/settings", permission="cost:ingest")
def settle_rates(body: RateSettings, *, deps: Deps) -> RateBook:
    """Another reporting currency, basis, age or feed."""
    api.check_match(deps.rates.book().edition)
    return rates.settle(body, at=deps.rates, feed=deps.feed)


@api.get(f"{RATES}/days", permission="cost:view")
def list_rates(
    *,
    deps: Deps,
    of: Code,
    to: Code,
    last: Last = None,
    since: date | None = None,
    until: date | None = None,
) -> RatesOfDays:
    """What one unit of a currency is worth in another on each day, as costs are exchanged by."""
    days = span(since, until, last, today=deps.now.date())
    return rates.by_day(of, to, days.since, days.until, at=deps.rates)
