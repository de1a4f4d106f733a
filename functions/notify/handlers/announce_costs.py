"""A budget was crossed, or costs moved as nobody expected: whom a route names is told."""

from __future__ import annotations

from functions.notify.service.announce import tell
from functions.notify.service.costs import Bell, cost_notice
from functions.notify.wiring import Deps, wire
from steward.contracts.cost import AnomalyOpened, BudgetCrossed
from steward.edge import on_event


@on_event(AnomalyOpened, BudgetCrossed, wire=wire)
def handler(event: Bell, deps: Deps) -> None:
    """Start a delivery to every endpoint that is to hear of it."""
    notice = cost_notice(event, event_id=deps.event_id, now=deps.now)
    tell(notice, books=deps.books, post=deps.post, now=deps.now)
