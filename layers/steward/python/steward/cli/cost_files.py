"""Rows as a file for other programs: CSV, JSON, Parquet or a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from steward.cli.output import csv_cell
from steward.errors import BadInput

COST: Final = "cost"
Rows: TypeAlias = Sequence[Mapping[str, Any]]
"""Each with its values as text under the columns' names."""
_DIGITS: Final = "0.00########"


def write(rows: Rows, columns: Sequence[str], to: Path) -> None:
    """Write the rows; what the name ends in says how. A file that is there stays until all is written.

    Raises:
        BadInput: the name ends in nothing that can be written.
    """
    writer = _WRITERS.get(to.suffix)
    if writer is None:
        raise BadInput(f"{to}: end its name in one of {', '.join(_WRITERS)}")
    part = to.with_name(f".{to.name}.part{to.suffix}")
    try:
        writer(rows, columns, part)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def _csv(rows: Rows, columns: Sequence[str], to: Path) -> None:
    with to.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(columns)
        # A credit begins with a minus and is no formula: it is a number.
        writer.writerows(
            [row[one] if one == COST else csv_cell(row[one]) for one in columns] for row in rows
        )


def _json(rows: Rows, columns: Sequence[str], to: Path) -> None:
    found = [{one: row[one] for one in columns} for row in rows]
    to.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _parquet(rows: Rows, columns: Sequence[str], to: Path) -> None:
    import duckdb  # 90 ms, and nothing else here needs it

    kinds = ", ".join(
        f"{_named(one)} {'DECIMAL(38,18)' if one == COST else 'VARCHAR'}" for one in columns
    )
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE answer ({kinds})")
        values = [[row[one] for one in columns] for row in rows]
        if values:
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO answer VALUES ({marks})", values)
        place = str(to).replace("'", "''")
        connection.execute(f"COPY answer TO '{place}' (FORMAT parquet, COMPRESSION zstd)")


def _xlsx(rows: Rows, columns: Sequence[str], to: Path) -> None:
    import xlsxwriter

    # Names are anybody's to choose: none becomes a formula or a link.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(to), plain) as book:
        sheet, money = book.add_worksheet("costs"), book.add_format({"num_format": _DIGITS})
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
        for place, row in enumerate(rows, start=1):
            for column, name in enumerate(columns):
                if name == COST:
                    sheet.write_number(place, column, float(row[name]), money)
                else:
                    sheet.write_string(place, column, str(row[name] or ""))
        sheet.autofit()


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


_WRITERS: Final[Mapping[str, Callable[[Rows, Sequence[str], Path], None]]] = {
    ".csv": _csv,
    ".json": _json,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
}
