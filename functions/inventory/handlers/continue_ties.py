"""The edges of a resource with more ties than one commit takes."""

from functions.inventory.adapters.journal import report_ties
from functions.inventory.service.ties import carry_on
from functions.inventory.wiring import Deps, wire
from steward.contracts.inventory import TiesContinued
from steward.edge import on_event


@on_event(TiesContinued, wire=wire)
def handler(event: TiesContinued, deps: Deps) -> None:
    """Keep the edges that were left."""
    report_ties(event.resource_id, carry_on(event, ledger=deps.ledger))
