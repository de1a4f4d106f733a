"""The next few resources are looked at with the latest bill."""

from __future__ import annotations

from functions.cost.service.advising import Advising, night
from functions.cost.wiring import wire_advising
from steward.contracts.cost import AdviceDue
from steward.edge import on_event


@on_event(AdviceDue, wire=wire_advising)
def handler(event: AdviceDue, advising: Advising) -> None:
    """Look at them, and have the others looked at."""
    night(event, at=advising)
