"""When the columnar snapshots are due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final

from steward.contracts.event import Event
from steward.contracts.identity import WalkFinished
from steward.contracts.inventory import SnapshotDue, SweepEnded

EVERY: Final = timedelta(minutes=5)
TIDY_AT: Final = time(3)
"""Once a day (UTC), when files that nothing needs any more are removed."""


def due_at(when: datetime) -> SnapshotDue:
    """What is due at a tick: to tidy as well, at the first one of the time for it."""
    begun = datetime.combine(when.date(), TIDY_AT, tzinfo=when.tzinfo)
    return SnapshotDue(tidy=begun <= when < begun + EVERY)


def due_after(event: SnapshotDue | SweepEnded) -> SnapshotDue | None:
    """What is due after an event: who waited for a sweep then looks at what it found."""
    if isinstance(event, SnapshotDue):
        return event
    return SnapshotDue() if event.changed or event.gone else None


def renew(event: WalkFinished, *, publish: Callable[[Event], None]) -> bool:
    """Have the snapshots made anew when the inventory has forgotten a person; whether it has."""
    forgotten = event.keeper == "inventory" and event.errand.task == "erase-person"
    if forgotten and event.counts:
        publish(SnapshotDue(anew=True))
    return bool(forgotten and event.counts)
