"""Once a day each tenant with an account is to be counted against the frameworks."""

from __future__ import annotations

from steward.contracts.policy import ComplianceDue
from steward.edge.announcing import Announcing, wire_announcing
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_announcing)
def handler(_tick: Tick, deps: Announcing) -> None:
    """Tell all of them."""
    deps.tell(ComplianceDue())
