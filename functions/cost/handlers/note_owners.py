"""A resource appeared or changed: what a bill does not say of it is kept."""

from __future__ import annotations

from functions.cost.model.allocation.untagged import LatestChange
from functions.cost.service.showback import note_owner
from functions.cost.wiring.teams import OwnerDeps, wire_owners
from steward.contracts.inventory import ResourceChanged, ResourceDiscovered
from steward.edge import on_event


@on_event(ResourceDiscovered, ResourceChanged, wire=wire_owners)
def handler(event: ResourceDiscovered | ResourceChanged, deps: OwnerDeps) -> None:
    """Keep whose it is, and how it changed."""
    paths = event.changed_paths if isinstance(event, ResourceChanged) else ()
    change = LatestChange(
        id=event.change_id,
        at=event.resource.captured_at,
        by=None if event.actor is None else event.actor.who,
        paths=paths[:20],
    )
    note_owner(event.resource, change, at=deps.now, owners=deps.owners)
