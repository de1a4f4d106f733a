from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, Estate


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    made.send(
        *(
            made.capture(1, OPEN, id=f"r{n}", native_id=f"bucket-{n}", name=f"b{n}")
            for n in range(7)
        )
    )
    yield made
    made.pump.close()


def parts(estate: Estate, to: str, **query: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, object] = {}
    while True:
        asked = {"format": to, "rule": RULE, "limit": 3, **query, **cursor}
        status, page = estate.http("GET", "/exports", key=estate.viewer, **asked)
        assert status == 200, page
        found.append(page)
        if page["cursor"] is None:
            return found
        cursor = {"cursor": page["cursor"]}


def test_parts_of_csv_join_to_one_table_with_one_header(estate: Estate) -> None:
    text = "".join(part["text"] for part in parts(estate, "csv"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(row["resource_name"] for row in rows) == [f"b{n}" for n in range(7)]


@pytest.mark.parametrize(("to", "name"), [("ocsf", "finding_info"), ("asff", "ProductArn")])
def test_parts_of_lines_hold_every_finding_once(estate: Estate, to: str, name: str) -> None:
    lines = "".join(part["text"] for part in parts(estate, to)).splitlines()
    documents = [json.loads(line) for line in lines]
    assert len({json.dumps(each[name if to == "ocsf" else "Id"]) for each in documents}) == 7
    assert all(name in each for each in documents)


def test_every_part_of_sarif_is_a_document(estate: Estate) -> None:
    runs = [json.loads(part["text"])["runs"][0] for part in parts(estate, "sarif")]
    assert sum(len(run["results"]) for run in runs) == 7


def test_what_asff_has_no_place_for_is_counted(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN, id="z1", provider="azure", account="sub-1"))
    taken = parts(estate, "asff")
    assert sum(part["findings"] for part in taken) == 7
    assert sum(part["left_out"] for part in taken) == 1


def test_an_unknown_format_and_a_strangers_view_give_nothing(estate: Estate) -> None:
    assert estate.http("GET", "/exports", key=estate.viewer, format="xlsx")[0] == 422
    status, page = estate.http("GET", "/exports", key=estate.stranger, format="csv")
    assert (status, page["findings"]) == (200, 0)
