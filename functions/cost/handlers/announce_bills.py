"""Every hour the bills of each tenant with an account are looked for."""

from __future__ import annotations

from steward.contracts.cost import BillsDue
from steward.edge.announcing import Announcing, wire_announcing
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_announcing)
def handler(_tick: Tick, deps: Announcing) -> None:
    """Tell all of them."""
    deps.tell(BillsDue())
