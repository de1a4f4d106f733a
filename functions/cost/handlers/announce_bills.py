"""Every hour the bills of each tenant with an account are looked for."""

from __future__ import annotations

from functions.cost.service.receiving import announce
from functions.cost.wiring import Announcing, wire_announcing
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_announcing)
def handler(_tick: Tick, deps: Announcing) -> None:
    """Tell all of them."""
    announce(accounts=deps.accounts, post=deps.post)
