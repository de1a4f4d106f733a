"""The daily rollup of a bill: day x provider x service x account x region x team, each cost exactly once.

Rows are first added up as far as one rule applies to them; then what the rule shares out is divided in
whole units of the smallest digit, in SQL on 128-bit integers, as `model.allocation.shares` says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from functions.cost.adapters.lake_rows import Place, rule_of, team_of, value
from functions.cost.model.allocation.rules import NO_RULES, RuleSetDraft
from functions.cost.model.allocation.weights import Amounts, Weights, weights_of
from functions.cost.model.explore.fields import ROLLED, TEAM, Field
from functions.cost.model.explore.question import Metric
from functions.cost.service.taking import ROWS
from steward.lake.reading import identifier, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIRST: Final = "first"
LAST: Final = "last"
RULES: Final = "rules"
"""The notes of a segment: the first and the last day of its charges, and the version of its rules."""
METRICS: Final = tuple(Metric)
KEPT: Final = tuple(name for name in ROLLED if name != TEAM)
COLUMNS: Final = {
    "day": "DATE",
    **dict.fromkeys((*KEPT, TEAM), "VARCHAR"),
    **dict.fromkeys((one.value for one in METRICS), "DECIMAL(38,18)"),
}
"""The columns of a rollup's file, and their types."""
_DIMENSIONS: Final = ", ".join(("day", *KEPT))


@dataclass(frozen=True, slots=True)
class Allotment:
    """By what costs are given to teams; ``usage`` has the quantities of a dataset in the month, by team.

    ``version`` is that of the rules, 0 before the first.
    """

    rules: RuleSetDraft = NO_RULES
    version: int = 0
    usage: Callable[[str], Amounts] = lambda _: {}


@dataclass(frozen=True, slots=True)
class Rolled:
    """What was written: rows, and the first and last day, None when there are no rows."""

    rows: int
    first: date | None
    last: date | None


def noted(rolled: Rolled, version: int) -> dict[str, str]:
    """What a segment notes of a rollup: its first and last day, and the version of its rules."""
    days = {FIRST: str(rolled.first or ""), LAST: str(rolled.last or "")}
    return {**days, RULES: str(version)}


def rollup(connection: DuckDBPyConnection, source: str, to: Path, *, by: Allotment) -> Rolled:
    """Write the rollup of the rows of ``source``, a table expression with the columns of FOCUS."""
    divide(connection, source, by=by)
    connection.execute(
        f"COPY (SELECT {', '.join(COLUMNS)} FROM allotted ORDER BY ALL) TO {quoted(str(to))} "
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"
    )
    rows = connection.execute("SELECT count(*), min(day), max(day) FROM allotted").fetchall()
    return Rolled(*rows[0])


def divide(connection: DuckDBPyConnection, source: str, *, by: Allotment) -> dict[str, Decimal]:
    """Leave the rollup in the temporary table ``allotted``; the effective cost of each team.

    A try-out of rules ends here: nothing is written.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE pieces AS {_pieces(source, by.rules)}")
    weights = weights_of(by.rules, direct=_direct(connection, by.rules), usage=by.usage)
    _keep(connection, weights)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE allotted AS {_allotted()}")
    rows = connection.execute("SELECT team, sum(effective) FROM allotted GROUP BY 1").fetchall()
    return dict(rows)


def _pieces(source: str, rules: RuleSetDraft) -> str:
    place = Place(ROWS, {})
    dimensions = ", ".join(f"{value(Field.parse(one), place)} AS {one}" for one in KEPT)
    sums = ", ".join(
        f"coalesce(sum({identifier(one.column)}), 0) AS {one.value}" for one in METRICS
    )
    inner = f"SELECT *, {rule_of(rules, place)} AS rule FROM {source}"
    return (
        f'SELECT CAST("ChargePeriodStart" AS DATE) AS day, {dimensions}, rule, '
        f"{team_of(rules, place)} AS team, {sums} FROM ({inner}) GROUP BY ALL"
    )


def _direct(connection: DuckDBPyConnection, rules: RuleSetDraft) -> dict[str, Decimal]:
    shared = [n for n, rule in enumerate(rules.rules) if rule.split is not None]
    rows = connection.execute(
        "SELECT team, sum(effective) FROM pieces WHERE NOT list_contains(?, rule) GROUP BY 1",
        [shared],
    ).fetchall()
    return dict(rows)


def _keep(connection: DuckDBPyConnection, weights: Weights) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE weights (rule INTEGER, to_team VARCHAR, weight HUGEINT, "
        "total HUGEINT)"
    )
    rows = [
        (rule, team, weight, sum(teams.values()))
        for rule, teams in weights.items()
        for team, weight in teams.items()
    ]
    if rows:
        connection.executemany("INSERT INTO weights VALUES (?, ?, ?, ?)", rows)


def _allotted() -> str:
    names = [one.value for one in METRICS]
    sums = ", ".join(f"sum({name}) AS {name}" for name in names)
    plain = ", ".join(names)
    return f"""
        WITH shared AS (
            SELECT *, row_number() OVER () AS n, {", ".join(map(_units, names))}
            FROM pieces SEMI JOIN weights USING (rule)
        ), parts AS (
            SELECT *, {", ".join(map(_part, names))} FROM shared JOIN weights USING (rule)
        ), ranked AS (SELECT *, {", ".join(map(_rank, names))} FROM parts)
        SELECT {_DIMENSIONS}, team, {sums} FROM (
            SELECT {_DIMENSIONS}, team, {plain} FROM pieces ANTI JOIN weights USING (rule)
            UNION ALL
            SELECT {_DIMENSIONS}, to_team AS team, {", ".join(map(_share, names))} FROM ranked
        ) GROUP BY {_DIMENSIONS}, team"""


def _units(name: str) -> str:
    return f"CAST(replace(CAST({name} AS VARCHAR), '.', '') AS HUGEINT) AS {name}_units"


def _part(name: str) -> str:
    # Divided first, so that no product leaves 128 bits: weights add up to less than 2^63.
    size = f"abs({name}_units)"
    product = f"({size} % total) * weight"
    return (
        f"({size} // total) * weight + {product} // total AS {name}_part, "
        f"{product} % total AS {name}_rest"
    )


def _rank(name: str) -> str:
    return (
        f"row_number() OVER (PARTITION BY n ORDER BY {name}_rest DESC, to_team) AS {name}_rank, "
        f"abs({name}_units) - sum({name}_part) OVER (PARTITION BY n) AS {name}_left"
    )


def _share(name: str) -> str:
    whole = f"{name}_part + CAST({name}_rank <= {name}_left AS HUGEINT)"
    return f"{_cost(f'sign({name}_units) * ({whole})')} AS {name}"


def _cost(units: str) -> str:
    one = "1000000000000000000"
    digit = "CAST(0.000000000000000001 AS DECIMAL(18,18))"
    return (
        f"CAST(CAST(({units}) // {one} AS DECIMAL(20,0)) AS DECIMAL(38,18)) + "
        f"CAST(CAST(({units}) % {one} AS DECIMAL(18,0)) * {digit} AS DECIMAL(38,18))"
    )
