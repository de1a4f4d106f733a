"""Bills of which no notification came are found by looking, and what waits is looked at again."""

from __future__ import annotations

from functions.cost.service.receiving import Reception, look
from functions.cost.wiring import wire_reception
from steward.contracts.cost import BillsDue
from steward.edge import on_event


@on_event(BillsDue, wire=wire_reception)
def handler(_event: BillsDue, reception: Reception) -> None:
    """Look into the tenant's folder."""
    look(at=reception)
