"""What a lost poke left in an outbox is asked for anew."""

from __future__ import annotations

from functions.relay import wiring
from functions.relay.adapters import report
from functions.relay.service import sweep
from steward.edge.schedule import Tick, on_schedule


@on_schedule(wire=wiring.wire_sweep)
def handler(tick: Tick, deps: wiring.SweepDeps) -> None:
    """Poke the relay for every item that still waits."""
    del tick
    report.swept(sweep(outboxes=deps.outboxes, pokes=deps.pokes))
