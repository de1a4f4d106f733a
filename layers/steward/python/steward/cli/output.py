"""What commands print: rows on standard output, as a table for people or in a format for programs."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"


_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Output = Annotated[Format, typer.Option("--output", "-o", help="How to print the result.")]


def show(
    rows: Iterable[Mapping[str, Any]], *, columns: Sequence[str], output: Format = Format.TABLE
) -> None:
    """Print rows; ``columns`` are those of the table and of CSV, the other formats hold everything."""
    if output is Format.JSONL:
        for row in rows:
            _line(json.dumps(row, ensure_ascii=False))
        return
    _PRINTERS[output](list(rows), columns)


def show_one(value: Mapping[str, Any], *, output: Format = Format.TABLE) -> None:
    """Print one thing with its fields."""
    if output is Format.TABLE:
        _table([{"field": key, "value": item} for key, item in value.items()], ("field", "value"))
    elif output is Format.CSV:
        _csv([value], tuple(value))
    elif output is Format.YAML:
        _yaml(value)
    else:
        indent = 2 if output is Format.JSON else None
        _line(json.dumps(value, ensure_ascii=False, indent=indent))


def note(text: str) -> None:
    """Say something to the person, on standard error."""
    sys.stderr.write(f"{text}\n")


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        numeric = bool(rows) and all(isinstance(row.get(column), int) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    # A pipe has no width: never cut there what a program may want to read.
    console = Console(width=None if sys.stdout.isatty() else 400, highlight=False, markup=False)
    console.print(table)


def _csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([csv_cell(row.get(column)) for column in columns])
    sys.stdout.write(text.getvalue())


def _json(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    del columns
    _line(json.dumps(rows, ensure_ascii=False, indent=2))


def _yaml(value: Any, columns: Sequence[str] = ()) -> None:
    del columns
    import yaml

    plain = json.loads(json.dumps(value))
    sys.stdout.write(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def csv_cell(value: object) -> str:
    """A value as CSV holds it, which no spreadsheet takes for a formula: names are anybody's to choose.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = _cell(value)
    if isinstance(value, str) and text.startswith(_FORMULA):
        text = f"'{text}"
    # Readers take it for the end of a row, wherever it stands.
    return text.replace("\r", " ")


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")


_PRINTERS: dict[Format, Callable[[Sequence[Mapping[str, Any]], Sequence[str]], None]] = {
    Format.TABLE: _table,
    Format.JSON: _json,
    Format.YAML: _yaml,
    Format.CSV: _csv,
}
