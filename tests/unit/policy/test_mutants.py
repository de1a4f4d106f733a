from __future__ import annotations

from typing import Any

import pytest
import yaml

from functions.policy.model.case import Case, Cases, read_cases, try_cases
from functions.policy.model.mutants import mutants, survivors
from functions.policy.model.rule import Rule
from functions.policy.model.rule_file import read_rule


def rule(when: str, **parameters: object) -> Rule:
    declared = {name: {"default": value, "description": "-"} for name, value in parameters.items()}
    fields = {
        "id": "made-up",
        "title": "Made up",
        "severity": "low",
        "resources": ["AWS::S3::Bucket"],
        "parameters": declared,
        "when": when,
        "message": "so",
        "remediation": "mend it",
    }
    return read_rule(yaml.safe_dump(fields), "<text>")


def cases(*pairs: tuple[dict[str, Any], str]) -> Cases:
    listed = [
        {"name": str(at), "expect": expect, "set": {"/configuration": configuration}}
        for at, (configuration, expect) in enumerate(pairs)
    ]
    return read_cases(yaml.safe_dump({"resource": {}, "cases": listed}), "<text>")


def changes(made: Rule) -> list[str]:
    return [mutant.what.partition(" at ")[0] for mutant in mutants(made)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("configuration.a == true && configuration.b == true", "clause 2 dropped"),
        ("configuration.a < 7", "< for <="),
        ("configuration.a < 7", "7 for 8"),
        ("configuration.a < 7", "7 for 6"),
        ('configuration.a == "x"', "'x' for 'x~'"),
        ('configuration.a in ["x", "y"]', "item 2 dropped"),
        ('configuration.a in ["x", "y"]', "'in' negated"),
        ("has(configuration.a)", "has() negated"),
        ("configuration.a.exists(b, b == 1)", "exists for all"),
        ("configuration.a.orElse(false) == true", "orElse dropped"),
        ("configuration.a.orElse(false) == true", "False for True"),
        ('duration(configuration.a) > duration("90d")', "'90d' for '90d1s'"),
        ("{'a': configuration.a == 1}['a'] ? true : [1] == []", "1 for 2"),
    ],
)
def test_each_part_of_a_condition_has_its_mutant(when: str, expected: str) -> None:
    assert expected in changes(rule(when))


def test_every_rule_has_its_negation_as_a_mutant() -> None:
    assert changes(rule("configuration.open")) == ["negated"]


def test_a_parameter_is_changed_as_constants_are_and_a_list_loses_all_it_has() -> None:
    found = changes(rule("configuration.a in params.b || configuration.c > params.d", b=["x"], d=3))
    assert {"params.b is []", "params.d is 4", "params.d is 2"} <= set(found)


def test_a_mutant_that_would_be_refused_as_a_rule_is_none() -> None:
    made = rule('configuration.a.matches("^x$") && timestamp("2026-01-01T00:00:00Z") < now')
    assert not any("2026" in what for what in changes(made))
    assert "'^x$' for '^x$~'" in changes(made)


def test_cases_on_both_sides_of_a_bound_leave_no_mutant_alive() -> None:
    pairs: tuple[tuple[dict[str, Any], str], ...] = (
        ({"a": 6}, "violation"),
        ({"a": 7}, "pass"),
        ({"a": 8}, "pass"),
    )
    assert list(survivors(rule("configuration.a < 7"), cases(*pairs))) == []


def test_a_case_far_from_the_bound_lets_mutants_live() -> None:
    alive = list(survivors(rule("configuration.a < 7"), cases(({"a": 1}, "violation"))))
    assert [what.partition(" at ")[0] for what in alive] == ["< for <=", "7 for 8", "7 for 6"]


def test_an_expected_unknown_notices_a_default_that_is_gone() -> None:
    made = rule("configuration.a.orElse(false) != true")
    told: tuple[tuple[dict[str, Any], str], ...] = (
        ({"a": True}, "pass"),
        ({"a": False}, "violation"),
        ({}, "violation"),
    )
    assert list(survivors(made, cases(*told))) == []
    assert any("orElse" in what for what in survivors(made, cases(*told[:2])))


def test_a_case_may_tune_a_parameter_and_then_notices_that_it_is_read() -> None:
    made = rule("!(configuration.a in params.trusted)", trusted=[])
    plain = cases(({"a": "x"}, "violation"))
    tuned = plain.model_copy(
        update={
            "cases": (
                *plain.cases,
                Case(
                    name="trusted",
                    expect="pass",
                    set={"/configuration": {"a": "x"}},
                    parameters={"trusted": ["x"]},
                ),
            )
        }
    )
    assert next(outcome.problem for outcome in try_cases(made, plain)) is None
    assert all(outcome.problem is None for outcome in try_cases(made, tuned))
    assert list(survivors(made, tuned)) == []


def test_a_case_that_tunes_a_parameter_the_rule_has_not_fails_and_names_those_it_has() -> None:
    made = rule("configuration.a > params.days", days=3)
    wrong = Case(name="-", expect="pass", parameters={"day": 3})
    (first, *_) = try_cases(made, Cases(resource={}, cases=(wrong,)))
    assert first.problem is not None
    assert "unknown parameter 'day'" in first.problem
    assert "use days" in first.problem
