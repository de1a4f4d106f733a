"""Every night it is looked for what could cost less, for each tenant with an account."""

from __future__ import annotations

from steward.contracts.cost import AdviceDue, MetricsDue
from steward.edge.announcing import Announcing, wire_announcing
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wire_announcing)
def handler(_tick: Tick, deps: Announcing) -> None:
    """Tell all of them."""
    deps.tell(AdviceDue(prices=True), MetricsDue())
