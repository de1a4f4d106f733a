"""kill -9 of the real server: nothing that was accepted is lost, nothing is applied twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.kill_nine import Report, rounds


def prove(data: Path, *, landed: int, seed: int) -> Report:
    data.mkdir()
    report = rounds(data, landed=landed, seed=seed)
    assert report.faults == []
    assert report.landed == landed
    return report


@pytest.mark.slow
def test_four_kills_in_the_middle_of_work_lose_and_double_nothing(tmp_path: Path) -> None:
    prove(tmp_path / "data", landed=4, seed=1)


@pytest.mark.nightly
def test_two_hundred_kills_in_the_middle_of_work_lose_and_double_nothing(tmp_path: Path) -> None:
    prove(tmp_path / "data", landed=200, seed=2)
