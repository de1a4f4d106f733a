"""Other rules were published: every month is to be given to teams anew."""

from __future__ import annotations

from functions.cost.service.allocation import spread
from functions.cost.wiring.teams import AllottingDeps, wire_allotting
from steward.contracts.cost import RulesPublished
from steward.edge import on_event


@on_event(RulesPublished, wire=wire_allotting)
def handler(_event: RulesPublished, deps: AllottingDeps) -> None:
    """Ask for the months that other rules gave out."""
    spread(rules=deps.rules, allotting=deps.allotting)
