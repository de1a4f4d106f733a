"""What an insertion is news of, for others."""

from __future__ import annotations

from functions.inventory.model import patch
from functions.inventory.model.timeline import Inserted
from steward.contracts.event import Event
from steward.contracts.inventory import (
    ResourceChanged,
    ResourceDeleted,
    ResourceDiscovered,
)

_UNSHOWN = "/partial"


def news(done: Inserted) -> Event | None:
    """The event that an insertion amounts to; none when the facts of today are what they were.

    A resource first heard of when it was deleted is no news either: nobody knew it.
    """
    view, actor, change = done.resource.view(), done.entry.actor, done.entry.id
    was_there = done.before is not None and not done.before.deleted
    is_there = not done.resource.facts.deleted
    if is_there and not was_there:
        return ResourceDiscovered(resource=view, actor=actor, change_id=change)
    if was_there and not is_there:
        return ResourceDeleted(resource=view, actor=actor, change_id=change)
    changed = _changed(done) if is_there else ()
    if not changed:
        return None
    return ResourceChanged(resource=view, changed_paths=changed, actor=actor, change_id=change)


def _changed(done: Inserted) -> tuple[str, ...]:
    if done.before is None:
        return ()
    steps = patch.diff(done.before.document(), done.resource.facts.document())
    return tuple(path for path in patch.paths(steps) if path != _UNSHOWN)
