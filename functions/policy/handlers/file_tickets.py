"""A ticket is made, or brought to where it should stand."""

from __future__ import annotations

from functions.policy.service.ticketing import Tickets
from functions.policy.wiring.trackers import tickets
from steward.contracts.policy import TicketDue
from steward.edge import on_event


@on_event(TicketDue, wire=tickets)
def handler(event: TicketDue, tickets: Tickets) -> None:
    """Ask the tracker."""
    tickets.file(event)
