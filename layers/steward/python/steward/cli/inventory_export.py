"""``steward inventory export``: every resource with all its columns, as CSV, JSON lines or Parquet."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data, ServerRefused
from steward.cli.output import csv_cell, note
from steward.cli.query import QUERY, TABLES
from steward.errors import BadInput

TABLE: Final = "resources"
TOGETHER: Final = 2_000
"""Rows asked for at once; one answer holds as many as its size allows."""
PAUSE: Final = 2.0
_TOO_MANY = 429
_KINDS = (".csv", ".jsonl", ".parquet")


def export(
    file: Annotated[Path, typer.Argument(help="Where to: *.csv, *.jsonl or *.parquet.")],
    data: Data = DEFAULT_DATA,
    only: Annotated[
        str | None, typer.Option(help="A condition of SQL, as \"region = 'eu-west-1'\".")
    ] = None,
) -> None:
    """Write the resources to a file, each with all its columns.

    Example: steward inventory export running.parquet --only "state = 'running'"
    """
    if file.suffix not in _KINDS:
        raise BadInput(f"{file}: end its name in one of {', '.join(_KINDS)}")
    client = Client(data)
    columns = columns_of(client)
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as target:
            count = _write(rows(client, columns, only=only), columns, target, kind=file.suffix)
        if file.suffix == ".parquet":
            _to_parquet(part, columns)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    note(f"{count} resources in {file}")


def columns_of(client: Client) -> dict[str, str]:
    """The types of the columns by their names."""
    tables = {table["name"]: table for table in client.get(TABLES)["items"]}
    return {column["name"]: column["type"] for column in tables[TABLE]["columns"]}


def rows(
    client: Client, columns: Mapping[str, str], *, only: str | None
) -> Iterator[dict[str, Any]]:
    """All rows in the order of type and id, as many an answer as it takes; the next begins after its last."""
    chosen = ", ".join(f'"{name}"' for name in columns)
    after = "true"
    while True:
        where = f"({after})" if only is None else f"({only}\n) AND ({after})"
        found = _ask(
            client,
            f"SELECT {chosen} FROM {TABLE} WHERE {where} ORDER BY type, id LIMIT {TOGETHER}",
        )
        page = [dict(zip(columns, row, strict=True)) for row in found["rows"]]
        yield from page
        if found["cut"] is None and len(page) < TOGETHER:
            return
        if not page:
            raise BadInput(f"one resource alone is too large for an answer: {found['cut']}")
        type_, id_ = _quoted(page[-1]["type"]), _quoted(page[-1]["id"])
        after = f"type > {type_} OR (type = {type_} AND id > {id_})"


def _ask(client: Client, sql: str) -> Any:
    while True:
        try:
            return client.post(QUERY, {"sql": sql})
        except ServerRefused as error:
            if error.answered != _TOO_MANY:
                raise
            time.sleep(PAUSE)


def _write(
    found: Iterator[dict[str, Any]], columns: Mapping[str, str], target: IO[str], *, kind: str
) -> int:
    count = 0
    writer = csv.writer(target, lineterminator="\n")
    if kind == ".csv":
        writer.writerow(columns)
    for row in found:
        count += 1
        if kind == ".csv":
            writer.writerow([csv_cell(value) for value in row.values()])
        else:
            target.write(f"{json.dumps(_opened(row, columns), ensure_ascii=False)}\n")
    return count


def _opened(row: dict[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The row with its JSON columns as objects instead of text."""
    return {
        name: json.loads(value) if columns[name] == "JSON" and value is not None else value
        for name, value in row.items()
    }


def _to_parquet(part: Path, columns: Mapping[str, str]) -> None:
    import duckdb  # 90 ms, and nothing else here needs it

    # Times come as text with a Z, which says what the columns are: UTC.
    read = {name: "VARCHAR" if kind == "TIMESTAMP" else kind for name, kind in columns.items()}
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in read.items())
    chosen = ", ".join(
        f'CAST(rtrim("{name}", \'Z\') AS TIMESTAMP) AS "{name}"'
        if kind == "TIMESTAMP"
        else f'"{name}"'
        for name, kind in columns.items()
    )
    made = part.with_suffix(".made")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {chosen} FROM read_json({_quoted(str(part))}, format = "
            f"'newline_delimited', columns = {{{listed}}}, maximum_object_size = 16777216)) "
            f"TO {_quoted(str(made))} (FORMAT parquet, COMPRESSION zstd)"
        )
    made.replace(part)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def add_to(app: typer.Typer) -> None:
    """Hang the command below ``steward inventory``."""
    app.command("export")(export)
