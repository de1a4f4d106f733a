"""An export holds every row once, in every format, however the answers are cut."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from functions.inventory.model.search.tables import RESOURCES
from steward.cli import inventory_export
from steward.cli.client import ServerRefused
from steward.errors import BadInput

TYPES = {column.name: column.type for column in RESOURCES.columns}


class Server:
    """Answers SQL over a few rows by DuckDB itself, cuts its answers, and is busy now and then."""

    def __init__(self, count: int, *, at_once: int) -> None:
        self.at_once = at_once
        self.busy = 0
        self.asked: list[str] = []
        self.db = duckdb.connect()
        kinds = ", ".join(f'"{name}" {kind}' for name, kind in TYPES.items())
        self.db.execute(f"CREATE TABLE resources ({kinds})")
        for number in range(count):
            self.db.execute(
                "INSERT INTO resources (id, type, name, tags, created_at, public, version, "
                "configuration, relations) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    f"res_{number:03d}",
                    f"T'{number % 3}",
                    f"={number}\r\nx",
                    {"k": "v"},
                    "2026-03-01 12:00:00.25",
                    number % 2 == 0,
                    number,
                    f'{{"n":{number}}}',
                    [{"kind": "k", "target_type": "t", "target_id": "i"}],
                ],
            )

    def get(self, path: str, **query: Any) -> Any:
        columns = [{"name": name, "type": kind} for name, kind in TYPES.items()]
        return {"items": [{"name": "resources", "columns": columns}]}

    def post(self, path: str, body: Any) -> Any:
        self.asked.append(body["sql"])
        if self.busy:
            self.busy -= 1
            raise ServerRefused(429, "limit 'caller': used up")
        found = self.db.execute(body["sql"]).fetchall()
        rows = [[_json(value) for value in row] for row in found]
        cut = "cut" if len(rows) > self.at_once else None
        return {"rows": rows[: self.at_once], "cut": cut}


def _json(value: Any) -> Any:
    return f"{value.isoformat()}Z" if hasattr(value, "isoformat") else value


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server(23, at_once=5)
    monkeypatch.setattr(inventory_export, "Client", lambda data: made)
    monkeypatch.setattr(inventory_export, "PAUSE", 0)
    return made


@pytest.mark.parametrize("together", [3, 7, 2000])
def test_every_row_is_in_the_export_once(
    server: Server, tmp_path: Path, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_export, "TOGETHER", together)
    server.busy = 2
    inventory_export.export(tmp_path / "all.jsonl")
    found = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text("utf-8").splitlines()]
    assert sorted(one["id"] for one in found) == [f"res_{number:03d}" for number in range(23)]
    assert found[0]["configuration"] == {"n": 0}
    assert [path.name for path in tmp_path.iterdir()] == ["all.jsonl"]


def test_csv_holds_the_same_and_no_formula(server: Server, tmp_path: Path) -> None:
    inventory_export.export(tmp_path / "all.csv", only="version < 4")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert sorted(one["version"] for one in found) == ["0", "1", "2", "3"]
    assert {one["name"][:2] for one in found} == {"'="}
    assert json.loads(found[0]["tags"]) == {"k": "v"}


def test_parquet_has_the_types_of_the_table(server: Server, tmp_path: Path) -> None:
    inventory_export.export(tmp_path / "all.parquet")
    made = duckdb.execute(
        "SELECT * FROM read_parquet(?) ORDER BY id", [str(tmp_path / "all.parquet")]
    )
    types = {column[0]: str(column[1]) for column in made.description or ()}
    assert types == TYPES
    ours = server.db.execute("SELECT * FROM resources ORDER BY id").fetchall()
    assert made.fetchall() == ours


def test_a_name_of_no_known_kind_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.csv, \.jsonl, \.parquet"):
        inventory_export.export(tmp_path / "all.xlsx")
    assert server.asked == []


def test_a_refused_condition_leaves_no_file(server: Server, tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error):
        inventory_export.export(tmp_path / "all.csv", only="nonsense")
    assert list(tmp_path.iterdir()) == []
