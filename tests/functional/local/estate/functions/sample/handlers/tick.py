"""Counts the slots of a schedule."""

from __future__ import annotations

from functions.sample.model import Deps, happen, wire
from steward.edge import Tick, on_schedule


@on_schedule(wire=wire)
def handler(tick: Tick, deps: Deps) -> None:
    """Count this slot."""
    happen(f"tick-{int(tick.due.timestamp())}", deps)
