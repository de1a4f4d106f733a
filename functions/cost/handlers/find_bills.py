"""Bills of which no notification came are found by looking, and what waits is looked at again."""

from __future__ import annotations

from functions.cost.service.receiving import look
from functions.cost.wiring import Finding, wire_finding
from steward.contracts.cost import BillsDue
from steward.edge import on_event


@on_event(BillsDue, wire=wire_finding)
def handler(_event: BillsDue, finding: Finding) -> None:
    """Look into the tenant's folder, and remove what no month consists of."""
    look(at=finding.reception)
    finding.lake.collect()
