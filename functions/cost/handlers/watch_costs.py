"""What was billed since is judged: months that other rules gave out, anomalies, and budgets."""

from __future__ import annotations

from functions.cost.service import allocation, budgets, watching
from functions.cost.wiring.watching import WatchDeps, wire_watch
from steward.contracts.cost import WatchDue
from steward.edge import on_event


@on_event(WatchDue, wire=wire_watch)
def handler(_event: WatchDue, deps: WatchDeps) -> None:
    """Look at all of them."""
    allocation.spread(rules=deps.allotting.rules, allotting=deps.allotting.allotting)
    watching.look(at=deps.watch)
    budgets.check(in_=deps.purse)
