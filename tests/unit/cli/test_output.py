"""What a spreadsheet opens does nothing, and every other format says it as it is."""

from __future__ import annotations

import csv
import io
import json

import pytest

from steward.cli.output import Format, show


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")']
)
def test_no_name_is_a_formula_in_csv(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show([{"name": name, "count": -1}], columns=("name", "count"), output=Format.CSV)
    _, (shown, count) = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert shown == f"'{name}".replace("\r", " ")
    assert count == "-1", "a number is none"
    show([{"name": name}], columns=("name",), output=Format.JSONL)
    assert json.loads(capsys.readouterr().out) == {"name": name}


def test_other_names_stay_as_they_are_in_csv(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"name": "i-1=2", "more": None}], columns=("name", "more"), output=Format.CSV)
    assert capsys.readouterr().out == "name,more\ni-1=2,\n"
