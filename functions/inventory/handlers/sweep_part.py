"""One part of an account is listed and held against what the last sweep saw."""

from functions.inventory.service.sweeping import Surveyor, sweep_part
from functions.inventory.wiring import surveyor
from steward.contracts.inventory import PartAsked
from steward.edge import on_event


@on_event(PartAsked, wire=surveyor)
def handler(event: PartAsked, deps: Surveyor) -> None:
    """List as much of the part as one message may."""
    sweep_part(event, by=deps)
