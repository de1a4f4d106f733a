"""Findings that opened, changed, resolved or reopened become deliveries."""

from __future__ import annotations

from functions.notify.service.announce import announce, notice_of
from functions.notify.wiring import Deps, wire
from steward.contracts.policy import (
    FindingOpened,
    FindingReopened,
    FindingResolved,
    FindingUpdated,
)
from steward.edge import on_event

Told = FindingOpened | FindingReopened | FindingResolved | FindingUpdated


@on_event(*Told.__args__, wire=wire, together=Told.__args__)
def handler(event: Told, deps: Deps) -> None:
    """Start a delivery to every endpoint that is to hear of it."""
    notice = notice_of(event, event_id=deps.event_id)
    announce(notice, books=deps.books, post=deps.post, now=deps.now)
