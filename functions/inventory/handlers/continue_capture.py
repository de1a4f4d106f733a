"""The rest of a message that reported about more resources than one commit takes."""

from functions.inventory.adapters.journal import report
from functions.inventory.model.resource import Capture
from functions.inventory.service.record import record_captures
from functions.inventory.wiring import Deps, wire
from steward.contracts.inventory import CaptureContinued
from steward.edge import on_event


@on_event(CaptureContinued, wire=wire)
def handler(event: CaptureContinued, deps: Deps) -> None:
    """Record the captures that were left."""
    captures = [Capture.model_validate(one) for one in event.captures]
    report(record_captures(captures, ledger=deps.ledger))
