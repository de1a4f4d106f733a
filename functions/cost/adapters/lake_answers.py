"""`Costs` over the lake: the months that a question touches, from their rollups or from their rows."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from functions.cost.adapters.lake_exchange import Changing, Exchanged, by_rates
from functions.cost.adapters.lake_explore import movement, statement
from functions.cost.adapters.lake_months import touches
from functions.cost.adapters.lake_rows import Place, value
from functions.cost.model.explore.dimensions import Own
from functions.cost.model.explore.fields import Field
from functions.cost.model.explore.question import CostQuestion
from functions.cost.model.explore.sight import Kin, Seen
from functions.cost.model.explore.span import Span
from functions.cost.model.rates.exchange import Rates
from functions.cost.service.explore import Found
from functions.cost.service.rates import Known
from functions.cost.service.taking import ROLLUP, ROWS, segments_of
from steward.lake.lake import Lake
from steward.lake.pointer import Partition
from steward.lake.reading import Means, connect, quoted, scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEANS: Final = Means(memory=1024 * 1024 * 1024)
OPEN: Final = 4
_PROVIDER, _ACCOUNT = Field.parse("provider"), Field.parse("account")


class Doors:
    """Connections that a process keeps open, each to some files: who asks again reads no footer again."""

    def __init__(self, *, most: int = OPEN) -> None:
        self._most = most
        self._open: OrderedDict[tuple[Path, ...], DuckDBPyConnection] = OrderedDict()

    def to(self, files: Iterable[Path]) -> DuckDBPyConnection:
        """A connection that reaches these files."""
        place = tuple(sorted(files))
        if place not in self._open:
            while len(self._open) >= self._most:
                self._open.popitem(last=False)[1].close()
            self._open[place] = connect(place, means=MEANS)
        self._open.move_to_end(place)
        return self._open[place]


DOORS: Final = Doors()
"""Of this process."""


def no_rates(question: CostQuestion, since: date) -> Known:
    """No rates at all: every amount stays in its own currency."""
    del question, since
    return Known(0, Rates({}))


@dataclass(slots=True)
class LakeAnswers:
    """A tenant's costs as of when they are first asked for: every answer is about the same bills.

    ``rates`` has those that a question asks for, of its days and of those from another day on before it.
    """

    lake: Lake
    own: Callable[[], Own]
    rates: Callable[[CostQuestion, date], Known] = no_rates
    doors: Doors = DOORS
    _partitions: tuple[Partition, ...] | None = field(default=None, init=False)

    def ask(self, question: CostQuestion, *, seen: Seen | None) -> Found:
        """The lines that answer a question, one more than asked for when there are more."""
        within = Span(question.since, question.until)
        source = self._source(question, within, seen)
        if source is None:
            return self._nothing(question, within)
        if question.currency is not None:
            return self._found(self._changing(question, within, source).asked(), source)
        rows = self._run(
            statement(question, source.sql, own=self.own(), kind=source.kind), source.files
        )
        return Found(tuple(rows), source.kind == ROLLUP, self.as_of())

    def compare(self, question: CostQuestion, before: date, *, seen: Seen | None) -> Found:
        """Costs before and after the question's first day, the greatest movements first."""
        within = Span(before, question.until)
        source = self._source(question, within, seen)
        if source is None:
            return self._nothing(question, within)
        if question.currency is not None:
            both = question.model_copy(update={"since": before})
            changing = self._changing(both, within, source)
            return self._found(changing.compared(question.since), source)
        sql = movement(question, before, source.sql, place=Place(source.kind, self.own()))
        return Found(tuple(self._run(sql, source.files)), source.kind == ROLLUP, self.as_of())

    def tag_keys(self) -> frozenset[str]:
        """Every tag key that any row has."""
        files = self._files(ROWS, None)
        if not files:
            return frozenset()
        keys = f'SELECT DISTINCT unnest(json_keys("Tags")) FROM {scan(files)} WHERE "Tags" <> \'\''
        return frozenset(str(key) for (key,) in self._run(keys, files))

    def kinds(self, tags: Iterable[str], *, most: int) -> list[Kin]:
        """The combinations there are of provider, account and these tags."""
        names = tuple(tags)
        kind = ROWS if names else ROLLUP
        files = self._files(kind, None)
        if not files:
            return []
        chosen = ", ".join(_kind_columns(names, Place(kind, {})))
        rows = self._run(f"SELECT DISTINCT {chosen} FROM {scan(files)} LIMIT {most + 1}", files)
        return [_kin(row, names) for row in rows]

    def as_of(self) -> datetime | None:
        """When the newest of the bills was taken in."""
        return max((one.current.at for one in self.partitions()), default=None)

    def partitions(self) -> tuple[Partition, ...]:
        """The months of the sources, pinned when they are first asked for."""
        if self._partitions is None:
            self._partitions = self.lake.pinned()
        return self._partitions

    def rows(self, within: Span, seen: Seen | None) -> Source | None:
        """The rows of some days that may be seen; None when there are none of these days."""
        files = self._files(ROWS, within)
        return Source(_visible(scan(files), ROWS, seen), ROWS, files) if files else None

    def run(self, sql: str, source: Source) -> list[tuple[Any, ...]]:
        """What a statement over a source answers."""
        return self._run(sql, source.files)

    def _source(self, question: CostQuestion, within: Span, seen: Seen | None) -> Source | None:
        kind = ROLLUP if question.rolled and not (seen and seen.tags) else ROWS
        files = self._files(kind, within)
        if not files:
            return None
        return Source(_visible(scan(files), kind, seen), kind, files)

    def _changing(self, question: CostQuestion, within: Span, source: Source) -> Changing:
        return Changing(
            question,
            source.sql,
            Place(source.kind, self.own()),
            self.rates(question, within.since),
            lambda sql: self._run(sql, source.files),
        )

    def _found(self, found: Exchanged, source: Source) -> Found:
        return Found(tuple(found.rows), source.kind == ROLLUP, self.as_of(), found.exchange)

    def _nothing(self, question: CostQuestion, within: Span) -> Found:
        exchange = None
        if question.currency is not None:
            exchange = by_rates(self.rates(question, within.since), question.currency)
        return Found((), question.rolled, self.as_of(), exchange)

    def _files(self, kind: str, within: Span | None) -> list[Path]:
        segments = [
            segment
            for one in self.partitions()
            for segment in segments_of(one.current, kind)
            if segment.rows and (within is None or touches(segment, within))
        ]
        return self.lake.paths(segments)

    def _run(self, sql: str, files: Sequence[Path]) -> list[tuple[Any, ...]]:
        return self.doors.to(files).execute(sql).fetchall()


class Source(NamedTuple):
    """A table expression, what its rows are, and the files that they are in."""

    sql: str
    kind: str
    files: list[Path]


def _visible(sql: str, kind: str, seen: Seen | None) -> str:
    return sql if seen is None else f"(SELECT * FROM {sql} WHERE {_among(seen, Place(kind, {}))})"


def _kind_columns(tags: Sequence[str], place: Place) -> list[str]:
    fields = (_PROVIDER, _ACCOUNT, *(Field(f"tags.{tag}", tag=tag) for tag in tags))
    return [value(one, place) for one in fields]


def _kin(row: Sequence[Any], tags: Sequence[str]) -> Kin:
    provider, account, *values = row
    return Kin(provider, account, tuple(zip(tags, values, strict=True)))


def _among(seen: Seen, place: Place) -> str:
    """The condition that a row is of a kind that may be seen; a kind is compared as one JSON text."""
    texts = [
        json.dumps(
            [kin.provider, kin.account, *(found for _, found in kin.tags)],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for kin in seen.kinds
    ]
    if not texts:
        return "false"
    kind = f"CAST(json_array({', '.join(_kind_columns(seen.tags, place))}) AS VARCHAR)"
    return f"{kind} IN ({', '.join(map(quoted, texts))})"
