"""What exploring costs promises: rows and rollups answer alike, and conditions mean the same everywhere."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.cost.adapters.lake_explore import statement
from functions.cost.adapters.lake_rollups import Allotment, rollup
from functions.cost.adapters.lake_rows import Place, all_of
from functions.cost.model.allocation.rules import RuleSetDraft
from functions.cost.model.explore.conditions import Condition
from functions.cost.model.explore.dimensions import OwnDimension
from functions.cost.model.explore.question import CostQuestion
from functions.cost.service.taking import ROWS
from steward.errors import BadInput
from steward.lake.reading import scan
from tests.unit.cost.lake.bills import bill, line

LINES = (
    line("1.10", at="2026-10-04", RegionId="eu-1", tags={"env": "prod", "team": "ada"}),
    line("2.20", at="2026-10-05", RegionId="us-1", SubAccountId="2", tags={"env": "dev"}),
    line("-0.30", at="2026-10-05T13:00", ServiceName="Storage", ResourceId="r-1"),
    line("4", at="2026-11-01", BillingCurrency="EUR"),
)
TEXT = st.text(st.sampled_from("ab*?[]().+^$\\| é\n'\"-"), max_size=6)


def question(**values: Any) -> CostQuestion:
    return CostQuestion(**{"since": date(2026, 10, 1), "until": date(2026, 12, 1), **values})


def answer(asked: CostQuestion, **own: OwnDimension) -> list[tuple[Any, ...]]:
    return bill(LINES).execute(statement(asked, "costs", own=own)).fetchall()


def from_rollup(asked: CostQuestion, folder: Path) -> list[tuple[Any, ...]]:
    connection = bill(LINES)
    rules = RuleSetDraft.model_validate({"rules": [{"name": "own", "by": "tags.team"}]})
    rollup(connection, "costs", folder / "r.parquet", by=Allotment(rules))
    return connection.execute(statement(asked, scan([folder / "r.parquet"]), own={})).fetchall()


def test_currencies_are_never_added_up() -> None:
    asked = question(by=("tags.env",))
    assert answer(asked) == [
        ("", "EUR", Decimal(4)),
        ("dev", "USD", Decimal("2.2")),
        ("prod", "USD", Decimal("1.1")),
        ("", "USD", Decimal("-0.3")),
    ]


@pytest.mark.parametrize("per", [None, "day", "week", "month"])
@pytest.mark.parametrize("where", [(), ("service=Compute",), ("region!~eu*", "account=1|2")])
def test_the_rollups_answer_as_the_rows_do(
    per: str | None, where: tuple[str, ...], tmp_path: Path
) -> None:
    asked = question(by=("service", "region"), per=per, where=where)
    assert asked.rolled
    # A dimension that the rollups lack takes the same question to the rows; the bill has no such column.
    rows = bill(LINES).execute(_over_rows(asked)).fetchall()
    assert from_rollup(asked, tmp_path) == rows


def _over_rows(asked: CostQuestion) -> str:
    by_tag = asked.model_copy(update={"where": (*asked.where, "!tags.none")})
    assert not by_tag.rolled
    return statement(by_tag, "costs", own={})


def test_teams_come_from_the_rollups(tmp_path: Path) -> None:
    asked = question(by=("team",), where=("currency=USD",))
    assert from_rollup(asked, tmp_path) == [
        ("", "USD", Decimal("1.9")),
        ("ada", "USD", Decimal("1.1")),
    ]


def test_a_rollup_says_which_days_it_has(tmp_path: Path) -> None:
    rolled = rollup(bill(LINES), "costs", tmp_path / "r.parquet", by=Allotment())
    assert (rolled.rows, rolled.first, rolled.last) == (4, date(2026, 10, 4), date(2026, 11, 1))
    empty = rollup(bill(()), "costs", tmp_path / "e.parquet", by=Allotment())
    assert (empty.rows, empty.first, empty.last) == (0, None, None)


def test_hours_are_asked_of_the_rows() -> None:
    asked = question(per="hour", where=("service=Storage",))
    assert not asked.rolled
    assert [str(row[0]) for row in answer(asked)] == ["2026-10-05 13:00:00"]


def test_a_dimension_of_ones_own_takes_the_first_value_that_fits() -> None:
    stage = OwnDimension.model_validate(
        {
            "name": "stage",
            "values": [
                {"value": "live", "when": ["tags.env=prod"]},
                {"value": "test", "when": ["account=2"]},
                {"value": "never", "when": ["tags.env=dev"]},
            ],
        }
    )
    found = answer(question(by=("own.stage",), where=("currency=USD",)), stage=stage)
    assert [row[0] for row in found] == ["test", "live", ""]


def test_a_dimension_that_is_not_defined_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match=r"'own\.stage': is not defined; defined are: none"):
        answer(question(by=("own.stage",)))


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, st.sampled_from(["=", "!=", "~", "!~"]))
def test_sql_and_python_read_a_condition_alike(value: str, wanted: str, operator: str) -> None:
    condition = Condition.parse(f"resource{operator}{wanted}")
    connection = bill([line(ResourceId=value)])
    sql = f"SELECT count(*) FROM costs WHERE {all_of([condition], Place(ROWS, {}))}"
    found = connection.execute(sql).fetchone()
    assert found == (int(condition.holds({"resource": value})),)


def test_presence_and_absence_are_conditions() -> None:
    assert Condition.parse("tags.env").holds({"tags.env": "x"})
    assert not Condition.parse("tags.env").holds({})
    assert Condition.parse("!tags.env").holds({"tags.env": ""})


@pytest.mark.parametrize("text", ["", "=x", "colour=1", "!service=x", "service=" + "x" * 2000])
def test_a_condition_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Condition.parse(text)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"until": date(2026, 10, 1)}, "is not before until"),
        ({"by": ("service", "service")}, "named twice"),
        ({"by": ("team", "resource")}, "team: goes with provider"),
        ({"by": ("team",), "per": "hour"}, "team: goes with provider"),
        ({"where": ("colour=x",)}, "dimension 'colour': is none"),
    ],
)
def test_a_question_that_has_no_answer_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        question(**values)
