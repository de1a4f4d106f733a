"""`Snapshot` over the lake: the columnar files, and what the store has recorded since laid over them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.inventory.adapters import lake_sql
from functions.inventory.adapters.lake_builder import Feed, current, position_of
from functions.inventory.adapters.lake_rows import Kind
from functions.inventory.adapters.lake_shelf import SHELVES, Opened, Shelf, Shelves, files_of
from functions.inventory.adapters.lake_sql import Clause
from functions.inventory.model.resource import DELETED
from functions.inventory.model.search.query import (
    TAG_KEYS,
    Facet,
    FacetValue,
    Order,
    Summary,
    Wanted,
)
from functions.inventory.model.search.statement import Answer
from functions.inventory.model.search.tables import ACCOUNTS, CHANGES, RELATIONS, RESOURCES, TABLES
from functions.inventory.service.search import Kin, Placed, Seen
from steward.errors import Transient
from steward.lake.lake import Lake
from steward.lake.pointer import Snapshot
from steward.lake.reading import connect, identifier, quoted
from steward.lake.sandbox import LIMITS, Limits, ask
from steward.store.records import Cursor

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OVERLAP: Final = timedelta(minutes=2)
"""How late a Work may commit after it was opened and still be seen before the next build."""
RECENT: Final = 5_000
"""Recorded items that are laid over a snapshot at most; the next build takes in the rest."""
_SUMMARY: Final = tuple(Summary.model_fields)
_SEEN: Final = "CREATE OR REPLACE TEMP TABLE seen (kind VARCHAR)"


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset and the collection that it is made of."""

    kind: Kind
    lake: Lake
    feed: Feed


@dataclass(slots=True)
class LakeSnapshot:
    """What is known of a tenant's resources and their history; opened when it is first asked."""

    resources: Source
    changes: Source
    shelves: Shelves = SHELVES
    limits: Limits = LIMITS
    _opened: Opened | None = field(default=None, init=False)
    _as_of: datetime | None = field(default=None, init=False)

    @property
    def as_of(self) -> datetime:
        """Everything recorded by then is in it."""
        self._open()
        return self._as_of or self.resources.lake.now

    def page(
        self, wanted: Wanted, order: Order, *, after: Cursor | None, limit: int
    ) -> list[Placed]:
        """The first of the wanted resources behind a place in the order."""
        parts = [lake_sql.where(wanted)]
        if after is not None:
            parts.append(lake_sql.after(order, after.sort, after.id))
        chosen = lake_sql.all_of(parts)
        rows = self._rows(
            f"SELECT {lake_sql.sort_key(order)}, {', '.join(map(identifier, _SUMMARY))} "
            f"FROM {RESOURCES.name}_rows WHERE {chosen.sql} ORDER BY {lake_sql.by(order)} "
            f"LIMIT {limit}",
            chosen.values,
        )
        return [Placed(str(row[0]), _summary(row[1:])) for row in rows]

    def tag_keys(self) -> frozenset[str]:
        """Every tag key that any resource has."""
        combined = f"SELECT DISTINCT tag_keys FROM {RESOURCES.name}_rows"
        rows = self._rows(
            f"SELECT DISTINCT unnest(string_split(tag_keys, chr(31))) FROM ({combined})"
        )
        return frozenset(key for (key,) in rows if key)

    def kinds(self, tags: Iterable[str], *, most: int) -> list[Kin]:
        """The combinations there are of account and these tags."""
        names = tuple(tags)
        values = "".join(f", tags[{quoted(name)}]" for name in names)
        rows = self._rows(
            f"SELECT DISTINCT provider, account{values} FROM {RESOURCES.name}_rows LIMIT {most + 1}"
        )
        return [_kin(row, names) for row in rows]

    def count(
        self, wanted: Wanted, fields: Sequence[str], *, seen: Seen | None, most: int
    ) -> tuple[int, tuple[Facet, ...]]:
        """How many are wanted, and the most frequent values of each field."""
        connection = self._open().connection
        chosen = lake_sql.all_of([lake_sql.where(wanted), *_among(connection, seen)])
        source = f"{RESOURCES.name}_rows WHERE {chosen.sql}"
        scalars = [name for name in fields if name != TAG_KEYS]
        total, counted = _counts(connection, scalars, Clause(source, chosen.values), most)
        if TAG_KEYS in fields:
            counted[TAG_KEYS] = _tag_keys(connection, Clause(source, chosen.values), most)
        return total, tuple(counted[name] for name in dict.fromkeys(fields))

    def ask(self, sql: str, *, seen: Seen | None) -> Answer:
        """What a statement answers over the tables."""
        with self._library(seen) as connection:
            answer = ask(
                connection, sql, views=[table.name for table in TABLES], limits=self.limits
            )
        return Answer(**answer._asdict())

    def _library(self, seen: Seen | None) -> DuckDBPyConnection:
        """A connection of its own, with the tables under their names."""
        sources = (self.resources, self.changes)
        snapshots = [_current(source) for source in sources]
        files = [files_of(source.lake, one) for source, one in zip(sources, snapshots, strict=True)]
        connection = connect(path for one in files for paths in one.values() for path in paths)
        for source, snapshot, paths in zip(sources, snapshots, files, strict=True):
            _bring_up(Shelf(source.kind, paths, connection), source, snapshot)
        _name_tables(connection, seen)
        return connection

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._open().connection.execute(sql, list(values)).fetchall()

    def _open(self) -> Opened:
        if self._opened is None:
            source = self.resources
            snapshot = _current(source)
            self._opened = self.shelves.of(source.lake, source.kind, snapshot)
            self._as_of = _bring_up(self._opened.shelf, source, snapshot)
        return self._opened


