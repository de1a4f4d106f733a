"""Bills of which no notification came are found by looking; rates are fetched where a feed is named."""

from __future__ import annotations

from functions.cost.service.rates import refresh
from functions.cost.service.receiving import look
from functions.cost.wiring.bills import Finding, wire_finding
from steward.contracts.cost import BillsDue
from steward.edge import on_event


@on_event(BillsDue, wire=wire_finding)
def handler(_event: BillsDue, finding: Finding) -> None:
    """Look into the tenant's folder and at its feed, and remove what no month consists of."""
    look(at=finding.reception)
    refresh(at=finding.rates, feed=finding.feed)
    finding.lake.collect()
