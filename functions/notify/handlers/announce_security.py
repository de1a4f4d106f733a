"""Somebody broke the glass, acts as somebody else or was at the audit trail: whom a route names is told."""

from __future__ import annotations

from functions.notify.service.announce import tell
from functions.notify.service.security import Alarm, security_notice
from functions.notify.wiring import Deps, wire
from steward.contracts.audit import GapFound, VerificationFailed
from steward.contracts.identity import AccessElevated, AccessImpersonated
from steward.edge import on_event


@on_event(AccessElevated, AccessImpersonated, GapFound, VerificationFailed, wire=wire)
def handler(event: Alarm, deps: Deps) -> None:
    """Start a delivery to every endpoint that is to hear of it."""
    notice = security_notice(event, event_id=deps.event_id, now=deps.now)
    tell(notice, books=deps.books, post=deps.post, now=deps.now)
