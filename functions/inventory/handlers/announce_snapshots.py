"""Every few minutes each tenant with an account has its snapshots brought up to date."""

from __future__ import annotations

from functions.inventory.service.snapshots import announce
from functions.inventory.wiring import Announcing, wire_announcing
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_announcing)
def handler(tick: Tick, deps: Announcing) -> None:
    """Tell all of them."""
    announce(tick.due, accounts=deps.accounts, post=deps.post)
