"""Rules of allocation, what is nobody's, and the teams' statements, over HTTPS."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.allocation.rules import RuleSet, RuleSetDraft
from functions.cost.model.allocation.statement import STYLE, TeamStatement, page
from functions.cost.model.allocation.trial import Trial, TrialDraft
from functions.cost.model.allocation.untagged import Untagged
from functions.cost.model.explore.exchanging import InCurrency
from functions.cost.service import allocation, showback
from functions.cost.service.explore import see_everything
from functions.cost.wiring.teams import AllocationDeps, wire_allocation
from steward.edge import papers
from steward.edge.http import Api
from steward.store.collection import Page

RULES = "/api/v1/cost/rules"
UNTAGGED = "/api/v1/cost/untagged"
STATEMENTS = "/api/v1/cost/statements"
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=2048)]
Month = Annotated[str, Query(max_length=7)]
Team = Annotated[str, Query(min_length=1, max_length=100)]

Exchange = Annotated[InCurrency, Query()]

api: Api[AllocationDeps] = Api(wire=wire_allocation)


@api.get(RULES, permission="cost:view")
def list_rule_sets(
    *, deps: AllocationDeps, cursor: Cursor = None, limit: Limit = 50
) -> Page[RuleSet]:
    """The versions of the rules, newest first."""
    return deps.rules.sets.query(
        index="by_version", key="all", after=cursor, limit=limit, descending=True
    )


@api.post(RULES, permission="cost:allocate")
def publish_rules(draft: RuleSetDraft, *, deps: AllocationDeps) -> RuleSet:
    """Let these rules say whose the costs are, of every month there is."""
    api.check_match(deps.rules.holding()[1])
    return allocation.publish(draft, to=deps.rules)


@api.get(f"{RULES}/current", permission="cost:view")
def get_rules(*, deps: AllocationDeps) -> RuleSet:
    """The rules that hold."""
    found = allocation.shown(None, of=deps.rules)
    api.etag(found.version)
    return found


@api.get(f"{RULES}/<version>", permission="cost:view")
def get_rule_set(version: int, *, deps: AllocationDeps) -> RuleSet:
    """One version of the rules."""
    return allocation.shown(version, of=deps.rules)


@api.post(f"{RULES}/try", permission="cost:view", guarded=True)
def try_rules(draft: TrialDraft, *, deps: AllocationDeps) -> Trial:
    """What rules would move between teams in a month, without publishing them."""
    see_everything(api.sight(), "rules")
    return allocation.attempt(draft, rules=deps.rules, allotting=deps.allotting)


@api.get(UNTAGGED, permission="cost:view", guarded=True)
def list_untagged(month: Month, *, deps: AllocationDeps) -> Untagged:
    """What no rule gives to anybody in a month, and who may own it."""
    see_everything(api.sight(), "untagged")
    return showback.untagged(month, rules=deps.rules.holding()[0], of=deps.showing)


@api.get(STATEMENTS, permission="cost:view", guarded=True)
def get_statement(
    team: Team, month: Month, *, deps: AllocationDeps, exchange: Exchange
) -> TeamStatement:
    """A team's month beside the month before."""
    return _statement(team, month, deps, exchange)


@api.get(f"{STATEMENTS}/page", permission="cost:view", guarded=True)
def get_statement_page(
    team: Team, month: Month, *, deps: AllocationDeps, exchange: Exchange
) -> Annotated[Response[str], papers.Shows(("text/html",))]:
    """A team's month as a page of HTML."""
    return papers.page(page(_statement(team, month, deps, exchange)), style=STYLE)


def _statement(team: str, month: str, deps: AllocationDeps, exchange: InCurrency) -> TeamStatement:
    money = exchange.asked(deps.rates.book().reporting)
    return showback.statement(team, month, to=deps.showing, sight=api.sight(), money=money)


handler = api.handler
