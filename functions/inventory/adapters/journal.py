"""What became of a notice, in the log."""

from __future__ import annotations

from enum import StrEnum

from functions.inventory.model.claims import CloudAccount
from functions.inventory.service.record import Recorded
from steward.log import log_of


class InventoryEvent(StrEnum):
    """What the inventory has to say."""

    CAPTURE_RECORDED = "capture.recorded"
    CAPTURE_REPEATED = "capture.repeated"
    CAPTURE_IGNORED = "capture.ignored"
    TIES_KEPT = "ties.kept"
    ACCOUNT_CHECKED = "account.checked"


def report(done: Recorded) -> None:
    """Log the outcome of one message."""
    log = log_of("inventory")
    if done.ignored is not None:
        log.info(InventoryEvent.CAPTURE_IGNORED, reason=done.ignored)
    elif done.new:
        log.info(InventoryEvent.CAPTURE_RECORDED, new=done.new, postponed=done.postponed)
    else:
        log.info(InventoryEvent.CAPTURE_REPEATED, repeated=done.repeated)


def report_ties(resource: str, count: int) -> None:
    """Log how many edges of a resource were not yet what they should be."""
    log_of("inventory").info(InventoryEvent.TIES_KEPT, resource=resource, count=count)


def report_check(account: CloudAccount | None) -> None:
    """Log the outcome of a check."""
    if account is not None:
        log_of("inventory").info(
            InventoryEvent.ACCOUNT_CHECKED,
            account=account.id,
            state=account.state,
            missing=len(account.missing),
        )
