"""What Steward's functions in Azure and Google Cloud hand in becomes changes of the inventory."""

from functions.inventory.adapters.journal import report
from functions.inventory.service.foreign import record_notice
from functions.inventory.wiring import Deps, wire
from steward.contracts.intake import NoticeReceived
from steward.edge import on_event


@on_event(NoticeReceived, wire=wire)
def handler(event: NoticeReceived, deps: Deps) -> None:
    """Record one notice."""
    report(record_notice(event, ledger=deps.ledger, now=deps.now))
