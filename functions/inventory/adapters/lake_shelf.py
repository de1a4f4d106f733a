"""A snapshot opened for reading, with what the store has recorded since laid over it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from functions.inventory.adapters.lake_builder import BASE, DELTA, GONE, ROLE
from functions.inventory.adapters.lake_rows import Kind, from_texts
from steward.lake.lake import Lake
from steward.lake.pointer import Snapshot
from steward.lake.reading import connect, identifier, quoted, scan

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_PLACES: Final = 50
OPEN: Final = 4
"""Snapshots that a process keeps open: whoever pages through a list opens its files once."""


class Shelf:
    """One snapshot as the view ``<kind>_rows``; stored items can be laid over it.

    The view is on a connection that reaches the snapshot's files, maybe beside those of other shelves.
    """

    def __init__(
        self, kind: Kind, files: Mapping[str, Sequence[Path]], connection: DuckDBPyConnection
    ) -> None:
        self.view = f"{kind.table.name}_rows"
        self._kind = kind
        self._files = files
        self._connection = connection
        self._fresh = f"{kind.table.name}_fresh"
        self._hidden = f"{kind.table.name}_hidden"
        self.over: dict[str, None] = {}
        """What is laid over it, in the order in which it was recorded."""
        self.until: datetime | None = None
        self._prepare()

    def lay_over(self, texts: Iterable[str], *, until: datetime) -> None:
        """Let these stored items count, too, in the place of what the snapshot has under their ids.

        The later of two of one id counts; ``until`` is up to when they are all that was recorded.
        """
        self.until = until
        before = len(self.over)
        self.over |= dict.fromkeys(texts)
        if len(self.over) > before:
            rows = self._kind.select(from_texts(self._kind))
            self._connection.execute(f"DELETE FROM {self._fresh}")
            self._connection.execute(f"INSERT INTO {self._fresh} {rows}", [list(self.over)])
            self._settle()

    def _prepare(self) -> None:
        run, columns = self._connection.execute, ", ".join(map(identifier, self._kind.names))
        empty = self._kind.select(from_texts(self._kind))
        run(f"CREATE TEMP TABLE {self._fresh} AS {empty} LIMIT 0", [[]])
        run(f"CREATE TEMP TABLE {self._hidden} (row BIGINT)")
        parts = [f"SELECT {columns} FROM {self._fresh}"]
        if self._files[BASE]:
            base = f"{self._scan(BASE)} ANTI JOIN {self._hidden} USING (row)"
            parts.append(f"SELECT {columns} FROM {base}")
        if self._files[DELTA]:
            delta = f"{self._scan(DELTA)} ANTI JOIN {self._fresh} USING (id)"
            parts.append(f"SELECT {columns} FROM {delta}")
        run(f"CREATE TEMP VIEW {self.view} AS {' UNION ALL '.join(parts)}")
        self._hide()

    def _settle(self) -> None:
        """Drop what is laid over but says no more, and note which base rows something newer stands for."""
        run, fresh, newest = self._connection.execute, self._fresh, self._kind.newest
        run(f"DELETE FROM {fresh} WHERE rowid NOT IN (SELECT max(rowid) FROM {fresh} GROUP BY id)")
        run(f"CREATE OR REPLACE TEMP TABLE known AS {self._known()}")
        run(
            f"DELETE FROM {fresh} USING known "
            f"WHERE {fresh}.id = known.id AND {fresh}.{newest} <= known.newest"
        )
        self._hide()

    def _known(self) -> str:
        """What the files have under the ids that are laid over."""
        wanted = f"SEMI JOIN (SELECT id FROM {self._fresh}) wanted USING (id)"
        parts = [
            f"SELECT id, {self._kind.newest} AS newest, NULL::BIGINT AS row FROM {self._fresh} LIMIT 0"
        ]
        for role in (BASE, DELTA):
            if self._files[role]:
                rows = f"(SELECT * FROM {self._scan(role)}{self._near()})"
                parts.append(f"SELECT id, {self._kind.newest}, row FROM {rows} {wanted}")
        return " UNION ALL ".join(f"({part})" for part in parts)

    def _near(self) -> str:
        """Where in sorted files the ids that are laid over can be, if that is in few places."""
        cluster = self._kind.cluster
        if cluster is None:
            return ""
        found = self._connection.execute(f"SELECT DISTINCT {cluster} FROM {self._fresh}").fetchall()
        if not 0 < len(found) <= _PLACES:
            return ""
        return f" WHERE {cluster} IN ({', '.join(quoted(one) for (one,) in found)})"

    def _scan(self, role: str) -> str:
        """The files of a role; all of one snapshot are of one format."""
        return scan(self._files[role], alike=True)

    def _hide(self) -> None:
        fresh, hidden = self._fresh, []
        if self._files[GONE]:
            hidden.append(f"SELECT row FROM {self._scan(GONE)}")
        if self._files[DELTA]:
            hidden.append(f"SELECT row FROM {self._scan(DELTA)} WHERE row IS NOT NULL")
        if self.over:
            hidden.append(
                f"SELECT row FROM known SEMI JOIN {fresh} USING (id) WHERE row IS NOT NULL"
            )
        self._connection.execute(f"DELETE FROM {self._hidden}")
        if hidden:
            self._connection.execute(f"INSERT INTO {self._hidden} {' UNION '.join(hidden)}")


class Opened(NamedTuple):
    """A connection and the shelf on it."""

    connection: DuckDBPyConnection
    shelf: Shelf


class Shelves:
    """The snapshots that a process has open, by tenant; the least recently used one is closed."""

    def __init__(self, *, most: int = OPEN) -> None:
        self._most = most
        self._open: OrderedDict[tuple[str, ...], Opened] = OrderedDict()

    def of(self, lake: Lake, kind: Kind, snapshot: Snapshot | None) -> Opened:
        """The tenant's snapshot, opened when it is not open yet."""
        # Where the files are tells installations apart that share a process.
        place = (lake.tenant, lake.dataset, lake.location, "" if snapshot is None else snapshot.id)
        opened = self._open.get(place)
        if opened is None:
            self._close_others(place)
            files = files_of(lake, snapshot)
            connection = connect(path for one in files.values() for path in one)
            opened = self._open[place] = Opened(connection, Shelf(kind, files, connection))
        self._open.move_to_end(place)
        return opened

    def _close_others(self, place: tuple[str, ...]) -> None:
        # An earlier snapshot of the same is of no use any more.
        stale = [one for one in self._open if one[:-1] == place[:-1]]
        while len(self._open) - len(stale) >= self._most:
            stale.append(next(one for one in self._open if one not in stale))
        for one in stale:
            self._open.pop(one).connection.close()


SHELVES: Final = Shelves()
"""Of this process."""


def files_of(lake: Lake, snapshot: Snapshot | None) -> dict[str, list[Path]]:
    """The snapshot's files on this machine, by the part they play."""
    files: dict[str, list[Path]] = {BASE: [], GONE: [], DELTA: []}
    segments = () if snapshot is None else snapshot.segments
    for segment, path in zip(segments, lake.paths(segments), strict=True):
        files[segment.notes[ROLE]].append(path)
    return files
