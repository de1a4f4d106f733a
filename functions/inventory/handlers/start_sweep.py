"""A tenant hears that it is time to look at everything, and the next tenants do."""

from functions.inventory.service.sweeps import begin_due, spread_due
from functions.inventory.wiring import Clockwork, wire_clockwork
from steward.contracts.inventory import SweepDue
from steward.edge import on_event


@on_event(SweepDue, wire=wire_clockwork)
def handler(event: SweepDue, deps: Clockwork) -> None:
    """Begin the tenant's sweep, or go on with the tenants."""
    if event.cursor:
        spread_due(event, accounts=deps.accounts, publish=deps.publish)
    else:
        begin_due(event, by=deps.planner)
