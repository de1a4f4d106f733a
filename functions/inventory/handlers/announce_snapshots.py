"""Every few minutes each tenant with an account has its snapshots brought up to date."""

from __future__ import annotations

from functions.inventory.service.snapshots import due_at
from steward.edge.announcing import Announcing, wire_announcing
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_announcing)
def handler(tick: Tick, deps: Announcing) -> None:
    """Tell all of them."""
    deps.tell(due_at(tick.due))
