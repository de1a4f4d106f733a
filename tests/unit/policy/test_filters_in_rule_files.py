from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.policy.model.facts import facts_of
from functions.policy.model.language.errors import RuleError
from functions.policy.model.rule import Doubt, Rule, Violation
from functions.policy.model.rule_file import read_rule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = """\
id: made-up
title: Made up
severity: low
resources: [AWS::S3::Bucket]
message: "{resource.name}"
remediation: Mend it.
"""


def rule(text: str) -> Rule:
    return read_rule(HEAD + text, "<text>")


def judged(made: Rule, configuration: dict[str, Any], *, partial: bool = False) -> str:
    facts = facts_of({"configuration": configuration, "tags": {"Owner": "ana"}})
    match made.judge(facts, NOW, partial=partial):
        case Violation():
            return "violation"
        case Doubt(missing=missing):
            return missing
        case None:
            return "pass"


def test_filters_judge_as_cloud_custodian_but_never_pass_what_is_missing() -> None:
    made = rule("filters:\n- encrypted: false\n- tag:Owner: ana\n")
    assert judged(made, {"encrypted": False}) == "violation"
    assert judged(made, {"encrypted": True}) == "pass"
    assert judged(made, {}) == "configuration.encrypted"
    missing = rule("filters:\n- {type: value, key: encrypted, op: ne, value: true}\n")
    assert judged(missing, {}) == "violation"
    assert judged(missing, {}, partial=True) == "configuration.encrypted"


def test_what_filters_read_decides_which_changes_matter() -> None:
    made = rule(
        "filters:\n- a.b: 1\n- {type: list-item, key: 'c[].d', attrs: [{e: 1}]}\n- tag:x: y\n"
    )
    assert {"/configuration/a/b", "/configuration/c", "/tags/x"} <= made.reads


def test_a_parameter_stands_in_a_filter() -> None:
    parameters = "parameters: {most: {default: 5, description: The most.}}\n"
    made = rule(parameters + "filters:\n- {type: value, key: a, op: gt, value: {param: most}}\n")
    assert judged(made, {"a": 6}) == "violation"
    assert judged(made, {"a": 5}) == "pass"


def test_an_action_says_what_to_do() -> None:
    made = rule("filters: [{a: 1}]\naction: {type: tag, tags: {Owner: nobody}}\n")
    assert made.action is not None
    assert (made.action.kind, made.action.fields) == ("tag", {"tags": {"Owner": "nobody"}})


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("filters: [{a: 1}]\nwhen: 'true'\n", 1, 1, "given both"),
        ("", 1, 1, "missing"),
        ("filters: []\n", 7, 10, "none"),
        ("filters: yes\n", 7, 10, "no list"),
        ("filters:\n- a: 1\n- type: valve\n  key: b\n", 9, 9, "did you mean value"),
        (
            "filters:\n- or:\n  - a: 1\n  - type: value\n    key: b\n    op: is\n    value: 1\n",
            12,
            9,
            "'is'",
        ),
        ("filters:\n- a..b: 1\n", 8, 11, "expected a field"),
        ("filters:\n- {a: 1, a: 2}\n", 8, 10, "given twice"),
        ("filters:\n- {type: value, key: a, value: {param: x}}\n", 8, 1, "unknown parameter 'x'"),
        ("filters: [{type: reduce, limit: 1}]\n", 7, 18, "no filter 'reduce'"),
        ("filters: [{a: 1}]\naction: explode\n", 8, 9, "no action 'explode'"),
        ("filters: [{a: 1}]\naction: {type: stop, hard: true}\n", 8, 9, "unknown field 'hard'"),
        ("filters: &a [*a]\n", 7, 10, "nested too deep"),
    ],
)
def test_an_error_in_filters_names_its_place(
    text: str, line: int, column: int, problem: str
) -> None:
    with pytest.raises(RuleError) as caught:
        rule(text)
    assert problem in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)
