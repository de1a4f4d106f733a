"""Usage types of a bill: the dearest are told apart, the others are the rest, and nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from functions.cost.adapters.lake_kinds import MOST, dearest, sums
from functions.cost.adapters.lake_rollups import Allotment
from functions.cost.adapters.lake_watched import LEAVES, watched
from functions.cost.model.allocation.rules import NO_RULES, RuleSetDraft
from functions.cost.model.watching.anomaly import REST
from tests.unit.cost.lake.bills import bill, line

DAY = date(2026, 10, 5)
SHARED = RuleSetDraft.model_validate(
    {
        "rules": [
            {"name": "all", "when": ["service=Shared"], "split": {"way": "even", "teams": ["a"]}}
        ]
    }
)


def used(cost: str, usage: str | None, *, day: date = DAY, **more: Any) -> dict[str, Any]:
    return line(cost, at=day.isoformat(), ChargeCategory="Usage", SkuMeter=usage, **more)


def series(
    rows: Sequence[Mapping[str, Any]],
    named: Sequence[tuple[str, str]],
    folder: Path,
    *,
    by: RuleSetDraft = NO_RULES,
) -> dict[tuple[str, ...], float]:
    """What the watched series cost in all, by their names."""
    whole, kinds = sums(bill(rows), "costs", folder, by=Allotment(by))
    found: dict[tuple[str, ...], float] = {}
    for _, *names, _, cost in duckdb.execute(watched([whole.path], [kinds.path], named)).fetchall():
        found[tuple(names)] = found.get(tuple(names), 0.0) + cost
    return found


def test_the_dearest_are_told_apart_and_the_next_one_is_the_floor(tmp_path: Path) -> None:
    rows = [used(str(place), f"kind-{place}") for place in range(1, MOST + 3)]
    to = tmp_path / "kinds.parquet"
    assert dearest(bill(rows), "costs", to, rules=NO_RULES) == (MOST, Decimal(2))
    named = {row[0] for row in duckdb.execute(f"SELECT usage FROM '{to}'").fetchall()}
    assert named == {f"kind-{place}" for place in range(3, MOST + 3)}


def test_where_all_are_told_apart_none_escapes(tmp_path: Path) -> None:
    to = tmp_path / "kinds.parquet"
    assert dearest(bill([used("1", "a")]), "costs", to, rules=NO_RULES) == (1, Decimal(0))
    assert dearest(bill([used("1", None)]), "costs", to, rules=NO_RULES) == (0, Decimal(0))


def test_the_rest_is_what_the_rollup_has_besides(tmp_path: Path) -> None:
    rows = [
        used("1.5", "a"),
        used("2.25", "b"),
        used("4", None),
        used("0.1", "a", SubAccountId="9"),
    ]
    found = series(rows, [("Compute", "a")], tmp_path)
    by_usage = {(names[1], names[-1]): cost for names, cost in found.items()}
    account = next(names[1] for names in found if names[1] != "9")
    assert by_usage == {(account, "a"): 1.5, (account, REST): 6.25, ("9", "a"): 0.1}


def test_what_is_shared_out_has_its_team_and_is_the_rest(tmp_path: Path) -> None:
    rows = [used("3", "a", ServiceName="Shared"), used("2", "a")]
    found = series(rows, [("Shared", "a"), ("Compute", "a")], tmp_path, by=SHARED)
    assert {(names[0], names[3], names[4]): cost for names, cost in found.items()} == {
        ("Shared", "a", REST): 3.0,
        ("Compute", "", "a"): 2.0,
    }


@pytest.mark.parametrize("accounts", [LEAVES + 5])
def test_there_are_no_more_series_than_may_be_watched(accounts: int, tmp_path: Path) -> None:
    rows = [
        used(str(1 + place), kind, SubAccountId=str(place), day=DAY + timedelta(days=place % 2))
        for place in range(accounts)
        for kind in ("a", "b")
    ]
    found = series(rows, [("Compute", "a"), ("Compute", "b")], tmp_path)
    assert len(found) <= 2 * LEAVES + 1
    assert sum(found.values()) == pytest.approx(sum(2 * (1 + place) for place in range(accounts)))
    assert found["Compute", "", next(iter(found))[2], "", REST] == pytest.approx(
        sum(2 * (1 + place) for place in range(accounts - LEAVES))
    )
