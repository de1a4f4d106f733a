"""Which files make up each partition of a dataset: one row a partition, replaced whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.store.collection import Collection, Index

KEPT: timedelta = timedelta(days=7)
"""For how long a replaced snapshot can still be read."""
PINNED: timedelta = timedelta(hours=1)
"""No reader takes longer over the files that it has pinned."""


class Segment(BaseModel):
    """One immutable Parquet file: its object, its size in bytes and rows, and what its writer notes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    etag: str
    size: int
    rows: int
    notes: dict[str, str] = Field(default_factory=dict)


class Snapshot(BaseModel):
    """The segments that a partition consisted of from an instant on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    at: AwareDatetime
    segments: tuple[Segment, ...]
    notes: dict[str, str] = Field(default_factory=dict)


class Partition(BaseModel):
    """A part of a dataset that is replaced as one; ``past`` are its earlier snapshots, newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    name: str
    current: Snapshot
    past: tuple[Snapshot, ...] = ()

    @property
    def id(self) -> str:
        """Dataset and name in one."""
        return partition_id(self.dataset, self.name)

    def at(self, instant: datetime) -> Snapshot | None:
        """The snapshot that counted at an instant, as far as it is still kept."""
        return next((one for one in (self.current, *self.past) if one.at <= instant), None)

    def moved_to(self, snapshot: Snapshot) -> Self:
        """The partition with a new snapshot; the one it replaces is kept for a while."""
        past = _thinned((self.current, *self.past), now=snapshot.at)
        return self.model_copy(update={"current": snapshot, "past": past})

    def keys(self) -> frozenset[str]:
        """The objects of every snapshot that is kept."""
        kept = (self.current, *self.past)
        return frozenset(segment.key for snapshot in kept for segment in snapshot.segments)


PARTITIONS: Collection[Partition] = Collection(
    "partitions",
    Partition,
    id=lambda one: one.id,
    indexes=(Index("by_dataset", lambda one: one.dataset, lambda one: one.name),),
    audit="digest",
)
"""The pointer rows, in the table of the concern whose dataset it is."""


def partition_id(dataset: str, name: str) -> str:
    """The id of a partition's row."""
    return f"{dataset}/{name}"


def _thinned(replaced: Sequence[Snapshot], *, now: datetime) -> tuple[Snapshot, ...]:
    """Of the replaced snapshots, newest first, those of the last hour and the last of each day."""
    kept: list[Snapshot] = []
    days: set[object] = set()
    for place, snapshot in enumerate(replaced):
        until = now if place == 0 else replaced[place - 1].at
        first_of_its_day = snapshot.at.date() not in days
        days.add(snapshot.at.date())
        if now - until <= PINNED or (first_of_its_day and now - until <= KEPT):
            kept.append(snapshot)
    return tuple(kept)
