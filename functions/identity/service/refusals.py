"""Counting sign-ins that were refused."""

from __future__ import annotations

from functions.identity.model.refusals import NOBODY, Step, first, refusals_id
from functions.identity.ports import SignInDeps


def note(person: str, step: Step, place: str, *, deps: SignInDeps) -> None:
    """Count one more; whether the audit trail tells of it depends on how many there were."""
    who = person or NOBODY
    known = deps.books.refusals.get(refusals_id(who, step, deps.now))
    after = first(who, step, place, now=deps.now)
    if known is not None:
        after = known.again(place, now=deps.now)
    if after.telling:
        deps.books.refusals.put(after)
    else:
        deps.books.refusals.count_on(after)
