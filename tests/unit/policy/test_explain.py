from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.policy.adapters.explaining import explained, rule_of, shown
from functions.policy.model.facts import facts_of
from functions.policy.model.language.explain import explain
from functions.policy.model.language.interpret import Unknown, interpret
from steward.errors import BadInput
from tests.functional.policy.policy_world import made_rule

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def told(
    when: str, configuration: dict[str, Any], *, partial: bool = False
) -> dict[str, tuple[str, Any]]:
    rule = made_rule(when=when, resources=["AWS::EC2::Instance"], message="{resource.name}")
    document = {
        "type": "AWS::EC2::Instance",
        "configuration": configuration,
        "partial": "no tags" if partial else None,
    }
    found = explained(rule, document, NOW)
    return {
        f"{row['expression']} {row['for']}".strip(): (row["state"], row["value"])
        for row in found.rows
    }


def test_each_part_shows_what_it_gives() -> None:
    assert told("configuration.a == 1 && configuration.b > 2", {"a": 1, "b": 2}) == {
        "(configuration.a == 1) && (configuration.b > 2)": ("false", False),
        "configuration.a == 1": ("true", True),
        "configuration.a": ("value", 1),
        "configuration.b > 2": ("false", False),
        "configuration.b": ("value", 2),
    }


def test_what_cannot_be_told_names_the_missing_path() -> None:
    assert told("configuration.a.b == 1", {"a": {}})["configuration.a.b"] == (
        "unknown",
        "configuration.a.b",
    )


def test_a_part_of_a_loop_is_shown_for_each_of_the_first_elements() -> None:
    rows = told("configuration.l.exists(x, x.v == 9)", {"l": [{"v": n} for n in range(5)]})
    assert [row for row in rows if row.startswith("x.v ==")] == [
        "x.v == 9 x=0",
        "x.v == 9 x=1",
        "x.v == 9 x=2",
    ]
    assert rows["x.v x=2"] == ("value", 2)


def test_a_map_s_elements_are_its_keys() -> None:
    assert told("configuration.m.all(k, k == 'a')", {"m": {"a": 1}})['k == "a" k=a'] == (
        "true",
        True,
    )


def test_a_resource_known_in_part_is_explained_as_it_is_judged() -> None:
    assert told("has(configuration.a)", {}, partial=True)["has(configuration.a)"][0] == "unknown"
    assert told("has(configuration.a)", {})["has(configuration.a)"][0] == "false"


def test_a_long_value_is_cut() -> None:
    assert told("configuration.a == 'x'", {"a": "y" * 1000})["configuration.a"][1].endswith("…")


def test_the_screen_has_the_depth_as_room_before_the_text() -> None:
    rows = list(shown([{"depth": 2, "expression": "x" * 300}]))
    assert rows[0]["expression"].startswith("    x")
    assert len(rows[0]["expression"]) < 120


def test_a_resource_of_another_type_is_refused() -> None:
    rule = made_rule(when="true", resources=["AWS::S3::Bucket"], message="x")
    with pytest.raises(BadInput, match=r"judges AWS::S3::Bucket; the resource is a AWS::EC2::VPC"):
        explained(rule, {"type": "AWS::EC2::VPC", "configuration": {}}, NOW)


def test_a_word_that_is_no_rule_is_refused() -> None:
    with pytest.raises(BadInput, match="no-such: neither a rule file nor the id"):
        rule_of("no-such")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abv"), inner),
    max_leaves=8,
)
CONDITIONS = (
    "configuration.a == 1 || has(configuration.b)",
    "configuration.a.exists(x, x.v > 0 && x.b.all(y, y == 1))",
    "size(configuration.a.filter(x, x == 1).map(z, z)) > 0",
    "asList(configuration.a).exists(x, x.orElse(1) == 1) ? configuration.b : true",
)


@given(st.sampled_from(CONDITIONS), st.dictionaries(st.sampled_from("ab"), VALUES))
def test_the_first_part_is_the_whole_and_gives_the_verdict(
    when: str, configuration: dict[str, Any]
) -> None:
    rule = made_rule(when=when, resources=["AWS::EC2::Instance"], message="x")
    facts = facts_of({"configuration": configuration})
    steps = list(explain(rule.tree, facts, NOW))
    value = interpret(rule.tree, facts, NOW)
    assert steps[0].value == value
    missing = [step for step in steps if isinstance(step.value, Unknown)]
    assert missing or not isinstance(value, Unknown)
