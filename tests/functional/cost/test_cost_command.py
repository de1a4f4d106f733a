"""``steward cost``: what a person types is answered from the lake, on screen and as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest

from functions.cost.model.allocation.rules import RuleSetDraft
from tests.functional.cost.ledger import ledger
from tests.functional.cost.served import CommandLine, command_line
from tests.unit.cost.lake.bills import line

ROWS = (
    line("10", at="2026-02-25", tags={"env": "prod"}),
    line("-2.5", at="2026-02-26", ServiceName="=cmd()", tags={"env": "dev"}),
)


@pytest.fixture
def steward(tmp_path: Path) -> Iterator[CommandLine]:
    world = ledger(tmp_path)
    world.month("2026-02", ROWS)
    with command_line(world) as found:
        yield found


def test_costs_by_service_of_the_last_days(steward: CommandLine) -> None:
    code, text = steward("by", "service", "--last", "30d", "-o", "json")
    assert code == 0
    assert [(one["service"], one["cost"]) for one in json.loads(text)] == [
        ("Compute", "10"),
        ("=cmd()", "-2.5"),
    ]


def test_a_table_is_for_people_and_csv_for_programs(steward: CommandLine) -> None:
    assert "Compute" in steward("by", "service", "--last", "30d")[1]
    rows = list(csv.DictReader(io.StringIO(steward("by", "tags.env", "-o", "csv")[1])))
    assert {one["tags.env"] for one in rows} == {"prod", "dev"}


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "xlsx"])
def test_a_file_holds_what_the_screen_shows(
    steward: CommandLine, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / f"costs.{kind}"
    assert steward("by", "service", "--per", "day", "--to", str(file))[0] == 0
    if kind == "xlsx":
        with ZipFile(file) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<v>10</v>" in sheet
        assert "<f>" not in sheet
        return
    source = f"read_{'json_auto' if kind == 'json' else kind}('{file}')"
    rows = duckdb.execute(f"SELECT period, service, cost FROM {source}").fetchall()  # noqa: S608
    assert [(str(one[0]), Decimal(str(one[2]))) for one in rows] == [
        ("2026-02-25", Decimal(10)),
        ("2026-02-26", Decimal("-2.5")),
    ]
    assert rows[1][1] in ("=cmd()", "'=cmd()")


def test_a_file_of_no_known_kind_is_refused(steward: CommandLine, tmp_path: Path) -> None:
    code, said = steward("by", "--to", str(tmp_path / "costs.doc"))
    assert code == 2
    assert "end its name in one of .csv, .json, .parquet, .xlsx" in said


def test_moves_compare_with_the_days_before(steward: CommandLine) -> None:
    code, text = steward(
        "moves", "service", "--since", "2026-02-26", "--until", "2026-02-27", "-o", "json"
    )
    assert code == 0
    assert [(one["service"], one["change"]) for one in json.loads(text)] == [
        ("Compute", "-10"),
        ("=cmd()", "-2.5"),
    ]


def test_a_question_is_kept_and_shown_again(steward: CommandLine) -> None:
    kept = steward("save-view", "Dev", "--where", "tags.env=dev", "--last", "30d", "-o", "json")
    id_ = json.loads(kept[1])["id"]
    assert [one["cost"] for one in json.loads(steward("view", id_, "-o", "json")[1])] == ["-2.5"]
    assert "Dev" in steward("views")[1]
    assert steward("remove-view", id_)[0] == 0
    assert steward("view", id_)[0] == 5


def test_a_dimension_is_defined_by_a_file(steward: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "stage.yaml"
    file.write_text("name: stage\nvalues:\n- value: live\n  when: [tags.env=prod]\n")
    assert steward("define", str(file))[0] == 0
    rows = json.loads(steward("by", "own.stage", "-o", "json")[1])
    assert {one["own.stage"]: one["cost"] for one in rows} == {"live": "10", "": "-2.5"}


def test_rules_are_tried_and_published_from_a_file(steward: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules:\n- name: own\n  by: tags.env\n")
    code, text = steward("rules", "try", str(file), "--month", "2026-02", "-o", "json")
    assert code == 0
    assert {one["team"]: one["change"] for one in json.loads(text)} == {
        "": "-7.5",
        "prod": "10",
        "dev": "-2.5",
    }
    assert json.loads(steward("rules", "publish", str(file), "-o", "json")[1])["version"] == 1
    assert "own" in steward("rules", "show")[1]
    assert steward("rules", "show", "7")[0] == 5
    file.write_text("- just a list")
    assert steward("rules", "publish", str(file))[0] == 2


def test_a_unit_is_priced_from_a_file_of_usage(steward: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "usage.yaml"
    file.write_text("unit: request\ndays:\n  2026-02-25: {ada: 3}\n")
    assert steward("usage", "requests", str(file), "--month", "2026-02")[0] == 0
    code, text = steward("unit", "requests", "--last", "30d", "-o", "json")
    assert code == 0
    assert [one["each"] for one in json.loads(text)] == ["2.5"]


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_a_statement_is_written_for_people(tmp_path: Path, kind: str) -> None:
    world = ledger(tmp_path)
    rules = RuleSetDraft.model_validate({"rules": [{"name": "all", "to": "Zoë Żak"}]})
    world.month("2026-02", ROWS, rules=rules)
    file = tmp_path / f"statement.{kind}"
    with command_line(world) as steward:
        assert steward("statement", "Zoë Żak", "--month", "2026-02", "--to", str(file))[0] == 0
        assert steward("statement", "Zoë Żak", "--month", "2026-02", "--to", "x.doc")[0] == 2
        assert "-2.5" in steward("statement", "Zoë Żak", "--month", "2026-02")[1]
    head = {"html": b"<!doctype html>", "pdf": b"%PDF-"}[kind]
    assert file.read_bytes().startswith(head)
