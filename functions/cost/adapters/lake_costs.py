"""The costs of a tenant as tables: rows of FOCUS, and their daily rollups, each month old or new."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from functions.cost.adapters.lake_conversion import LAKE
from functions.cost.adapters.lake_months import month_of
from functions.cost.adapters.lake_rollups import COLUMNS as ROLLED
from functions.cost.model.asking import CostAnswer, CostColumn, CostTable
from functions.cost.service.taking import ROLLUP, ROWS, segments_of
from steward.lake.lake import Lake
from steward.lake.pointer import Partition
from steward.lake.reading import MEANS, Means, connect, view
from steward.lake.sandbox import ask

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COSTS, DAYS = "costs", "cost_days"
TABLES: Final = {
    COSTS: ("Every line of every bill, in the columns of FOCUS 1.4.", LAKE, ROWS),
    DAYS: (
        "What was charged by day, provider, service, account, region, team, charge and currency.",
        ROLLED,
        ROLLUP,
    ),
}


@dataclass(frozen=True, slots=True)
class LakeCosts:
    """The costs of one tenant."""

    lake: Lake
    means: Means = MEANS

    def months(self, *, since: str = "", until: str = "\U0010ffff") -> tuple[Partition, ...]:
        """The months of all sources from one to another, as 2026-01, both included."""
        return tuple(one for one in self.lake.pinned() if since <= month_of(one) <= until)

    def files(self, role: str, *, since: str = "", until: str = "\U0010ffff") -> list[Path]:
        """The files of those months that are rows or rollups."""
        months = self.months(since=since, until=until)
        found = [segment for one in months for segment in segments_of(one.current, role)]
        return self.lake.paths(found)

    def connected(self) -> DuckDBPyConnection:
        """A connection on which the tables are there, and nothing else; the caller closes it."""
        files = {name: self.files(role) for name, (_, _, role) in TABLES.items()}
        every = [path for paths in files.values() for path in paths]
        connection = connect(every, means=self.means)
        for name, (_, columns, _) in TABLES.items():
            view(connection, name, files[name], columns=columns)
        return connection

    def ask(self, sql: str) -> CostAnswer:
        """What one SELECT answers."""
        connection = self.connected()
        try:
            found = ask(connection, sql, views=tuple(TABLES))
        finally:
            connection.close()
        return CostAnswer(
            columns=found.columns,
            types=found.types,
            rows=tuple(tuple(row) for row in found.rows),
            cut=found.cut,
            seconds=found.seconds,
        )

    def tables(self) -> tuple[CostTable, ...]:
        """The tables and their columns."""
        return tuple(
            CostTable(
                name=name,
                about=about,
                columns=tuple(CostColumn(name=one, type=kind) for one, kind in columns.items()),
            )
            for name, (about, columns, _) in TABLES.items()
        )
