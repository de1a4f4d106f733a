"""No crash loses a message or applies it twice; and the harness catches the defects planted in it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from steward.local.pump import Pump
from tests.receiver import Receiver, answer, receiver
from tests.simulation.crash import MUTANTS, Family, fed, series, undisturbed
from tests.simulation.estate import estate, queue_functions
from tests.simulation.greeting import GREETING
from tests.simulation.trail import COMMITS, TENANTS, TRAIL

RECOVERY = 40
"""A second crash strikes within the first statements after the restart, while it still recovers."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver(answer(200)) as running:
        monkeypatch.setenv("OUTBOUND_ALLOW", running.authority)
        yield running


@pytest.fixture
def main_loop(server: Receiver) -> Family:
    return estate(server.url, count=12)


def statements(family: Family, folder: Path) -> int:
    return undisturbed(family, fed(family, folder), folder)[1]


def spread(last: int, *, runs: int) -> list[list[int]]:
    """So many single points, evenly over all statements."""
    return [[1 + number * (last - 1) // (runs - 1)] for number in range(runs)]


def pairs(last: int, *, runs: int, seed: int) -> list[list[int]]:
    """So many pairs: anywhere, and again soon after the restart."""
    rng = random.Random(seed)
    return [[rng.randint(1, last - RECOVERY), rng.randint(1, RECOVERY)] for _ in range(runs)]


def prove(family: Family, folder: Path, points: Sequence[Sequence[int]]) -> None:
    verdict = series(family, folder, points)
    assert verdict.faults == []
    assert verdict.landed == sum(len(sequence) for sequence in points)


def test_no_crash_loses_or_doubles_a_count(tmp_path: Path) -> None:
    last = statements(GREETING, tmp_path)
    prove(GREETING, tmp_path, spread(last, runs=60) + pairs(last, runs=25, seed=7))


def test_no_crash_of_the_main_loop_loses_or_doubles_anything(
    tmp_path: Path, main_loop: Family, server: Receiver
) -> None:
    last = statements(main_loop, tmp_path)
    prove(main_loop, tmp_path, spread(last, runs=45) + pairs(last, runs=20, seed=11))
    sent = {request.headers["webhook-id"] for request in server.requests}
    bodies = {(request.headers["webhook-id"], request.body) for request in server.requests}
    assert sent
    assert len(bodies) == len(sent), "a message that is sent again is the same message"


def test_no_crash_loses_or_doubles_an_entry_of_the_audit_trail_or_a_signed_head(
    tmp_path: Path,
) -> None:
    start = fed(TRAIL, tmp_path)
    left, last = undisturbed(TRAIL, start, tmp_path)
    kept = Counter((item[0], item[2]) for item in left.items if item[1] == "audit")
    assert [kept[tenant, "entries"] for tenant in TENANTS] == [COMMITS // len(TENANTS)] * 3
    assert [kept[tenant, "heads"] for tenant in TENANTS] == [1, 1, 1]
    prove(TRAIL, tmp_path, spread(last, runs=20) + pairs(last, runs=8, seed=5))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_planted_defect_is_caught(tmp_path: Path, mutant: type[Pump]) -> None:
    last = statements(GREETING, tmp_path)
    points = [[point] for point in range(1, 2 * last)]
    verdict = series(GREETING, tmp_path, points, make=mutant, until_fault=True)
    assert verdict.faults != []


def test_the_main_loop_family_has_every_function_that_a_queue_feeds(main_loop: Family) -> None:
    assert {
        "inventory.record-change",
        "inventory.release-unclaimed",
        "policy.evaluate-change",
        "notify.announce-finding",
        "notify.send-delivery",
    } <= queue_functions(main_loop)


@pytest.mark.nightly
def test_no_single_crash_at_any_statement_loses_or_doubles_anything(
    tmp_path: Path, main_loop: Family
) -> None:
    for family in (GREETING, TRAIL, main_loop):
        last = statements(family, tmp_path)
        prove(family, tmp_path, [[point] for point in range(1, last + 1)])


@pytest.mark.nightly
def test_no_double_crash_loses_or_doubles_anything(tmp_path: Path, main_loop: Family) -> None:
    for family in (GREETING, TRAIL, main_loop):
        prove(family, tmp_path, pairs(statements(family, tmp_path), runs=160, seed=23))
