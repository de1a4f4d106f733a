"""Budgets over HTTPS."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.budgets.budget import Budget, BudgetDraft, BudgetStanding
from functions.cost.service import budgets
from functions.cost.wiring.watching import WatchDeps, wire_watch
from steward.edge.http import Api
from steward.store.collection import Page

BUDGETS = "/api/v1/cost/budgets"
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=2048)]

api: Api[WatchDeps] = Api(wire=wire_watch)


@api.get(BUDGETS, permission="cost:view")
def list_budgets(*, deps: WatchDeps, cursor: Cursor = None, limit: Limit = 50) -> Page[Budget]:
    """The budgets."""
    return deps.purse.budgets.list(after=cursor, limit=limit)


@api.post(BUDGETS, permission="cost:plan")
def save_budget(draft: BudgetDraft, *, deps: WatchDeps) -> Budget:
    """Keep a budget."""
    return budgets.save(draft, in_=deps.purse)


@api.get(f"{BUDGETS}/<budget_id>", permission="cost:view")
def get_budget(budget_id: str, *, deps: WatchDeps) -> Budget:
    """One budget."""
    found = deps.purse.budgets.require(budget_id)
    api.etag(deps.purse.budgets.version(budget_id))
    return found


@api.put(f"{BUDGETS}/<budget_id>", permission="cost:plan")
def replace_budget(budget_id: str, draft: BudgetDraft, *, deps: WatchDeps) -> Budget:
    """Another budget in the place of one."""
    api.check_match(deps.purse.budgets.version(budget_id))
    return budgets.save(draft, in_=deps.purse, id_=budget_id)


@api.delete(f"{BUDGETS}/<budget_id>", permission="cost:plan")
def remove_budget(budget_id: str, *, deps: WatchDeps) -> None:
    """Keep a budget no more."""
    api.check_match(deps.purse.budgets.version(budget_id))
    budgets.remove(budget_id, in_=deps.purse)


@api.get(f"{BUDGETS}/<budget_id>/standing", permission="cost:view", guarded=True)
def get_standing(budget_id: str, *, deps: WatchDeps) -> BudgetStanding:
    """Where a budget stands today: spent, foretold, and what is crossed."""
    sight = api.sight()
    return budgets.standing(deps.purse.budgets.require(budget_id), in_=deps.purse, sight=sight)


handler = api.handler
