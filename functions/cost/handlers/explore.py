"""Exploring costs over HTTPS."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.explore.answers import CostBreakdown, CostMoves
from functions.cost.model.explore.asked import question
from functions.cost.model.explore.exchanging import InCurrency
from functions.cost.model.explore.question import CostQuestion, Metric, Per
from functions.cost.model.explore.span import span
from functions.cost.service import explore
from functions.cost.wiring.exploring import ExploreDeps, wire_explore
from steward.edge.http import Api

EXPLORE = "/api/v1/cost/explore"
MOVES = "/api/v1/cost/moves"
Text = Annotated[str | None, Query(max_length=1024)]
Conditions = Annotated[str | None, Query(max_length=4096)]
Last = Annotated[str | None, Query(max_length=16)]
Most = Annotated[int, Query(ge=1, le=10_000)]
Exchange = Annotated[InCurrency, Query()]

api: Api[ExploreDeps] = Api(wire=wire_explore)


@api.get(EXPLORE, permission="cost:view", guarded=True)
def explore_costs(  # noqa: PLR0913  # one a query parameter
    *,
    deps: ExploreDeps,
    exchange: Exchange,
    by: Text = None,
    per: Per | None = None,
    metric: Metric = Metric.EFFECTIVE,
    where: Conditions = None,
    last: Last = None,
    since: date | None = None,
    until: date | None = None,
    limit: Most = 1_000,
) -> CostBreakdown:
    """Costs by dimensions and stretches of time.

    ``by`` are dimensions joined by commas, such as ``service,tags.env,own.product``; ``where`` are
    conditions joined by ``&&``, such as ``service=Amazon EC2|AWS Lambda``; ``last`` is as 30d, 6w or
    12m, or days are given by ``since`` and ``until`` (which is not among them). With a ``currency``
    amounts are exchanged; what no rate is known for stays in its own, and is named.
    """
    days = span(since, until, last, today=deps.now.date())
    money = exchange.asked(deps.rates.book().reporting)
    asked = _question(
        by, where, since=days.since, until=days.until, per=per, metric=metric, limit=limit, **money
    )
    return explore.explore(asked, costs=deps.costs, sight=api.sight())


@api.get(MOVES, permission="cost:view", guarded=True)
def list_moves(  # noqa: PLR0913  # one a query parameter
    *,
    deps: ExploreDeps,
    exchange: Exchange,
    by: Text = "service",
    metric: Metric = Metric.EFFECTIVE,
    where: Conditions = None,
    last: Last = None,
    since: date | None = None,
    until: date | None = None,
    limit: Most = 20,
) -> CostMoves:
    """What moved most against as many days right before."""
    days = span(since, until, last, today=deps.now.date())
    money = exchange.asked(deps.rates.book().reporting)
    asked = _question(
        by, where, since=days.since, until=days.until, metric=metric, limit=limit, **money
    )
    return explore.moves(asked, costs=deps.costs, sight=api.sight())


def _question(by: str | None, where: str | None, **fields: object) -> CostQuestion:
    return question(by=_split(by, ","), where=_split(where, "&&"), **fields)


def _split(text: str | None, mark: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(mark)) if text else ()


handler = api.handler
