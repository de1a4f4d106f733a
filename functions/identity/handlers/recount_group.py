"""A changed group reaches its members."""

from __future__ import annotations

from functions.identity.service.groups import recount
from functions.identity.wiring import Deps, wire
from steward.contracts.identity import GroupChanged
from steward.edge import on_event


@on_event(GroupChanged, wire=wire)
def handler(event: GroupChanged, deps: Deps) -> None:
    """Count the grants of some of its members anew."""
    recount(event, books=deps.books, register=deps.register, post=deps.post)
