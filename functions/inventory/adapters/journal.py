"""What became of a notice, in the log."""

from __future__ import annotations

from enum import StrEnum

from functions.inventory.service.record import Recorded
from steward.log import log_of


class InventoryEvent(StrEnum):
    """What the inventory has to say."""

    CAPTURE_RECORDED = "capture.recorded"
    CAPTURE_REPEATED = "capture.repeated"
    CAPTURE_IGNORED = "capture.ignored"


def report(done: Recorded) -> None:
    """Log the outcome of one message."""
    log = log_of("inventory")
    if done.ignored is not None:
        log.info(InventoryEvent.CAPTURE_IGNORED, reason=done.ignored)
    elif done.new:
        log.info(InventoryEvent.CAPTURE_RECORDED, new=done.new, postponed=done.postponed)
    else:
        log.info(InventoryEvent.CAPTURE_REPEATED, repeated=done.repeated)
