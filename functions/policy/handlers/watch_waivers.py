"""The end of a waiver or an exemption is near or there, or an exemption has findings to come to."""

from __future__ import annotations

from functions.policy.wiring.findings import Watch, watch
from steward.contracts.policy import ExemptionContinued, ExemptionDue, WaiverDue
from steward.edge import on_event


@on_event(WaiverDue, ExemptionDue, ExemptionContinued, wire=watch)
def handler(event: WaiverDue | ExemptionDue | ExemptionContinued, watch: Watch) -> None:
    """Warn, bring findings back, or go on with the next few."""
    match event:
        case WaiverDue():
            watch.waivers.look_at(event)
        case ExemptionDue():
            watch.exempting.look_at(event)
        case ExemptionContinued():
            watch.exempting.go_on(event)
