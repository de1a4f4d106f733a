"""Resources that a complete listing did not have any more are gone."""

from functions.inventory.adapters.journal import report
from functions.inventory.service.absences import record_absences
from functions.inventory.wiring import Deps, wire
from steward.contracts.inventory import PartShrunk
from steward.edge import on_event


@on_event(PartShrunk, wire=wire)
def handler(event: PartShrunk, deps: Deps) -> None:
    """Record that they are gone."""
    report(record_absences(event, ledger=deps.ledger))
