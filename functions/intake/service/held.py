"""Notices that came before their account was claimed go on their way."""

from __future__ import annotations

from functions.intake.ports import Deps

RELEASED = 20
"""Notices that one commit lets go."""


def release(account: str, *, deps: Deps) -> int:
    """Tell of held notices of an account, oldest first, and forget them; answers how many."""
    page = deps.held.query(index="by_account", key=account, limit=RELEASED)
    released = 0
    for shown in page.items:
        entry = deps.held.get(shown.id)
        if entry is not None:
            deps.publish(entry.notice)
            deps.held.delete(entry.id)
            released += 1
    return released
