"""What was kept for a deleted principal alone goes after it."""

from __future__ import annotations

from functions.identity.service.forgetting import forget
from functions.identity.wiring import Deps, wire
from steward.contracts.identity import UserDeleted
from steward.edge import on_event


@on_event(UserDeleted, wire=wire)
def handler(event: UserDeleted, deps: Deps) -> None:
    """Remove some of it, and go on until nothing is left."""
    forget(event, books=deps.books, register=deps.register, post=deps.post)
