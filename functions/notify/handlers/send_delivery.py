"""A delivery whose time has come is sent once."""

from __future__ import annotations

from enum import StrEnum

from functions.notify.service.send import send
from functions.notify.wiring import Deps, wire
from steward.contracts.notify import DeliveryDue
from steward.edge import on_event
from steward.log import log_of


class SendEvent(StrEnum):
    """What sending has to say."""

    ATTEMPTED = "delivery.attempted"
    SKIPPED = "delivery.skipped"


@on_event(DeliveryDue, wire=wire)
def handler(event: DeliveryDue, deps: Deps) -> None:
    """Make the attempt, and log how it went: status and time, never the message."""
    attempt = send(event, books=deps.books, carrier=deps.carrier, post=deps.post, now=deps.now)
    if attempt is None:
        log_of("notify").info(SendEvent.SKIPPED, delivery=event.delivery_id, attempt=event.attempt)
        return
    log_of("notify").info(
        SendEvent.ATTEMPTED,
        delivery=event.delivery_id,
        attempt=attempt.number,
        verdict=attempt.verdict.value,
        status=attempt.status,
        ms=attempt.took_ms,
    )
