"""A month's costs are given to teams by the rules that hold."""

from __future__ import annotations

from functions.cost.service.allocation import allot
from functions.cost.wiring.teams import AllottingDeps, wire_allotting
from steward.contracts.cost import AllocationDue
from steward.edge import on_event


@on_event(AllocationDue, wire=wire_allotting)
def handler(event: AllocationDue, deps: AllottingDeps) -> None:
    """Write its rollup anew."""
    allot(event.partition, rules=deps.rules, allotting=deps.allotting)
