"""A statement is whole: it is read, and its months are replaced."""

from __future__ import annotations

from functions.cost.service.taking import Taking, take
from functions.cost.wiring.bills import wire_taking
from steward.contracts.cost import DeliveryDue
from steward.edge import on_event


@on_event(DeliveryDue, wire=wire_taking)
def handler(event: DeliveryDue, taking: Taking) -> None:
    """Go on with it."""
    take(event, at=taking)
