"""Raw AWS events from the default bus become changes of the inventory."""

from functions.inventory.adapters.aws_events import parse
from functions.inventory.adapters.journal import report
from functions.inventory.model.notices import RawNotice
from functions.inventory.service.record import record
from functions.inventory.wiring import Deps, wire
from steward.edge import on_raw


@on_raw(parse, wire=wire)
def handler(notice: RawNotice, deps: Deps) -> None:
    """Record one notice."""
    report(record(notice, ledger=deps.ledger, now=deps.now))
