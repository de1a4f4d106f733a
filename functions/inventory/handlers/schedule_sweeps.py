"""Every few hours it is time to look at everything."""

from functions.inventory.service.sweeps import spread_due
from functions.inventory.wiring import Clockwork, wire_clockwork
from steward.contracts.inventory import SweepDue
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_clockwork)
def handler(tick: Tick, deps: Clockwork) -> None:
    """Tell the first tenants."""
    spread_due(SweepDue(due=tick.due), accounts=deps.accounts, publish=deps.publish)
