"""No crash loses a message or applies it twice; and the harness catches the defects planted in it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from steward.local.pump import Pump
from tests.simulation.crash import MUTANTS, fed, series, undisturbed
from tests.simulation.greeting import GREETING


def test_no_single_crash_loses_or_doubles_anything(tmp_path: Path) -> None:
    _, statements = undisturbed(GREETING, fed(GREETING, tmp_path), tmp_path)
    verdict = series(GREETING, tmp_path, [[point] for point in range(1, statements + 1)])
    assert verdict.faults == []
    assert verdict.landed == verdict.runs == statements


def test_no_double_crash_loses_or_doubles_anything(tmp_path: Path) -> None:
    _, statements = undisturbed(GREETING, fed(GREETING, tmp_path), tmp_path)
    rng = random.Random(7)
    pairs = [[rng.randint(1, statements), rng.randint(1, 20)] for _ in range(30)]
    verdict = series(GREETING, tmp_path, pairs)
    assert verdict.faults == []
    assert verdict.landed >= 1.5 * verdict.runs


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_planted_defect_is_caught(tmp_path: Path, mutant: type[Pump]) -> None:
    _, statements = undisturbed(GREETING, fed(GREETING, tmp_path), tmp_path)
    points = [[point] for point in range(1, 2 * statements)]
    verdict = series(GREETING, tmp_path, points, make=mutant, until_fault=True)
    assert verdict.faults != []
