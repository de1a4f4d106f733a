"""No tenant reaches another's items: two thousand generated attempts, twice, on every store."""

from __future__ import annotations

from tests.contracts.attacks import Leaky, Report, attack, below_work, through_work
from tests.contracts.backends import Backend

ATTEMPTS = 2000


def _law(report: Report, *, kinds: int) -> None:
    assert report.leaks == []
    assert report.attempts >= ATTEMPTS
    assert len(report.kinds) == kinds
    assert min(report.kinds.values()) > ATTEMPTS // 40
    assert report.refused > 0


def test_through_a_work_no_attempt_reaches_another_tenant(backend: Backend) -> None:
    _law(attack(backend, through_work, count=ATTEMPTS), kinds=12)


def test_with_the_first_layer_off_the_store_stops_every_attempt(backend: Backend) -> None:
    _law(attack(backend, below_work, count=ATTEMPTS), kinds=8)


def test_a_store_without_the_second_layer_is_found_leaking(backend: Backend) -> None:
    report = attack(Leaky(backend), below_work, count=200)
    assert len(report.leaks) > 50
    assert any("was shown" in leak for leak in report.leaks)
    assert any("was written by another" in leak for leak in report.leaks)
    assert any("is now None" in leak for leak in report.leaks)
