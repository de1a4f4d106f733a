"""Findings that change go to AWS Security Hub of their account, a minute's together."""

from __future__ import annotations

from functions.policy.service.hubbing import Hubs
from functions.policy.wiring.hubs import hubs
from steward.contracts.policy import (
    FindingOpened,
    FindingReopened,
    FindingResolved,
    FindingUpdated,
    FindingWaived,
    HubContinued,
    HubDue,
)
from steward.edge import on_event

Changed = FindingOpened | FindingReopened | FindingResolved | FindingUpdated | FindingWaived


@on_event(*Changed.__args__, HubDue, HubContinued, wire=hubs, together=Changed.__args__)
def handler(event: Changed | HubDue | HubContinued, hubs: Hubs) -> None:
    """Note what changed, or push what waits."""
    match event:
        case HubDue():
            hubs.push(event)
        case HubContinued():
            hubs.go_on(event)
        case _:
            hubs.note(event.finding)
