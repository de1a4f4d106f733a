"""How a tenant stands against the frameworks is counted and kept for the day."""

from __future__ import annotations

from functions.policy.service.compliance import Compliance
from functions.policy.wiring.compliance import compliance
from steward.contracts.policy import ComplianceDue
from steward.edge import on_event


@on_event(ComplianceDue, wire=compliance)
def handler(event: ComplianceDue, compliance: Compliance) -> None:
    """Count."""
    del event
    compliance.count()
