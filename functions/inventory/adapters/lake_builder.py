"""Snapshots of what the store keeps, as columns: base segments, rows gone from them, and a delta.

The base segments are sorted by type and id, and never touched again. A row that changed later stands in the
delta, with the number of the base row that it takes the place of; a delta that has grown becomes a base
segment itself, and the rows it replaced are listed as gone. So what a build costs goes by what changed.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from functions.inventory.adapters.lake_rows import FORMAT, GROUP, Kind, from_file, lines
from steward.contracts.inventory import SnapshotDue
from steward.lake.lake import Lake
from steward.lake.pointer import Partition, Segment, Snapshot
from steward.lake.reading import Means, connect, identifier, quoted, scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PARTITION: Final = "all"
BASE, GONE, DELTA = "base", "gone", "delta"
ROLE, POSITION, NEXT, WRITTEN = "role", "position", "next", "format"
CHUNK: Final = 100_000
"""Items that are in memory at once, as text."""
DELTA_ROWS: Final = 10_000
BASES: Final = 100
GONE_SHARE: Final = 0.25
"""More segments than this, or more of their rows gone, and the snapshot is made anew."""
LATE: Final = timedelta(minutes=20)
"""No Work commits later than this after it was opened, when it said when it recorded."""
HOURLY: Final = timedelta(hours=1)
MEANS: Final = Means(memory=1024 * 1024 * 1024, threads=2)


class Feed(Protocol):
    """What the store keeps of a collection, as JSON texts."""

    def everything(self) -> Iterator[str]:
        """All items, in the order of their ids."""
        ...

    def since(self, position: datetime) -> Iterator[str]:
        """The items recorded from then on, once each."""
        ...


class Piece(NamedTuple):
    """A segment that is there already, or a file that is to become one."""

    role: str
    path: Path
    rows: int
    segment: Segment | None = None


@dataclass
class Draft:
    """A snapshot in the making; ``next_row`` numbers the base rows to come."""

    bases: list[Piece] = field(default_factory=list)
    gone: Piece | None = None
    delta: Piece | None = None
    next_row: int = 0

    @property
    def pieces(self) -> list[Piece]:
        """All of it."""
        return [*self.bases, *(one for one in (self.gone, self.delta) if one is not None)]

    @property
    def worn(self) -> bool:
        """Whether it is better made anew."""
        rows = sum(one.rows for one in self.bases)
        gone = 0 if self.gone is None else self.gone.rows
        return len(self.bases) > BASES or gone > max(DELTA_ROWS, rows * GONE_SHARE)


class Built(NamedTuple):
    """What a build came to: the items it read, and the rows that are kept."""

    read: int
    rows: int


def refresh(lake: Lake, kind: Kind, feed: Feed, *, due: SnapshotDue) -> Built | None:
    """Do what is due about a snapshot: bring it up to date or make it anew, and remove stray files."""
    if due.tidy:
        lake.collect()
    return build(lake, kind, feed, anew=due.anew)


def build(lake: Lake, kind: Kind, feed: Feed, *, anew: bool = False) -> Built | None:
    """Bring the snapshot to what the store keeps now; None when there is nothing to be done."""
    partition = current(lake)
    with tempfile.TemporaryDirectory(prefix="steward-lake-") as folder:
        workshop = Path(folder)
        draft = Draft() if partition is None or anew else drafted(partition, lake)
        if partition is None or anew or draft.worn:
            draft = Draft()
            forge = _Forge(draft, kind, workshop, unique=True)
            read = forge.take(feed.everything())
            forge.sort_out()
        else:
            position = position_of(partition.current)
            read = _Forge(draft, kind, workshop).take(feed.since(position - LATE))
            if not _worth_it(draft, position, now=lake.now):
                return None
        segments = [_staged(piece, lake) for piece in draft.pieces]
        notes = {POSITION: lake.now.isoformat(), NEXT: str(draft.next_row), WRITTEN: FORMAT}
        lake.swap(PARTITION, segments, notes=notes)
        if anew:
            lake.forget_past(PARTITION)
    return Built(read, sum(one.rows for one in draft.pieces if one.role != GONE))


def current(lake: Lake) -> Partition | None:
    """The partition that holds the snapshot; None when there is none that can be read."""
    partition = lake.partition(PARTITION)
    readable = partition is not None and partition.current.notes.get(WRITTEN) == FORMAT
    return partition if readable else None


def position_of(snapshot: Snapshot) -> datetime:
    """Up to when everything that the store had recorded is in the snapshot."""
    return datetime.fromisoformat(snapshot.notes[POSITION])


def drafted(partition: Partition, lake: Lake) -> Draft:
    """The current snapshot as a draft."""
    draft = Draft(next_row=int(partition.current.notes[NEXT]))
    segments = partition.current.segments
    for segment, path in zip(segments, lake.paths(segments), strict=True):
        piece = Piece(segment.notes[ROLE], path, segment.rows, segment)
        match piece.role:
            case "base":
                draft.bases.append(piece)
            case "gone":
                draft.gone = piece
            case _:
                draft.delta = piece
    return draft


def _worth_it(draft: Draft, position: datetime, *, now: datetime) -> bool:
    changed = any(piece.segment is None for piece in draft.pieces)
    # Without a change the position still moves on now and then: what readers go over stays short.
    return changed or now - position >= HOURLY


def _staged(piece: Piece, lake: Lake) -> Segment:
    if piece.segment is not None:
        return piece.segment
    return lake.stage(PARTITION, piece.path, rows=piece.rows, notes={ROLE: piece.role})


class _Forge:
    """Takes items into a draft, chunk by chunk; of ``unique`` ones none is in the draft already."""

    def __init__(self, draft: Draft, kind: Kind, workshop: Path, *, unique: bool = False) -> None:
        self._draft = draft
        self._unique = unique
        self._kind = kind
        self._workshop = workshop
        self._numbers = itertools.count()
        self._columns = ", ".join(map(identifier, kind.names))

    def take(self, items: Iterator[str]) -> int:
        """Take all items in; how many there were."""
        read = 0
        files = [piece.path for piece in self._draft.pieces]
        connection = connect(files, means=MEANS, workshop=self._workshop)
        try:
            while True:
                chunk = self._path("ndjson")
                count = lines(chunk, itertools.islice(items, CHUNK))
                if count:
                    self._take_chunk(connection, chunk)
                chunk.unlink()
                read += count
                if count < CHUNK:
                    return read
        finally:
            connection.close()

    def sort_out(self) -> None:
        """Write a draft that is all new once more, so that its files follow one another in their order.

        Chunk by chunk each file begins at the beginning, and what belongs together is in all of them.
        """
        pieces = self._draft.pieces
        if self._kind.cluster is None or len(pieces) < 2:  # noqa: PLR2004  # one is in order
            return
        files = [piece.path for piece in pieces]
        self._draft.bases, self._draft.delta, self._draft.next_row = [], None, 0
        connection = connect(files, means=MEANS, workshop=self._workshop)
        try:
            for first, last in self._stretches(connection, files):
                wanted = f"{self._kind.cluster} BETWEEN {quoted(first)} AND {quoted(last)}"
                connection.execute(
                    f"CREATE OR REPLACE TEMP VIEW merged AS SELECT * FROM {scan(files)} WHERE {wanted}"
                )
                self._add_base(connection, _count(connection, "merged"))
        finally:
            connection.close()

    def _stretches(
        self, connection: DuckDBPyConnection, files: list[Path]
    ) -> Iterator[tuple[str, str]]:
        """The first and the last value of the leading column, for a chunk of rows each."""
        cluster = self._kind.cluster
        rows = connection.execute(
            f"SELECT {cluster}, count(*) FROM {scan(files)} GROUP BY 1 ORDER BY 1"
        ).fetchall()
        held: list[str] = []
        size = 0
        for value, count in rows:
            if held and size + count > CHUNK:
                yield held[0], held[-1]
                held, size = [], 0
            held.append(value)
            size += count
        if held:
            yield held[0], held[-1]

    def _take_chunk(self, connection: DuckDBPyConnection, chunk: Path) -> None:
        rows = self._kind.select(from_file(self._kind, chunk))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {rows}")
        # An item that was written while the feed was read may come twice, the newer one later.
        connection.execute(
            "DELETE FROM fresh WHERE rowid NOT IN (SELECT max(rowid) FROM fresh GROUP BY id)"
        )
        if not self._unique:
            self._drop_what_is_known(connection)
        if _count(connection, "fresh"):
            self._merge(connection)
        connection.execute("DROP TABLE fresh")

    def _merge(self, connection: DuckDBPyConnection) -> None:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE merged AS {self._merged()}")
        count = _count(connection, "merged")
        if count > DELTA_ROWS:
            self._promote(connection, count)
        else:
            order = f"SELECT row, {self._columns} FROM merged ORDER BY {self._kind.order}"
            self._draft.delta = Piece(DELTA, self._copy(connection, order), count)
        connection.execute("DROP TABLE merged")

    def _drop_what_is_known(self, connection: DuckDBPyConnection) -> None:
        """Drop from the fresh rows those that say no more than the snapshot does."""
        newest = self._kind.newest
        for piece in self._draft.pieces:
            if piece.role != GONE:
                connection.execute(
                    f"DELETE FROM fresh USING (SELECT id, {newest} FROM {scan([piece.path])} "
                    f"SEMI JOIN fresh USING (id)) known WHERE fresh.id = known.id "
                    f"AND fresh.{newest} <= known.{newest}"
                )

    def _merged(self) -> str:
        """The fresh rows with the base rows they replace, and what of the delta still counts."""
        draft = self._draft
        fresh = f"SELECT NULL::BIGINT AS row, {self._columns} FROM fresh"
        if draft.bases and not self._unique:
            there = f"SELECT id, row FROM {scan([one.path for one in draft.bases])}"
            there = f"({there}) SEMI JOIN (SELECT id FROM fresh) wanted USING (id)"
            if draft.gone is not None:
                there = f"(SELECT * FROM {there}) ANTI JOIN {scan([draft.gone.path])} USING (row)"
            fresh = (
                f"SELECT there.row, fresh.* FROM fresh LEFT JOIN (SELECT * FROM {there}) there "
                "ON fresh.id = there.id"
            )
        if draft.delta is None:
            return fresh
        kept = f"SELECT row, {self._columns} FROM {scan([draft.delta.path])} ANTI JOIN fresh USING (id)"
        return f"{fresh} UNION ALL BY NAME {kept}"

    def _promote(self, connection: DuckDBPyConnection, count: int) -> None:
        """Let the merged rows be a base segment, and what they replace be gone."""
        gone = self._gone(connection)
        self._add_base(connection, count)
        self._draft.gone, self._draft.delta = gone, None

    def _add_base(self, connection: DuckDBPyConnection, count: int) -> None:
        draft = self._draft
        order = (
            f"SELECT {draft.next_row} + row_number() OVER (ORDER BY {self._kind.order}) - 1 AS row, "
            f"{self._columns} FROM merged ORDER BY {self._kind.order}"
        )
        draft.bases.append(Piece(BASE, self._copy(connection, order), count))
        draft.next_row += count

    def _gone(self, connection: DuckDBPyConnection) -> Piece | None:
        replaced = "SELECT row FROM merged WHERE row IS NOT NULL"
        if self._draft.gone is not None:
            replaced += f" UNION SELECT row FROM {scan([self._draft.gone.path])}"
        count = _count(connection, f"({replaced})")
        if not count:
            return None
        return Piece(GONE, self._copy(connection, f"FROM ({replaced}) ORDER BY row"), count)

    def _copy(self, connection: DuckDBPyConnection, rows: str) -> Path:
        path = self._path("parquet")
        connection.execute(
            f"COPY ({rows}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION zstd, "
            f"PARQUET_VERSION v2, ROW_GROUP_SIZE {GROUP}, USE_TMP_FILE false)"
        )
        return path

    def _path(self, suffix: str) -> Path:
        return self._workshop / f"{next(self._numbers)}.{suffix}"


def _count(connection: DuckDBPyConnection, source: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM {source}").fetchone() or (0,)
    return int(count)
