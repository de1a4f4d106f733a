"""The months in the lake: a partition is a source and a month, and its rollups say which days they have."""

from __future__ import annotations

from functions.cost.adapters.lake_rollups import FIRST, LAST
from functions.cost.model.explore.span import Span
from steward.lake.pointer import Partition, Segment


def source_of(partition: Partition) -> str:
    """Whose bills it has."""
    return partition.name.rpartition("/")[0]


def month_of(partition: Partition) -> str:
    """The month that is billed, as 2026-01."""
    return partition.name.rpartition("/")[2]


def touches(segment: Segment, within: Span) -> bool:
    """Whether a file may have any of these days."""
    first, last = segment.notes.get(FIRST), segment.notes.get(LAST)
    if not first or not last:
        return True
    return first < within.until.isoformat() and last >= within.since.isoformat()
