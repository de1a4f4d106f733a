"""What reading a bill takes does not grow with the bill."""

from __future__ import annotations

from pathlib import Path

from functions.cost.adapters.lake_intake import BUFFER, opened
from steward.lake.reading import Means, connect

ROWS = 60_000
SIZE = 5_000
"""Bytes of a row: all of them are more than twice what the memory takes."""


def test_a_file_larger_than_the_memory_is_read_without_room_on_disk(tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    with bill.open("wb") as file:
        file.write(b"name,value\n")
        file.writelines(b"x" * SIZE + b",1\n" for _ in range(ROWS))
    means = Means(memory=16 * BUFFER, threads=2)
    assert bill.stat().st_size > 2 * means.memory
    connection = connect([bill, tmp_path / "feed"], means=means)
    with opened(connection, bill, workshop=tmp_path) as found:
        sql = f"SELECT count(*), min(strlen(c0)), sum(CAST(c1 AS INTEGER)) FROM {found.source}"
        assert connection.execute(sql).fetchall() == [(ROWS, SIZE, ROWS)]
        found.check()
