"""A sweep of the retention goes on with the next tenants."""

from __future__ import annotations

from functions.identity.service.closings import Notary
from functions.identity.service.tenants import sweep
from functions.identity.wiring import notary
from steward.contracts.identity import RetentionSwept
from steward.edge import on_event


@on_event(RetentionSwept, wire=notary)
def handler(event: RetentionSwept, deps: Notary) -> None:
    """Go on."""
    sweep(event, tenants=deps.tenants, post=deps.post)
