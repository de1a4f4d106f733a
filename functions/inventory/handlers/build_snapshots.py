"""A tenant's snapshots are brought to what the store keeps."""

from __future__ import annotations

from functions.inventory.adapters.lake_builder import refresh
from functions.inventory.adapters.lake_search import Source
from functions.inventory.adapters.lake_sources import sources_of
from functions.inventory.service.snapshots import due_after
from steward.contracts.inventory import SnapshotDue, SweepEnded
from steward.edge import on_event


@on_event(SnapshotDue, SweepEnded, wire=sources_of)
def handler(event: SnapshotDue | SweepEnded, sources: tuple[Source, Source]) -> None:
    """Build those of the resources and of their changes."""
    due = due_after(event)
    if due is None:
        return
    for source in sources:
        refresh(source.lake, source.kind, source.feed, due=due)
