"""The next step of a closing whose time has come."""

from __future__ import annotations

from functions.identity.service.closings import Notary, step
from functions.identity.wiring import notary
from steward.contracts.identity import ClosingDue
from steward.edge import on_event


@on_event(ClosingDue, wire=notary)
def handler(event: ClosingDue, deps: Notary) -> None:
    """Take it."""
    step(event, notary=deps)
