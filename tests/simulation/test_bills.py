"""kill -9 at every step of taking bills in leaves one consistent month, exact to the last digit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.simulation.bills import BILLS, Month, month
from tests.simulation.crash import Outcome, crash, fed, undisturbed
from tests.simulation.moments import MOMENTS, NEVER, ROWS, Moment, dying, left

R = TypeVar("R")

PARTS = 4
"""Tests that share the walk over all statements."""

EXPECTED = Month(
    ("-0.999999999999999998", 3, 1),
    "-0.999999999999999998",
    ("ingested", "ingested", "refused", "superseded"),
)
"""The statement that was issued last; one of another was taken in before it or not, as they came."""


FRESH = get_context("forkserver")
"""Forks of a process that has only imported: the threads of DuckDB do not outlive a fork."""
FRESH.set_forkserver_preload(["duckdb", __name__])


def apart(use: Callable[..., R], *arguments: Any) -> R:
    """What a function returns in a new process."""
    with ProcessPoolExecutor(1, mp_context=FRESH) as pool:
        return pool.submit(use, *arguments).result()


def begun(folder: Path) -> tuple[Month, int]:
    _, last = undisturbed(BILLS, fed(BILLS, folder), folder)
    return month(folder / "undisturbed"), last


def crashed(data: Path, points: list[int]) -> tuple[int, Outcome, Month]:
    return *crash(BILLS, data, points), month(data)


def statements(folder: Path) -> int:
    found, last = apart(begun, folder)
    assert same(found)
    return last


def same(found: Month) -> bool:
    """Whether the month is the last one issued, and each statement is settled."""
    settled = {"ingested", "superseded", "refused"} == set(found.statuses)
    return found[:2] == EXPECTED[:2] and settled and len(found.statuses) == 4


def prove(folder: Path, points: list[list[int]]) -> None:
    start = folder / "fed"
    for sequence in points:
        data = folder / "run"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(start, data)
        landed, left, found = apart(crashed, data, sequence)
        assert landed == len(sequence), sequence
        assert (left.waiting, left.letters, left.sound) == (0, 0, True), sequence
        assert same(found), (sequence, found)


@pytest.mark.slow
def test_no_crash_leaves_half_a_month_or_loses_a_digit(tmp_path: Path) -> None:
    last = statements(tmp_path)
    prove(tmp_path, [[1 + number * (last - 1) // 3] for number in range(4)])


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(PARTS))
def test_no_crash_at_any_statement_leaves_half_a_month(part: int, tmp_path: Path) -> None:
    last = statements(tmp_path)
    prove(tmp_path, [[point] for point in range(1 + part, last + 1, PARTS)])
    prove(tmp_path, [[point, 30] for point in range(40 + part * 17, last - 40, PARTS * 17)])


BIG_SUM = f"0.{ROWS:018d}"


def big(folder: Path) -> None:
    fed(dying(None), folder)


def died(data: Path, moment: Moment) -> tuple[int, Outcome, Month, list[str]]:
    return *crash(dying(moment), data, [NEVER]), month(data), left(data)


def die_at(folder: Path, moments: Sequence[Moment]) -> None:
    apart(big, folder)
    for moment in moments:
        data = folder / "run"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(folder / "fed", data)
        landed, outcome, found, temporary = apart(died, data, moment)
        assert landed == 1, moment
        assert (outcome.waiting, outcome.letters, outcome.sound) == (0, 0, True), moment
        assert found == Month((BIG_SUM, ROWS, 1), BIG_SUM, ("ingested",)), (moment, found)
        assert temporary == [], moment


@pytest.mark.slow
def test_no_crash_in_the_middle_of_a_conversion_leaves_half_a_month(tmp_path: Path) -> None:
    die_at(tmp_path, MOMENTS[3:4])


@pytest.mark.nightly
def test_no_crash_at_any_moment_of_a_conversion_leaves_half_a_month(tmp_path: Path) -> None:
    die_at(tmp_path, MOMENTS)
