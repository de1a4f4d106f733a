"""The end of a waiver is near, or there."""

from __future__ import annotations

from functions.policy.service.waiving import Waivers
from functions.policy.wiring import waivers
from steward.contracts.policy import WaiverDue
from steward.edge import on_event


@on_event(WaiverDue, wire=waivers)
def handler(event: WaiverDue, waivers: Waivers) -> None:
    """Warn, or bring the finding back."""
    waivers.look_at(event)
