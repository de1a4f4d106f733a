"""Recorded answers of Azure and Google Cloud, from a small extract: all understood, none lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.flights import EXTRACT
from benchmarks.replays import REPLAYS
from benchmarks.replays.report import FAULTS


@pytest.mark.parametrize(("cloud", "listed"), [("azure", 25), ("gcp", 25)])
def test_every_recorded_answer_is_understood_and_nothing_of_it_lost(
    cloud: str, listed: int
) -> None:
    report = REPLAYS[cloud](EXTRACT)
    assert report is not None
    totals = report.totals()
    assert report.faults == []
    assert totals["resources"] == totals["listed"] > listed
    assert totals["surfaced"] == totals["errors"] > 0


@pytest.mark.parametrize(
    ("cloud", "spoilt"),
    [
        (
            "azure",
            {
                "cassette": "x",
                "method": "GET",
                "uri": "https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/disks",
                "status": 200,
                "body": {"data": {"value": [{"id": "no-arm-id"}]}},
            },
        ),
        (
            "gcp",
            {
                "flight": "x",
                "file": "get-v1-projects-p-topics_1.json",
                "headers": {
                    "content-location": "https://pubsub.googleapis.com/v1/projects/p/topics"
                },
                "body": {"topics": [{"labels": {}}]},
            },
        ),
    ],
)
def test_an_item_that_becomes_no_resource_is_counted(
    cloud: str, spoilt: dict[str, object], tmp_path: Path
) -> None:
    with gzip.open(tmp_path / f"{cloud}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(spoilt) + "\n")
    report = REPLAYS[cloud](tmp_path)
    assert report is not None
    assert report.totals()["missed"] == 1
    assert sum(report.totals()[name] for name in FAULTS) == 1
