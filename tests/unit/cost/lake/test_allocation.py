"""What giving costs to teams promises: everything once, nothing lost, to the last digit."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.cost.adapters.lake_rollups import Allotment, divide
from functions.cost.model.allocation.rules import RuleSetDraft
from functions.cost.model.allocation.shares import HEAVIEST, cost, divided, units, weighed
from tests.unit.cost.lake.bills import bill, line

COSTS = st.decimals(-(10**12), 10**12, places=18)
TEAMS = st.sampled_from(["ada", "bob", "cleo", "dan", "é"])


def rules(*found: dict[str, Any]) -> RuleSetDraft:
    return RuleSetDraft.model_validate({"rules": found})


def given_out(*rows: dict[str, Any], by: RuleSetDraft, usage: Any = None) -> dict[str, Decimal]:
    return divide(bill(rows), "costs", by=Allotment(by, usage=usage or (lambda _: {})))


@given(st.integers(-(10**38), 10**38), st.dictionaries(TEAMS, st.integers(0, 2**59), min_size=1))
def test_parts_add_up_to_the_amount_and_stand_within_one_unit_of_their_share(
    amount: int, weights: dict[str, int]
) -> None:
    total = sum(weights.values())
    if total == 0:
        with pytest.raises(ValueError, match="one must be above zero"):
            divided(amount, weights)
        return
    parts = divided(amount, weights)
    assert sum(parts.values()) == amount
    assert all(abs(parts[team] * total - amount * weights[team]) < total for team in weights)


@given(COSTS)
def test_units_and_costs_are_the_same_thing(amount: Decimal) -> None:
    assert cost(units(amount)) == amount


@given(st.dictionaries(TEAMS, st.decimals(-100, 10**20, places=4), min_size=1))
def test_weights_fit_the_integers_of_sql(amounts: dict[str, Decimal]) -> None:
    weights = weighed(amounts)
    assert 0 < sum(weights.values()) <= HEAVIEST
    assert min(weights.values()) >= 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(COSTS, st.sampled_from(["ada", "bob", "", "shared"])), max_size=8),
    st.sampled_from(
        [
            {"way": "even", "teams": ["ada", "bob", "cleo"]},
            {"way": "fixed", "percent": {"ada": "33.3333", "bob": "66.6667"}},
            {"way": "proportional"},
            {"way": "usage", "dataset": "requests"},
        ]
    ),
    st.dictionaries(TEAMS, st.decimals(0, 10**9, places=6)),
)
def test_every_cost_is_given_out_exactly_once(
    rows: list[tuple[Decimal, str]], split: dict[str, Any], usage: dict[str, Decimal]
) -> None:
    by = rules(
        {"name": "shared", "when": ["tags.team=shared"], "split": split},
        {"name": "own", "by": "tags.team"},
    )
    found = given_out(
        *(line(amount, tags={"team": team}) for amount, team in rows), by=by, usage=lambda _: usage
    )
    with localcontext(prec=60):
        assert sum(found.values()) == sum(amount for amount, _ in rows)


@settings(max_examples=40, deadline=None)
@given(COSTS, st.dictionaries(TEAMS, st.decimals(0, 10**9, places=6), min_size=1))
def test_sql_divides_as_python_does(amount: Decimal, usage: dict[str, Decimal]) -> None:
    by = rules({"name": "all", "split": {"way": "usage", "dataset": "requests"}})
    found = given_out(line(amount), by=by, usage=lambda _: usage)
    parts = divided(units(amount), weighed(usage))
    assert {team: units(part) for team, part in found.items()} == parts


def test_the_first_rule_that_fits_decides() -> None:
    row = line("3", ServiceName="Support", tags={"team": "ada"})
    first = {"name": "support", "when": ["service=Support"], "to": "ops"}
    second = {"name": "own", "by": "tags.team"}
    assert given_out(row, by=rules(first, second)) == {"ops": Decimal(3)}
    assert given_out(row, by=rules(second, first)) == {"ada": Decimal(3)}


def test_what_no_rule_fits_is_nobodys() -> None:
    assert given_out(line("2"), by=rules({"name": "own", "by": "tags.team"})) == {"": Decimal(2)}


def test_a_proportional_split_follows_what_the_teams_were_given_directly() -> None:
    by = rules(
        {"name": "support", "when": ["service=Support"], "split": {"way": "proportional"}},
        {"name": "own", "by": "tags.team"},
    )
    found = given_out(
        line("30", tags={"team": "ada"}),
        line("10", tags={"team": "bob"}),
        line("8", ServiceName="Support"),
        by=by,
    )
    assert found == {"ada": Decimal(36), "bob": Decimal(12)}


def test_a_shared_cost_that_nobody_can_bear_stays_nobodys() -> None:
    by = rules({"name": "all", "split": {"way": "proportional"}})
    assert given_out(line("5"), by=by) == {"": Decimal(5)}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"name": "x"}, "give one of to, by and split"),
        ({"name": "x", "to": "a", "by": "tags.t"}, "give one of to, by and split"),
        ({"name": "x", "to": "a", "when": ["team=b"]}, "rests on 'team'"),
        ({"name": "x", "to": "a", "when": ["colour=b"]}, "dimension 'colour': is none"),
        ({"name": "x", "split": {"way": "even"}}, "name those that share evenly"),
        ({"name": "x", "split": {"way": "fixed", "percent": {"a": "99"}}}, "adds up to 99"),
        ({"name": "x", "split": {"way": "usage"}}, "dataset"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_the_reason(
    rule: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        rules(rule)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="two of that name"):
        rules({"name": "x", "to": "a"}, {"name": "x", "to": "b"})
