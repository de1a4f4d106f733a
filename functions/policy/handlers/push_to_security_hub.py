"""Findings that changed go to AWS Security Hub of their account, a minute's together."""

from __future__ import annotations

from functions.policy.service.hubbing import Hubs
from functions.policy.wiring.hubs import hubs
from steward.contracts.policy import HubContinued, HubDue
from steward.edge import on_event


@on_event(HubDue, HubContinued, wire=hubs)
def handler(event: HubDue | HubContinued, hubs: Hubs) -> None:
    """Push what waits, or have more of a newly connected account wait."""
    if isinstance(event, HubDue):
        hubs.push(event)
    else:
        hubs.go_on(event)
