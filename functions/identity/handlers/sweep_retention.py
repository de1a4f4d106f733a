"""Once a day what is kept is brought to the retention that its tenant has set."""

from __future__ import annotations

from functions.identity.service.closings import Notary
from functions.identity.service.tenants import sweep
from functions.identity.wiring import notary
from steward.contracts.identity import RetentionSwept
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=notary)
def handler(tick: Tick, deps: Notary) -> None:
    """Begin with the first tenants."""
    begun = RetentionSwept(sweep=tick.due.isoformat())
    sweep(begun, tenants=deps.tenants, post=deps.post)
