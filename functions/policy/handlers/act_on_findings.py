"""A job over many findings goes on with the next few."""

from __future__ import annotations

from functions.policy.service.bulk import Bulks
from functions.policy.wiring.findings import bulks
from steward.contracts.policy import BulkContinued
from steward.edge import on_event


@on_event(BulkContinued, wire=bulks)
def handler(event: BulkContinued, bulks: Bulks) -> None:
    """Do the next few."""
    bulks.go_on(event)
