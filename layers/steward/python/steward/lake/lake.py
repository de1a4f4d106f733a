"""A tenant's dataset: files first, the pointer after, both old or both new for whoever reads."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from steward.contracts.lake import PartitionSwapped
from steward.errors import BadInput, NotFound
from steward.lake.copies import COPIES, Copies
from steward.lake.pointer import Partition, Segment, Snapshot, partition_id
from steward.objects import Objects, folder_of
from steward.store.collection import Page, every
from steward.store.work import Entities

SEGMENTS: Final = 200
"""Files that one snapshot consists of at most: its row stays far below what a store takes."""
ORPHANED: Final = timedelta(days=1)
"""No writer takes longer from its first file to its swap."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._=-]{0,63}(/[a-z0-9][a-z0-9._=-]{0,63}){0,3}")
_STAMP = "%Y%m%dT%H%M%SZ"
_STAMPED = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{16}\.parquet")


@dataclass(frozen=True, slots=True)
class Lake:
    """One dataset of one tenant's, within one Work.

    ``swapped`` is the concern's own event of a swap; it leaves with the commit that makes the swap true.
    """

    dataset: str
    tenant: str
    objects: Objects
    partitions: Entities[Partition]
    publish: Callable[[PartitionSwapped], None]
    swapped: type[PartitionSwapped]
    now: datetime
    copies: Copies = field(default=COPIES)

    @property
    def location(self) -> str:
        """Where the tenant's files are on this machine, if they are here."""
        place = self.objects.place(f"{folder_of(self.tenant)}any")
        return "" if place is None else str(place.parent)

    def partition(self, name: str) -> Partition | None:
        """A partition, consistently read; None when nothing was ever put there."""
        return self.partitions.get(partition_id(self.dataset, name))

    def pinned(self, prefix: str = "") -> tuple[Partition, ...]:
        """The partitions whose names start so, each old or new; their files stay for an hour at least."""

        def page(after: str | None) -> Page[Partition]:
            return self.partitions.query(
                index="by_dataset",
                key=self.dataset,
                low=prefix or None,
                high=f"{prefix}\U0010ffff" if prefix else None,
                after=after,
                limit=100,
            )

        return tuple(every(page))

    def stage(
        self, name: str, file: Path, *, rows: int, notes: Mapping[str, str] | None = None
    ) -> Segment:
        """Put a Parquet file beside the partition's others; it counts once a swap names it.

        Raises:
            BadInput: the partition's name breaks its rule.
        """
        head = self.objects.upload(self._fresh_key(name), file)
        return Segment(
            key=head.key, etag=head.etag, size=head.size, rows=rows, notes=dict(notes or {})
        )

    def swap(
        self, name: str, segments: Iterable[Segment], *, notes: Mapping[str, str] | None = None
    ) -> Partition:
        """Let the partition consist of these segments, all at once, when the Work commits.

        A second writer that began from the same snapshot is refused by the store and decides anew.

        Raises:
            BadInput: too many segments.
        """
        snapshot = self._snapshot(name, tuple(segments), notes or {})
        before = self.partition(name)
        after = (
            Partition(dataset=self.dataset, name=name, current=snapshot)
            if before is None
            else before.moved_to(snapshot)
        )
        self.partitions.put(after)
        self._tell(name, snapshot)
        return after

    def drop(self, name: str) -> None:
        """Let the partition be no more; its files go with the next collection."""
        if self.partition(name) is not None:
            self.partitions.delete(partition_id(self.dataset, name))
            self._tell(name, self._snapshot(name, (), {}))

    def forget_past(self, name: str) -> None:
        """Keep no earlier snapshot of the partition: what was to be erased is in none of them."""
        partition = self.partition(name)
        if partition is not None and partition.past:
            self.partitions.put(partition.model_copy(update={"past": ()}))

    def paths(self, segments: Iterable[Segment]) -> list[Path]:
        """The segments' files on this machine, fetched where they are not here yet.

        Raises:
            NotFound: a file is gone, since its snapshot was pinned too long ago.
        """
        return [self.copies.of(self.objects, segment) for segment in segments]

    def collect(self, *, older_than: timedelta = ORPHANED) -> int:
        """Remove the files that no snapshot names and no writer can be about to name; how many went."""
        # The list comes before the rows: a file that is swapped in meanwhile is in them.
        heads = [head.key for head in self.objects.list(folder_of(self.tenant))]
        named = frozenset[str]().union(*(one.keys() for one in self.pinned()))
        orphans = [key for key in heads if key not in named and self._age(key) >= older_than]
        for key in orphans:
            self.objects.delete(key)
        return len(orphans)

    def _snapshot(
        self, name: str, segments: tuple[Segment, ...], notes: Mapping[str, str]
    ) -> Snapshot:
        _check_name(name)
        if len(segments) > SEGMENTS:
            raise BadInput(
                f"dataset {self.dataset}, partition {name}: {len(segments)} segments; at most "
                f"{SEGMENTS}, so merge some of them"
            )
        return Snapshot(id=_fresh(self.now), at=self.now, segments=segments, notes=dict(notes))

    def _tell(self, name: str, snapshot: Snapshot) -> None:
        self.publish(
            self.swapped(
                dataset=self.dataset,
                partition=name,
                snapshot=snapshot.id,
                at=snapshot.at,
                segments=tuple(one.key for one in snapshot.segments),
                rows=sum(one.rows for one in snapshot.segments),
                size=sum(one.size for one in snapshot.segments),
            )
        )

    def _fresh_key(self, name: str) -> str:
        # Never the same twice, not even by a repeated message: what is written stays as it is.
        _check_name(name)
        return f"{folder_of(self.tenant)}{name}/{_fresh(self.now)}.parquet"

    def _age(self, key: str) -> timedelta:
        found = _STAMPED.fullmatch(key.rpartition("/")[2])
        if found is None:
            return timedelta(0)
        return self.now - datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)


def required(lake: Lake, name: str) -> Partition:
    """The partition.

    Raises:
        NotFound: nothing was ever put there.
    """
    partition = lake.partition(name)
    if partition is None:
        raise NotFound(f"dataset {lake.dataset}: has no partition {name!r} yet")
    return partition


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"partition {name[:80]!r}: use up to four parts joined by '/', each of up to 64 lower-case "
            "letters, digits, '.', '_', '=' and '-'"
        )


def _fresh(now: datetime) -> str:
    return f"{now.astimezone(UTC).strftime(_STAMP)}-{secrets.token_hex(8)}"
