"""The next few resources, or savings that were promised, are looked at with the latest bill."""

from __future__ import annotations

from functions.cost.service.advising import night
from functions.cost.service.measuring import ask
from functions.cost.service.verifying import check
from functions.cost.wiring.advising import Advisers, wire_advisers
from steward.contracts.cost import AdviceDue, MetricsDue, SavingsDue
from steward.edge import on_event


@on_event(AdviceDue, SavingsDue, MetricsDue, wire=wire_advisers)
def handler(event: AdviceDue | SavingsDue | MetricsDue, deps: Advisers) -> None:
    """Look at them, and have the others looked at."""
    if isinstance(event, SavingsDue):
        check(event, at=deps.verifying)
    elif isinstance(event, MetricsDue):
        ask(event, at=deps.advising)
    else:
        night(event, at=deps.advising)
