"""Who caused a change that was seen rather than called for: the caller of the call just before it.

It is a rule over the finished chain, so that it does not matter which of the two arrived first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from functions.inventory.model.resource import Change, Source

WINDOWS = {
    Source.CONFIG: timedelta(minutes=10),
    Source.STATE: timedelta(minutes=10),
    Source.FEED: timedelta(minutes=10),
    Source.SWEEP: timedelta(hours=6),
}
"""How long after a call what a source reports may still be its doing; a sweep comes by but seldom."""


def joined(change: Change, older: Iterable[Change]) -> Change:
    """The entry with the caller of the nearest call before it; ``older`` come newest first."""
    if is_call(change):
        return change
    call = next((one for one in older if is_call(one)), None)
    return _after(change, call)


def rejoined(call: Change, newer: Sequence[Change]) -> list[Change]:
    """The entries that a call inserted before them is now known to have caused; ``newer`` newest first."""
    found: list[Change] = []
    for change in reversed(newer) if is_call(call) else ():
        if is_call(change):
            break
        again = _after(change, call)
        if again != change:
            found.append(again)
    return found


def is_call(change: Change) -> bool:
    """Whether an entry tells by itself who caused it."""
    return change.actor is not None and change.joined is None


def _after(change: Change, call: Change | None) -> Change:
    window = WINDOWS.get(change.source)
    if call is None or window is None or change.at - call.at > window:
        return change
    return change.model_copy(update={"actor": call.actor, "joined": call.id})
