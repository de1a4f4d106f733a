"""Dashboard views of costs from the daily rollups of a year, and a group-by over all of its rows.

A year of rows is made straight as Parquet, rolled up as an ingest does, and swapped into a lake. Every view
is asked as the API asks it: the months are pinned anew, the process is warm. The group-by is over a column
that the rollups lack, beside plain DuckDB over the same files with the same memory and threads, in turns.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb

from benchmarks.cost_world import CostWorld, cost_world
from benchmarks.harness import rounded
from functions.cost.adapters.lake_answers import MEANS, LakeAnswers
from functions.cost.adapters.lake_rollups import FIRST, LAST, Allotment, rollup
from functions.cost.model.allocation.rules import RuleSetDraft
from functions.cost.model.explore.asked import question
from functions.cost.model.explore.question import CostQuestion
from functions.cost.service.explore import explore, moves
from functions.cost.service.taking import ROLE, ROLLUP, ROWS
from functions.cost.wiring.tables import lake_of
from steward.lake.reading import scan

ROWS_A_YEAR: Final = 60_000_000
MONTHS: Final = tuple(date(2025, month, 1) for month in range(1, 13))
END: Final = date(2026, 1, 1)
SERVICES, ACCOUNTS, REGIONS, TEAMS = 40, 50, 4, 12
RULES: Final = RuleSetDraft.model_validate({"rules": [{"name": "own", "by": "tags.team"}]})
MILLISECONDS: Final = 1000
TURNS: Final = 3
LIMIT: Final = 300
"""Milliseconds that a view may take at the 95th percentile."""


def run(*, rows: int = ROWS_A_YEAR, asked: int = 20) -> dict[str, Any]:
    """Milliseconds of the views, and seconds of the group-by beside plain DuckDB's."""
    with tempfile.TemporaryDirectory() as folder, cost_world(Path(folder)) as world:
        began = time.perf_counter()
        rolled = sum(_month(world, month, rows // len(MONTHS), Path(folder)) for month in MONTHS)
        made = time.perf_counter() - began
        views = {name: _timed(partial(_answered, view, world), asked) for name, view in _views()}
        ours, plain = _group_by(world)
    everything = [one for found in views.values() for one in found]
    return {
        "name": "cost-views",
        "unit": "seconds of a 12-month group-by over the rows (ratio at least 0.67)",
        "ours": rounded(ours),
        "peer": rounded(plain),
        "ratio": rounded(plain / ours),
        "rows": rows,
        "rollup rows": rolled,
        "seconds to make": rounded(made),
        "views p95 ms": rounded(_high(everything)),
        "views limit ms": LIMIT,
        "views": {
            name: {"p50 ms": rounded(statistics.median(found)), "p95 ms": rounded(_high(found))}
            for name, found in views.items()
        },
        "peer version": f"duckdb {duckdb.__version__}",
    }


def _month(world: CostWorld, month: date, rows: int, folder: Path) -> int:
    """Swap in a made-up month; how many rows its rollup has."""
    files = (folder / "rows.parquet", folder / "rollup.parquet")
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        connection.execute(
            f"COPY ({_made(month, rows)}) TO '{files[0]}' (FORMAT parquet, COMPRESSION zstd)"
        )
        done = rollup(connection, scan([files[0]]), files[1], by=Allotment(RULES))
    name = f"aws/{month:%Y-%m}"
    with world.work() as work:
        lake = lake_of(work)
        days = {FIRST: str(done.first), LAST: str(done.last)}
        segments = [
            lake.stage(name, file, rows=count, notes={ROLE: role, **days})
            for file, role, count in zip(files, (ROWS, ROLLUP), (rows, done.rows), strict=True)
        ]
        lake.swap(name, segments)
        work.commit()
    return done.rows


def _made(month: date, rows: int) -> str:
    """Rows of one month in the lake's columns, as many as asked for; the same every time."""
    day = f"to_hours(CAST(h % {28 * 24} AS INTEGER))"
    cost = "CAST((h // 7) % 900000 + 1 AS DECIMAL(38,0)) * 0.000001::DECIMAL(18,6)"
    return (
        f"SELECT TIMESTAMP '{month}' + {day} AS \"ChargePeriodStart\", 'AWS' AS \"ServiceProviderName\", "
        f"'service ' || h % {SERVICES} AS \"ServiceName\", 'category ' || h % 8 AS \"ServiceCategory\", "
        f'CAST(200000000000 + (h // 50) % {ACCOUNTS} AS VARCHAR) AS "SubAccountId", '
        f"'region-' || (h // 3) % {REGIONS} AS \"RegionId\", 'Usage' AS \"ChargeCategory\", "
        "'USD' AS \"BillingCurrency\", 'i-' || h % 100003 AS \"ResourceId\", "
        f'\'{{"team": "team-\' || ((h // 50) % {ACCOUNTS}) % {TEAMS} || \'"}}\' AS "Tags", '
        f"{_costs_of(cost)} "
        f"FROM (SELECT CAST(hash(i * 31 + {month.month}) % 1000000007 AS BIGINT) AS h "
        f'FROM range({rows}) _(i)) ORDER BY "SubAccountId", "ServiceName"'
    )


def _costs_of(cost: str) -> str:
    names = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    return ", ".join(f'CAST({cost} AS DECIMAL(38,18)) AS "{name}"' for name in names)


def _views() -> Iterator[tuple[str, Callable[[LakeAnswers], object]]]:
    """The views that a dashboard is made of."""
    year: dict[str, Any] = {"since": MONTHS[0], "until": END}
    month: dict[str, Any] = {"since": date(2025, 12, 1), "until": END}
    questions = {
        "services, 30 days": question(**month, by=("service",)),
        "services by day, 30 days": question(**month, by=("service",), per="day"),
        "accounts by month, 12 months": question(**year, by=("account",), per="month"),
        "teams by month, 12 months": question(**year, by=("team",), per="month"),
        "teams and services, 12 months": question(**year, by=("team", "service")),
        "one team by day, 12 months": question(**year, per="day", where=("team=team-3",)),
        "one service by week, 12 months": question(
            **year, per="week", by=("region",), where=("service=service 7",)
        ),
        "total by day, 12 months": question(**year, per="day"),
    }
    for name, one in questions.items():
        yield name, partial(_explored, one)
    moved = question(**month, by=("service", "account"), limit=20)
    yield "top movers, 30 days", partial(_moved, moved)


def _answered(view: Callable[[LakeAnswers], object], world: CostWorld) -> object:
    return view(_costs(world))


def _explored(asked: CostQuestion, costs: LakeAnswers) -> object:
    return explore(asked, costs=costs)


def _moved(asked: CostQuestion, costs: LakeAnswers) -> object:
    return moves(asked, costs=costs)


def _costs(world: CostWorld) -> LakeAnswers:
    with world.work() as work:
        return LakeAnswers(lake_of(work), dict)


def _timed(ask: Callable[[], object], times: int) -> list[float]:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        found.append((time.perf_counter() - began) * MILLISECONDS)
    return found


def _group_by(world: CostWorld) -> tuple[float, float]:
    """Seconds of month x category x account over all rows: ours, and plain DuckDB's, the median of turns."""
    asked = question(
        since=MONTHS[0], until=END, by=("category", "account"), per="month", limit=10_000
    )
    with world.work() as work:
        lake = lake_of(work)
        segments = [one for part in lake.pinned("aws/") for one in part.current.segments]
        files = lake.paths([one for one in segments if one.notes[ROLE] == ROWS])
    plain = (
        'SELECT date_trunc(\'month\', "ChargePeriodStart") AS m, "ServiceCategory", "SubAccountId", '
        f'"BillingCurrency", sum("EffectiveCost") FROM {scan(files)} GROUP BY ALL'
    )
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(TURNS):
        ours += _timed(lambda: explore(asked, costs=_costs(world)), 1)
        theirs += _timed(lambda: _plainly(plain), 1)
    return statistics.median(ours) / MILLISECONDS, statistics.median(theirs) / MILLISECONDS


def _plainly(sql: str) -> None:
    config: Any = {"threads": MEANS.threads, "memory_limit": f"{MEANS.memory}B"}
    with duckdb.connect(config=config) as connection:
        connection.execute(sql).fetchall()


def _high(found: Sequence[float]) -> float:
    return statistics.quantiles(found, n=20)[-1]
