"""Files of bills through the mill, without a lake around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from functions.cost.adapters.lake_mill import DuckMill
from functions.cost.adapters.lake_rollups import Allotment
from functions.cost.ports import Converted


def milled(folder: Path, body: bytes, *, place: str = "bill", name: str = "bill") -> Converted:
    """What a file comes to."""
    path = folder / name
    path.write_bytes(body)
    workshop = folder / f"{name}-workshop"
    workshop.mkdir()
    mill = DuckMill(lambda _: Allotment())
    return mill.convert(path, source="acme", delivery="dlv", place=place, workshop=workshop)


def read(converted: Converted, sql: str) -> list[tuple[Any, ...]]:
    """What a SELECT over ``rows`` answers."""
    files = [str(path) for path in converted.files.values()]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW rows AS SELECT * FROM read_parquet({files})")
        return connection.execute(sql).fetchall()
