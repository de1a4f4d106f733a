"""Recorded answers of the clouds replayed into discovery: all understood, none lost, nothing made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT, BenchmarkError, Result, versions_of
from benchmarks.replays import REPLAYS
from benchmarks.replays.report import FAULTS, Report

EXTRACT = ROOT / "tests" / "samples" / "flights"


def run(data: Path | None = None) -> dict[str, Any]:
    """Replay a folder of recordings, by default the extract that comes with the tests.

    ``ours`` are the answers that came through without fault, ``peer`` are all that were recorded.

    Raises:
        BenchmarkError: the folder holds no recordings.
    """
    folder = data or EXTRACT
    reports = {name: report for name, replay in REPLAYS.items() if (report := replay(folder))}
    if not reports:
        raise BenchmarkError(f"{folder}: no recordings there; --data names a folder with some")
    answers = sum(report.totals()["answers"] for report in reports.values())
    faults = sum(_faults(report) for report in reports.values())
    return Result(
        name="flights",
        unit="answers",
        ours=answers - faults,
        peer=answers,
        ratio=(answers - faults) / answers,
        runs={},
        versions=versions_of("boto3", "botocore"),
        detail={name: report.as_dict() for name, report in reports.items()},
    ).as_dict()


def _faults(report: Report) -> int:
    totals = report.totals()
    return sum(totals[name] for name in FAULTS)
