"""Once a day each tenant with an account is to be counted against the frameworks."""

from __future__ import annotations

from functions.policy.service.announcing import announce
from functions.policy.wiring import Announcing, wire_announcing
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_announcing)
def handler(tick: Tick, deps: Announcing) -> None:
    """Tell all of them."""
    del tick
    announce(accounts=deps.accounts, post=deps.post)
