"""Following a resource: what could be saved on it, and what a bill does not say of it."""

from __future__ import annotations

from dataclasses import dataclass

from functions.cost.model.allocation.untagged import LatestChange, ResourceOwner
from functions.cost.service.advising import Advising, follow
from functions.cost.service.showback import note_owner
from steward.contracts.inventory import ResourceChanged, ResourceDeleted, ResourceDiscovered
from steward.store.work import Entities

NAMED = 20
"""Paths of a change that are kept."""


@dataclass(frozen=True, slots=True)
class Following:
    """What it takes to follow a resource, within one Work."""

    advising: Advising
    owners: Entities[ResourceOwner]


def follow_resource(
    event: ResourceDiscovered | ResourceChanged | ResourceDeleted, *, at: Following
) -> None:
    """Look for what could be saved, and keep whose the resource is and how it changed.

    Of one that is gone bills go on telling for a while: whose it was stays.
    """
    gone = isinstance(event, ResourceDeleted)
    follow(event.resource, gone=gone, at=at.advising)
    if not gone:
        note_owner(event.resource, _latest(event), at=at.advising.now, owners=at.owners)


def _latest(event: ResourceDiscovered | ResourceChanged | ResourceDeleted) -> LatestChange:
    paths = event.changed_paths if isinstance(event, ResourceChanged) else ()
    return LatestChange(
        id=event.change_id,
        at=event.resource.captured_at,
        by=None if event.actor is None else event.actor.who,
        paths=paths[:NAMED],
    )
