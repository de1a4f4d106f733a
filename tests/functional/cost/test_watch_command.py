"""``steward cost budgets|anomalies|forecast``: what a person types about what was watched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.cost.ledger import LedgerWorld, ledger
from tests.functional.cost.served import CommandLine, command_line
from tests.functional.cost.test_watching import SPIKE, bill, look, state

BUDGET = """
name: Everything
currency: USD
calendar: {2026-03-01: 5000}
amount: 100
thresholds:
- {basis: actual, percent: 80}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> LedgerWorld:
    found = ledger(tmp_path_factory.mktemp("ledger"))
    state(found, bill({(SPIKE, "Compute"): 3.0}))
    look(found)
    return found


@pytest.fixture
def steward(world: LedgerWorld) -> Iterator[CommandLine]:
    with command_line(world) as found:
        yield found


def test_a_budget_is_kept_from_a_file(steward: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "budget.yaml"
    file.write_text(BUDGET)
    kept = json.loads(steward("budgets", "save", str(file), "-o", "json")[1])
    standing = json.loads(steward("budgets", "show", kept["id"], "-o", "json")[1])
    assert (standing["amount"], standing["start"]) == ("5000", "2026-03-01")
    file.write_text(BUDGET.replace("Everything", "All of it"))
    steward("budgets", "save", str(file), "--replace", kept["id"])
    assert "All of it" in steward("budgets", "ls")[1]
    assert steward("budgets", "rm", kept["id"])[0] == 0
    assert steward("budgets", "show", kept["id"])[0] == 5


def test_an_anomaly_is_shown_and_answered(steward: CommandLine) -> None:
    (found,) = json.loads(steward("anomalies", "ls", "--status", "open", "-o", "json")[1])
    shown = json.loads(steward("anomalies", "show", found["id"], "-o", "json")[1])
    assert shown["names"] == {"service": "Compute"}
    assert steward("anomalies", "not-useful", found["id"], "--reason", "known")[0] == 0
    assert steward("anomalies", "ls", "--status", "open", "-o", "json")[1] == "[]\n"


def test_a_forecast_takes_a_scenario(steward: CommandLine) -> None:
    (plain,) = json.loads(steward("forecast", "quarter", "-o", "json")[1])
    words = ("--plus", "cluster=10@2026-03-22", "--where", "service=Queue")
    (other,) = json.loads(steward("forecast", "quarter", *words, "-o", "json")[1])
    assert plain["changed"] is None
    assert float(other["changed"]) - float(other["total"]) == pytest.approx(100)
    assert steward("forecast", "--plus", "cluster")[0] == 2
