"""Usage datasets and unit costs over HTTPS."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.explore.asked import question
from functions.cost.model.explore.exchanging import InCurrency
from functions.cost.model.explore.question import Metric, Per
from functions.cost.model.explore.span import span
from functions.cost.model.units.usage import UnitCosts, UsageDraft, UsageMonth, usage_id
from functions.cost.service import usage
from functions.cost.wiring.exploring import UsageDeps, wire_usage
from steward.edge.http import Api
from steward.store.collection import Page

USAGE = "/api/v1/cost/usage"
UNITS = "/api/v1/cost/units"
Text = Annotated[str | None, Query(max_length=1024)]
Name = Annotated[str, Query(max_length=40)]
Exchange = Annotated[InCurrency, Query()]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=2048)]

api: Api[UsageDeps] = Api(wire=wire_usage)


@api.get(USAGE, permission="cost:view")
def list_usage(*, deps: UsageDeps, cursor: Cursor = None, limit: Limit = 50) -> Page[UsageMonth]:
    """The months of all usage datasets."""
    return deps.meters.usage.list(after=cursor, limit=limit)


@api.put(f"{USAGE}/<dataset>/<month>", permission="cost:plan")
def put_usage(dataset: str, month: str, draft: UsageDraft, *, deps: UsageDeps) -> UsageMonth:
    """Keep a dataset's quantities of a month, in the place of what was known."""
    api.check_match(deps.meters.usage.version(usage_id(dataset, month)))
    return usage.keep(dataset, month, draft, in_=deps.meters)


@api.get(UNITS, permission="cost:view", guarded=True)
def list_unit_costs(  # noqa: PLR0913  # one a query parameter
    dataset: Name,
    *,
    deps: UsageDeps,
    exchange: Exchange,
    key: Text = None,
    per: Per = Per.MONTH,
    metric: Metric = Metric.EFFECTIVE,
    where: Text = None,
    last: Text = None,
    since: date | None = None,
    until: date | None = None,
) -> UnitCosts:
    """What one unit of a dataset cost; ``where`` says which costs, ``key`` whose quantities.

    It is told in ``currency``, or in the currency reported in, as costs are.
    """
    days = span(since, until, last, today=deps.now.date())
    parts = tuple(one.strip() for one in where.split("&&")) if where else ()
    money = exchange.asked(deps.rates.book().reporting)
    asked = question(
        since=days.since, until=days.until, per=per, metric=metric, where=parts, **money
    )
    return usage.unit_costs(
        dataset, asked, key, meters=deps.meters, costs=deps.costs, sight=api.sight()
    )


handler = api.handler
