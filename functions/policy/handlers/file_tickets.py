"""Findings that change become tickets, or have theirs moved."""

from __future__ import annotations

from functions.policy.service.ticketing import Tickets
from functions.policy.wiring.trackers import tickets
from steward.contracts.policy import (
    FindingOpened,
    FindingReopened,
    FindingResolved,
    FindingUpdated,
    FindingWaived,
    TicketDue,
)
from steward.edge import on_event

Changed = FindingOpened | FindingReopened | FindingResolved | FindingUpdated | FindingWaived


@on_event(*Changed.__args__, TicketDue, wire=tickets)
def handler(event: Changed | TicketDue, tickets: Tickets) -> None:
    """Note what changed, or bring one ticket to where it should stand."""
    if isinstance(event, TicketDue):
        tickets.file(event)
    else:
        tickets.note(event.finding)
