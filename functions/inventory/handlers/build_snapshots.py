"""A tenant's snapshots are brought to what the store keeps."""

from __future__ import annotations

from functions.inventory.adapters.lake_builder import refresh
from functions.inventory.adapters.lake_search import Source
from functions.inventory.adapters.lake_sources import sources_of
from steward.contracts.inventory import SnapshotDue
from steward.edge import on_event


@on_event(SnapshotDue, wire=sources_of)
def handler(event: SnapshotDue, sources: tuple[Source, Source]) -> None:
    """Build those of the resources and of their changes."""
    for source in sources:
        refresh(source.lake, source.kind, source.feed, due=event)
