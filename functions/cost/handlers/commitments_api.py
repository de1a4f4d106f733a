"""Commitments over HTTPS: which to buy, and how those that are held do."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.commitments.views import (
    CommitmentBreakEvens,
    CommitmentCoverages,
    CommitmentUtilisations,
)
from functions.cost.model.explore.span import span
from functions.cost.service import buying, commitments
from functions.cost.service.buying import CommitmentPlan, CommitmentQuestion
from functions.cost.service.commitments import Wanted
from functions.cost.service.explore import see_everything
from functions.cost.wiring.exploring import CommitmentDeps, wire_commitments
from steward.edge.http import Api

COMMITMENTS = "/api/v1/cost/commitments"
Text = Annotated[str | None, Query(max_length=256)]
Conditions = Annotated[str | None, Query(max_length=4096)]
Last = Annotated[str | None, Query(max_length=16)]

api: Api[CommitmentDeps] = Api(wire=wire_commitments)
handler = api.handler


@api.post(COMMITMENTS, permission="cost:view", guarded=True)
def plan_commitments(body: CommitmentQuestion, *, deps: CommitmentDeps) -> CommitmentPlan:
    """What to buy of the offers that can be had, for usage like that of the last days."""
    see_everything(api.sight(), "commitments")
    return buying.asked(body, at=deps.buying)


@api.post(f"{COMMITMENTS}/recommendations", permission="cost:advise", guarded=True)
def recommend_commitments(body: CommitmentQuestion, *, deps: CommitmentDeps) -> CommitmentPlan:
    """What to buy, kept as recommendations: accepted or dismissed there, and looked for in the bill."""
    see_everything(api.sight(), "commitments")
    return buying.recommend(body, at=deps.buying)


@api.get(f"{COMMITMENTS}/coverage", permission="cost:view", guarded=True)
def show_coverage(
    *,
    deps: CommitmentDeps,
    by: Text = None,
    where: Conditions = None,
    last: Last = None,
    since: date | None = None,
    until: date | None = None,
) -> CommitmentCoverages:
    """How much of what commitments could cover they do cover, by service, account, region and month."""
    wanted = _wanted(deps, by, where, (since, until, last))
    return commitments.coverage(wanted, at=deps.holdings, sight=api.sight())


@api.get(f"{COMMITMENTS}/utilisation", permission="cost:view", guarded=True)
def show_utilisation(
    *,
    deps: CommitmentDeps,
    by: Text = None,
    where: Conditions = None,
    last: Last = None,
    since: date | None = None,
    until: date | None = None,
) -> CommitmentUtilisations:
    """How much of what is paid for commitments was used, by commitment and month."""
    wanted = _wanted(deps, by, where, (since, until, last))
    return commitments.utilisation(wanted, at=deps.holdings, sight=api.sight())


@api.get(f"{COMMITMENTS}/break-even", permission="cost:view", guarded=True)
def show_break_even(
    *,
    deps: CommitmentDeps,
    by: Text = None,
    where: Conditions = None,
    last: Last = None,
    since: date | None = None,
    until: date | None = None,
) -> CommitmentBreakEvens:
    """What commitments saved, and from which utilisation on they pay, by commitment and month."""
    wanted = _wanted(deps, by, where, (since, until, last))
    return commitments.break_even(wanted, at=deps.holdings, sight=api.sight())


def _wanted(
    deps: CommitmentDeps,
    by: str | None,
    where: str | None,
    days: tuple[date | None, date | None, str | None],
) -> Wanted:
    parts = tuple(one.strip() for one in where.split("&&")) if where else ()
    return Wanted(span(*days, today=deps.holdings.now.date()), by, parts)