def _current(source: Source) -> Snapshot | None:
    partition = current(source.lake)
    return None if partition is None else partition.current


def _bring_up(shelf: Shelf, source: Source, snapshot: Snapshot | None) -> datetime:
    """Lay over a shelf what was recorded since the snapshot; up to when that is everything."""
    now = source.lake.now
    if snapshot is None:
        # Without a snapshot there is nothing that an earlier reading would stand on.
        shelf.over.clear()
        texts = list(itertools.islice(source.feed.everything(), RECENT + 1))
        if len(texts) > RECENT:
            raise Transient(
                f"{source.kind.table.name}: the first snapshot is being made; try again in a minute"
            )
    else:
        since = (shelf.until or position_of(snapshot)) - OVERLAP
        texts = list(itertools.islice(source.feed.since(since), max(0, RECENT - len(shelf.over))))
        if len(texts) + len(shelf.over) >= RECENT:
            last = (texts or list(shelf.over))[-1]
            now = datetime.fromisoformat(json.loads(last)["recorded_at"])
    shelf.lay_over(texts, until=now)
    return now


def _among(connection: DuckDBPyConnection, seen: Seen | None) -> list[Clause]:
    """The condition that a row is of a kind that may be seen."""
    if seen is None:
        return []
    connection.execute(_SEEN)
    kinds = [[_kind_text(kin, seen.tags)] for kin in seen.kinds]
    if kinds:
        connection.executemany("INSERT INTO seen VALUES (?)", kinds)
    return [Clause(f"{_kind_sql(seen.tags)} IN (SELECT kind FROM seen)")]


def _kind_sql(tags: Sequence[str]) -> str:
    """A kind as one text: JSON of its parts, so that no two kinds read the same."""
    values = "".join(f", tags[{quoted(name)}]" for name in tags)
    return f"CAST(json_array(provider, account{values}) AS VARCHAR)"


def _kind_text(kin: Kin, tags: Sequence[str]) -> str:
    known = dict(kin.tags)
    parts = [kin.provider, kin.account, *(known.get(name) for name in tags)]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _kin(row: Sequence[Any], names: Sequence[str]) -> Kin:
    provider, account, *values = row
    tags = zip(names, values, strict=True)
    return Kin(provider, account, tuple((name, value) for name, value in tags if value is not None))


