"""FOCUS's own use-case queries answer the same over the lake, in its sandbox, as over the raw files."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

import duckdb
import yaml

from benchmarks.cost_files import EXTRACTS
from benchmarks.cost_world import CostWorld, cost_world
from benchmarks.harness import BenchmarkError, folder, versions_of
from functions.cost.model.focus.columns import COLUMNS, Kind
from steward.errors import StewardError
from steward.lake.reading import quoted
from steward.lake.sandbox import plain

FROM, UNTIL = "2026-05-01", "2026-07-02"
TYPES: Final = {Kind.DECIMAL: "DECIMAL(38,18)", Kind.TIME: "TIMESTAMP"}
DIGITS: Final = 12
"""Of binary fractions; decimals are compared as they are."""


def run(*, data: str = "", bills: str = "") -> dict[str, Any]:
    """Ask every query of a folder of both; ``bills`` holds FOCUS files, beside the queries if not said."""
    logging.disable(logging.INFO)
    queries = _queries(data)
    files = _bills(data, bills)
    raw = _raw(files)
    with (
        folder("focus-queries") as place,
        cost_world(place) as world,
        redirect_stdout(io.StringIO()),
    ):
        for file in files:
            world.put(
                f"{re.sub(r'[^a-z0-9]+', '-', file.stem.lower())[:40].strip('-')}/{file.name}", file
            )
        world.run()
        asked = [_asked(name, sql, raw, world) for name, sql in sorted(queries.items())]
    same = sum(one["same"] for one in asked)
    return {
        "name": "focus-queries",
        "unit": "queries with the same answer",
        "ours": same,
        "peer": len(asked),
        "ratio": same / len(asked),
        "with_rows": sum(one["rows"] > 0 for one in asked),
        "files": [one.name for one in files],
        "queries": asked,
        "versions": versions_of("duckdb"),
    }


def _queries(data: str) -> dict[str, str]:
    found = {
        one.stem: str(yaml.safe_load(one.read_text("utf-8"))["sql"])
        for one in Path(data).rglob("*.yaml")
    }
    if not data or not found:
        raise BenchmarkError(f"{data or 'no folder'}: holds no queries; give theirs by --data")
    return found


def _bills(data: str, bills: str) -> list[Path]:
    """The FOCUS files that have what the queries ask for: those that name their service's provider."""
    root = next(
        (
            one
            for one in (Path(bills), Path(data) / ".." / "cost")
            if one != Path() and one.is_dir()
        ),
        EXTRACTS,
    )
    found = sorted(
        file
        for file in root.rglob("*.csv*")
        if {"ChargeCategory", "ServiceProviderName"} <= set(_names(file))
    )
    if not found:
        raise BenchmarkError(
            f"{root}: holds no FOCUS 1.3 or 1.4 file; give a folder of them by --bills"
        )
    return found


def _names(file: Path) -> list[str]:
    try:
        return list(duckdb.read_csv(str(file), all_varchar=True, sample_size=1).columns)
    except duckdb.Error:
        return []


def _raw(files: list[Path]) -> duckdb.DuckDBPyConnection:
    """The files as the queries' table, by DuckDB alone; columns that they lack are there without values."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    listed = ", ".join(quoted(str(one)) for one in files)
    source = f"read_csv([{listed}], all_varchar = true, union_by_name = true)"
    there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    chosen = ", ".join(
        f"CAST({_quoted(one.name) if one.name in there else 'NULL'} AS {TYPES.get(one.kind, 'VARCHAR')}) "
        f'AS "{one.name}"'
        for one in COLUMNS
    )
    connection.execute(f"CREATE TABLE focus_data_table AS SELECT {chosen} FROM {source}")
    return connection


def _quoted(name: str) -> str:
    return f'"{name}"'


def _asked(name: str, sql: str, raw: duckdb.DuckDBPyConnection, world: CostWorld) -> dict[str, Any]:
    filled = _filled(sql, raw)
    # Of rows that sort alike a LIMIT takes any: those it took must be among all of them.
    limit = re.search(r"\s+LIMIT (\d+)\s*$", filled)
    expected = _answers(raw.execute(filled[: limit.start()] if limit else filled).fetchall())
    try:
        with world.costs() as costs:
            answer = costs.ask(re.sub(r"\bfocus_data_table\b", "costs", filled))
        ours = _answers(answer.rows)
        most = min(int(limit[1]), expected.total()) if limit else expected.total()
        same = ours <= expected and ours.total() == most
        return {"query": name, "rows": len(answer.rows), "same": same}
    except StewardError as error:
        return {"query": name, "rows": 0, "same": False, "error": str(error)}


def _answers(rows: Any) -> Counter[tuple[Any, ...]]:
    """The rows whatever their order, as the queries that sort do so by part of a row."""
    return Counter(tuple(_rounded(plain(value)) for value in row) for row in rows)


def _rounded(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else str(value)


def _filled(sql: str, raw: duckdb.DuckDBPyConnection) -> str:
    """The query with values for its parameters that the files have."""
    parts = sql.split("?")
    text = parts[0]
    for part in parts[1:]:
        text += quoted(_value(text, raw)) + part
    return text


def _value(before: str, raw: duckdb.DuckDBPyConnection) -> str:
    """A value for the parameter that stands behind this text."""
    if re.search(r"Start\s*>=\s*$", before):
        return FROM
    if re.search(r"<=?\s*$", before):
        return UNTIL
    tag = re.search(r"->>'(\w+)'\s*=\s*$", before)
    if tag is not None:
        return _frequent(raw, f"json_extract_string(Tags, '$.{tag[1]}')")
    column = re.search(r"(\w+)\s*=\s*$", before)
    if column is not None:
        return _frequent(raw, _quoted(column[1]))
    return _frequent(raw, "json_keys(Tags)[1]")


def _frequent(raw: duckdb.DuckDBPyConnection, value: str) -> str:
    row = raw.execute(
        f"SELECT {value}, count(*) FROM focus_data_table WHERE {value} IS NOT NULL GROUP BY 1 "
        "ORDER BY 2 DESC, 1 LIMIT 1"
    ).fetchone()
    return "none" if row is None else str(row[0])
