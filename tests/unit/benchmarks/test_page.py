"""The page of benchmarks: what is measured anew replaces what it said, all else stays."""

from __future__ import annotations

from typing import Any

from benchmarks.__main__ import page


def result(name: str, ratio: float) -> dict[str, Any]:
    return {
        "name": name,
        "unit": "s",
        "ours": 1.0,
        "peer": ratio,
        "ratio": ratio,
        "detail": {"of": name},
    }


def test_one_that_is_measured_anew_leaves_the_others_as_they_were() -> None:
    both = page([result("policy", 3.0), result("events", 5.0)])
    note = both.replace('"of": "events"', '"of": "by hand"')
    again = page([result("policy", 7.0)], note)
    rows = [line for line in again.splitlines() if line.startswith("| `")]
    assert [(row.split("`")[1], row.split("| ")[-1]) for row in rows] == [
        ("events", "5 |"),
        ("policy", "7 |"),
    ]
    assert again.count("\n## ") == 2
    assert '"of": "by hand"' in again


def test_the_page_of_nothing_new_is_the_page() -> None:
    once = page([result("policy", 3.0), result("events", 5.0)])
    assert page([], once) == once