def _name_tables(connection: DuckDBPyConnection, seen: Seen | None) -> None:
    """Put the tables' names to what may be seen of them."""
    among = "".join(f" AND {part.sql}" for part in _among(connection, seen))
    run = connection.execute
    run(
        f"CREATE TEMP VIEW {RESOURCES.name} AS SELECT {_columns(RESOURCES.types())} "
        f"FROM {RESOURCES.name}_rows WHERE state <> {quoted(DELETED)}{among}"
    )
    rows = f"{CHANGES.name}_rows"
    if seen is not None:
        rows += (
            f" SEMI JOIN {RESOURCES.name} ON {CHANGES.name}_rows.resource_id = {RESOURCES.name}.id"
        )
    run(f"CREATE TEMP VIEW {CHANGES.name} AS SELECT {_columns(CHANGES.types())} FROM {rows}")
    run(
        f"CREATE TEMP VIEW {RELATIONS.name} AS SELECT id AS source_id, type AS source_type, tie.kind, "
        f"tie.target_type, tie.target_id AS target_native_id FROM (SELECT id, type, unnest(relations) AS "
        f"tie FROM {RESOURCES.name})"
    )
    run(
        f"CREATE TEMP VIEW {ACCOUNTS.name} AS SELECT provider, account, count(*) AS resources, "
        "count(DISTINCT type) AS types, count(DISTINCT region) AS regions, max(captured_at) AS captured_at "
        f"FROM {RESOURCES.name} GROUP BY provider, account"
    )


def _columns(types: Mapping[str, str]) -> str:
    return ", ".join(map(identifier, types))


def _counts(
    connection: DuckDBPyConnection, fields: Sequence[str], source: Clause, most: int
) -> tuple[int, dict[str, Facet]]:
    """The total and the facets, in one scan."""
    names = [f"f{place}" for place in range(len(fields))]
    values = "".join(
        f"{lake_sql.facet_value(each)} AS {name}, "
        for each, name in zip(fields, names, strict=True)
    )
    sets = ", ".join((*(f"({name})" for name in names), "()"))
    which = f"GROUPING({', '.join(names)})" if names else "0"
    value = f"coalesce({', '.join(names)})" if names else "NULL"
    grouped = (
        f"SELECT {which} AS which, {value} AS value, count(*) AS n "
        f"FROM (SELECT {values}1 AS one FROM {source.sql}) GROUP BY GROUPING SETS ({sets})"
    )
    ranked = (
        "SELECT which, value, n, row_number() OVER by_count AS place, count(*) OVER (PARTITION BY which) "
        f"AS distinct_ FROM ({grouped}) WINDOW by_count AS (PARTITION BY which ORDER BY n DESC, value)"
    )
    rows = connection.execute(
        f"SELECT which, value, n, distinct_ FROM ({ranked}) WHERE place <= {most} ORDER BY which, place",
        list(source.values),
    ).fetchall()
    every = 2 ** len(names) - 1
    total = next((n for which, _, n, _ in rows if which == every or not names), 0)
    facets = {
        name: _facet(
            name, [row[1:] for row in rows if row[0] == every - 2 ** (len(names) - 1 - place)]
        )
        for place, name in enumerate(fields)
    }
    return total, facets


def _tag_keys(connection: DuckDBPyConnection, source: Clause, most: int) -> Facet:
    combined = f"SELECT tag_keys, count(*) AS n FROM {source.sql} GROUP BY tag_keys"
    each = f"SELECT unnest(string_split(tag_keys, chr(31))) AS value, n FROM ({combined})"
    rows = connection.execute(
        f"SELECT value, sum(n)::BIGINT AS n, count(*) OVER () FROM ({each}) WHERE value <> '' "
        f"GROUP BY value ORDER BY n DESC, value LIMIT {most}",
        list(source.values),
    ).fetchall()
    return _facet(TAG_KEYS, rows)


def _facet(name: str, rows: Sequence[Sequence[Any]]) -> Facet:
    values = tuple(FacetValue(value=value, count=n) for value, n, _ in rows)
    return Facet(field=name, values=values, more=rows[0][2] - len(rows) if rows else 0)


def _summary(row: Sequence[Any]) -> Summary:
    values = dict(zip(_SUMMARY, row, strict=True))
    values["tags"] = values["tags"] or {}
    for name in ("created_at", "captured_at"):
        if values[name] is not None:
            values[name] = values[name].replace(tzinfo=UTC)
    return Summary.model_construct(**values)
