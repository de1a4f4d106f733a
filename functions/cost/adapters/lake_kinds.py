"""What a month's rows add up to: the rollup, and the usage types that carry most of its money.

A bill has thousands of usage types, and few of them carry its money: those are kept by day, service, account,
region and team, so that their costs can be followed one by one. The others are what the rollup has besides.
What rules share out among teams is told apart by team alone, and stays with the others.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from functions.cost.adapters.lake_rollups import Allotment, noted, rollup
from functions.cost.adapters.lake_rows import Place, rule_of, team_of, value
from functions.cost.model.allocation.rules import RuleSetDraft
from functions.cost.model.explore.fields import TEAM, Field
from functions.cost.ports import Rollup
from functions.cost.service.taking import KINDS, ROLE, ROLLUP, ROWS
from steward.lake.reading import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST: Final = 60
"""Usage types of a month, each within its service, that are told apart."""
FLOOR: Final = "floor"
"""The note of a segment: what the dearest usage type cost that is not told apart; 0 when all are."""
USAGE: Final = "Usage"
_BY: Final = ("service", "account", "region", "currency", "usage")
_PLACE: Final = Place(ROWS, {})


def sums(
    connection: DuckDBPyConnection, source: str, folder: Path, *, by: Allotment
) -> tuple[Rollup, ...]:
    """The files that sum up the rows of ``source``, a table expression with the columns of FOCUS."""
    whole, kinds = folder / "rollup.parquet", folder / "kinds.parquet"
    for path in (whole, kinds):
        path.unlink(missing_ok=True)
    rolled = rollup(connection, source, whole, by=by)
    named, floor = dearest(connection, source, kinds, rules=by.rules)
    notes = noted(rolled, by.version)
    return (
        Rollup(whole, rolled.rows, {ROLE: ROLLUP, **notes}),
        Rollup(kinds, named, {ROLE: KINDS, **notes, FLOOR: f"{floor:f}"}),
    )


def dearest(
    connection: DuckDBPyConnection, source: str, to: Path, *, rules: RuleSetDraft
) -> tuple[int, Decimal]:
    """Write the costs of the dearest usage types; how many rows, and what the dearest of the others cost."""
    service, usage = (value(Field.parse(one), _PLACE) for one in ("service", "usage"))
    of_usage = f"\"ChargeCategory\" = {quoted(USAGE)} AND {usage} <> ''"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE dearest AS SELECT {service} AS service, {usage} AS usage, "
        f'abs(sum("EffectiveCost")) AS cost FROM {source} WHERE {of_usage} GROUP BY ALL '
        f"ORDER BY cost DESC, service, usage LIMIT {MOST + 1}"
    )
    floor = _without_the_last(connection)
    connection.execute(
        f"COPY ({_daily(source, rules, of_usage)}) TO {quoted(str(to))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {quoted(str(to))}").fetchall()
    return rows, floor


def _without_the_last(connection: DuckDBPyConnection) -> Decimal:
    """What the one that is one too many cost, which goes; 0 when there is none."""
    beyond = connection.execute(
        "DELETE FROM dearest WHERE rowid IN (SELECT rowid FROM dearest "
        f"ORDER BY cost DESC, service, usage OFFSET {MOST}) RETURNING cost"
    ).fetchall()
    return Decimal(beyond[0][0]) if beyond else Decimal(0)


def _daily(source: str, rules: RuleSetDraft, of_usage: str) -> str:
    names = ", ".join(f"{value(Field.parse(one), _PLACE)} AS {one}" for one in _BY)
    shared = [n for n, rule in enumerate(rules.rules) if rule.split is not None]
    inner = f"SELECT *, {rule_of(rules, _PLACE)} AS rule FROM {source} WHERE {of_usage}"
    lines = (
        f'SELECT CAST("ChargePeriodStart" AS DATE) AS day, {names}, '
        f'{team_of(rules, _PLACE)} AS {TEAM}, "EffectiveCost" AS cost FROM ({inner}) '
        f"WHERE NOT list_contains({shared}::INTEGER[], rule)"
    )
    return (
        f"SELECT day, {', '.join(_BY)}, {TEAM}, sum(cost) AS effective FROM ({lines}) "
        "SEMI JOIN dearest USING (service, usage) GROUP BY ALL ORDER BY ALL"
    )
