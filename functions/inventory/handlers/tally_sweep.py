"""What accounts and parts report is counted; the last of them ends the sweep."""

from functions.inventory.service.sweeps import Planner, count
from functions.inventory.wiring import planner
from steward.contracts.inventory import PartSwept, SweepPlanned
from steward.edge import on_event


@on_event(PartSwept, SweepPlanned, wire=planner)
def handler(event: PartSwept | SweepPlanned, deps: Planner) -> None:
    """Count one report."""
    count(event, by=deps)
