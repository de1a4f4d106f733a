"""What changes in findings that trackers have or are to have tickets of is noted."""

from __future__ import annotations

from functions.policy.service.ticketing import Tickets
from functions.policy.wiring.trackers import tickets
from steward.contracts.policy import (
    FindingOpened,
    FindingReopened,
    FindingResolved,
    FindingUpdated,
    FindingWaived,
)
from steward.edge import on_event

Changed = FindingOpened | FindingReopened | FindingResolved | FindingUpdated | FindingWaived


@on_event(*Changed.__args__, wire=tickets, together=Changed.__args__)
def handler(event: Changed, tickets: Tickets) -> None:
    """Note what the finding's tickets are to follow; nothing where there is no tracker."""
    tickets.note(event.finding)
