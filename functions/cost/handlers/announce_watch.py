"""Every day the costs are to be judged, for each tenant with an account."""

from __future__ import annotations

from functions.cost.service.receiving import tell_all
from functions.cost.wiring import Announcing, wire_announcing
from steward.contracts.cost import WatchDue
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_announcing)
def handler(_tick: Tick, deps: Announcing) -> None:
    """Tell all of them."""
    tell_all(WatchDue(), accounts=deps.accounts, post=deps.post)
