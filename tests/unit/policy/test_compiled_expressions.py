from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from functions.policy.model.language import generate
from tests.unit.policy.expressions import (
    compiled,
    conditions,
    configurations,
    expressions,
    facts,
    interpreted,
    is_rule,
)

TAGS = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["", "a", "ab"]), max_size=2)


@settings(max_examples=settings().max_examples * 5)
@given(expressions, configurations, TAGS, st.booleans())
@example("configuration.a == 1", {"a": True}, {}, False)
@example("!(configuration.a < 1)", {"a": 1e300 * 1e10 - 1e300 * 1e10}, {}, False)
@example("(configuration.a / configuration.b) == -1", {"a": -3, "b": 2}, {}, False)
@example("(configuration.a % configuration.b) == -1", {"a": -3, "b": 2}, {}, False)
@example("configuration.a[1] == 2", {"a": [1, 2]}, {}, True)
@example("[1] in [true, [true]]", {}, {}, False)
@example("5 == null", {}, {}, False)
def test_generated_code_and_the_interpreter_agree(
    text: str,
    configuration: dict[str, Any],
    tags: dict[str, str],
    partial: bool,  # noqa: FBT001  # an example's column
) -> None:
    assume(is_rule(text))
    read = facts(configuration, tags)
    assert compiled(text, read, partial=partial) is interpreted(text, read, partial=partial)


@given(conditions, conditions, configurations, st.booleans())
def test_de_morgan_holds_with_three_values(
    one: str,
    other: str,
    configuration: dict[str, Any],
    partial: bool,  # noqa: FBT001  # an example's column
) -> None:
    assume(is_rule(f"{one} && {other}"))
    read = facts(configuration)
    for joined, apart in (
        (f"!(({one}) && ({other}))", f"!({one}) || !({other})"),
        (f"!(({one}) || ({other}))", f"!({one}) && !({other})"),
    ):
        assert compiled(joined, read, partial=partial) is compiled(apart, read, partial=partial)


@given(conditions, conditions, configurations)
def test_what_is_decided_absorbs_what_is_not(
    one: str, other: str, configuration: dict[str, Any]
) -> None:
    assume(is_rule(f"{one} && {other}"))
    read = facts(configuration)
    told = (compiled(one, read), compiled(other, read))
    both, either = compiled(f"({one}) && ({other})", read), compiled(f"({one}) || ({other})", read)
    assert both is (False if False in told else None if None in told else True)
    assert either is (True if True in told else None if None in told else False)


@given(conditions, configurations)
def test_the_order_of_operands_and_double_negation_do_not_matter(
    text: str, configuration: dict[str, Any]
) -> None:
    assume(is_rule(text))
    read = facts(configuration)
    other = "configuration.c == 1"
    assert compiled(f"{text} && {other}", read) is compiled(f"{other} && {text}", read)
    assert compiled(f"!!({text})", read) is compiled(text, read)


@given(expressions, configurations)
def test_knowing_more_of_a_partial_resource_never_turns_a_verdict_round(
    text: str, configuration: dict[str, Any]
) -> None:
    assume(is_rule(text))
    known = compiled(text, facts(configuration), partial=True)
    whole = compiled(text, facts(configuration))
    assert known is None or known is whole


@pytest.mark.parametrize(
    ("text", "configuration", "verdict"),
    [
        ("configuration.a", {"a": True}, True),
        ("configuration.a", {"a": "true"}, None),
        ("configuration.a == true", {"a": None}, False),
        ("configuration.a.b == 1", {"a": None}, None),
        ("configuration.a == 1 || true", {}, True),
        ("configuration.a == 1 && false", {}, False),
        ("!(configuration.a == 1)", {}, None),
        ("has(configuration.a)", {"a": None}, True),
        ("has(configuration.a)", {}, False),
        ("has(configuration.a.b)", {}, None),
        ("configuration.a < 2", {"a": True}, None),
        ("configuration.a < 2", {"a": 1.5}, True),
        ('configuration.a < "b"', {"a": "a"}, True),
        ('configuration.a in ["x", "y"]', {"a": "y"}, True),
        ('configuration.a in ["x", "y"]', {"a": ["x"]}, False),
        ('"k" in configuration.a', {"a": {"k": None}}, True),
        ('"k" in configuration.a', {"a": ["k"]}, True),
        ('"k" in configuration.a', {"a": "k"}, None),
        ("configuration.a.all(x, x > 1)", {"a": []}, True),
        ("configuration.a.all(x, x > 1)", {"a": [2, "?"]}, None),
        ("configuration.a.all(x, x > 1)", {"a": [1, "?"]}, False),
        ("configuration.a.exists(x, x > 1)", {"a": ["?", 2]}, True),
        ("configuration.a.exists(x, x > 1)", {"a": ["?", 1]}, None),
        ("configuration.a.exists_one(x, x > 1)", {"a": [2, 3]}, False),
        ("configuration.a.exists_one(x, x > 1)", {"a": [1, 3]}, True),
        ("configuration.a.exists(key, key == 'b')", {"a": {"b": 1}}, True),
        ("size(configuration.a.filter(x, x > 1)) == 2", {"a": [1, 2, 3]}, True),
        ("configuration.a.map(x, x + 1) == [2, 3]", {"a": [1, 2]}, True),
        ("configuration.a.map(x, x > 1, x * 2) == [4]", {"a": [1, 2]}, True),
        ("configuration.a.size() == 2", {"a": "ab"}, True),
        ("configuration.a == 1 ? configuration.b : configuration.c", {"a": 2, "c": True}, True),
        ("configuration.a ? true : true", {}, None),
        ("7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1", {}, True),
        ("configuration.a / 0 == 1", {"a": 1}, None),
        ("9223372036854775807 + configuration.a > 0", {"a": 1}, None),
        ("int('12') + int(1.9) == 13", {}, True),
        ("double('1.5') == 1.5 && string(2.0) == '2' && string(true) == 'true'", {}, True),
        ("now - timestamp(configuration.a) > duration('90d')", {"a": "2025-01-01T00:00:00Z"}, True),
        ("now - timestamp(configuration.a) > duration('90d')", {"a": "2025-01-01"}, None),
        ("timestamp(configuration.a / 1000) < now", {"a": 1603209239560}, True),
        ("duration('1h30m') == duration('5400s')", {}, True),
        ("json(configuration.a).b == 1", {"a": '{"b": 1}'}, True),
        ("json(configuration.a).b == 1", {"a": "%7B%22b%22%3A%201%7D"}, True),
        ("json(configuration.a).b == 1", {"a": "{"}, None),
        ("json(configuration.a) == []", {"a": "[" * 100_000}, None),
        ("asList(configuration.a) == ['x']", {"a": "x"}, True),
        ("configuration.a.orElse(3) == 3", {}, True),
        ("configuration.a.orElse(3) == 3", {"a": None}, False),
        ("configuration.a.b.orElse(configuration.c) == 1", {"c": 1}, True),
        ("configuration.a.lowerAscii() == 'abc'", {"a": "ABC"}, True),
        ("configuration.a.matches('^a+$')", {"a": "aaa"}, True),
        ("configuration.a.matches('a+x')", {"a": "a" * 5_000}, None),
        ("[1, 2.0] == [1.0, 2] && {'a': 1} == {'a': 1.0}", {}, True),
        ("[true] == [1]", {}, False),
        ("'\\u00e9\\x41\\t' == 'éA\\t' && r'\\d' == '\\\\d'", {}, True),
        ("0x10 == 16 // sixteen", {}, True),
    ],
)
def test_the_semantics_in_examples(
    text: str,
    configuration: dict[str, Any],
    verdict: bool | None,  # noqa: FBT001  # an example's column
) -> None:
    read = facts(configuration)
    assert compiled(text, read) is verdict
    assert interpreted(text, read) is verdict


@pytest.mark.parametrize(
    ("text", "configuration", "verdict"),
    [
        ("has(configuration.a)", {}, None),
        ("!has(configuration.a)", {}, None),
        ("has(configuration.a)", {"a": 1}, True),
        ('"a" in configuration.b', {"b": {}}, None),
        ('"a" in tags', {}, None),
        ("configuration.a.orElse(1) == 1", {}, None),
        ("configuration.a.orElse(configuration.b) == 1", {"b": 1}, True),
        ("configuration.b.exists(x, !has(x.a))", {"b": [{}]}, True),
        ("!has(json(configuration.b).a)", {"b": "{}"}, True),
    ],
)
def test_absence_from_a_partial_resource_is_unknown_but_what_came_whole_is_whole(
    text: str,
    configuration: dict[str, Any],
    verdict: bool | None,  # noqa: FBT001  # an example's column
) -> None:
    read = facts(configuration)
    assert compiled(text, read, partial=True) is verdict
    assert interpreted(text, read, partial=True) is verdict


@pytest.mark.parametrize(
    "text", ["import os", "x.__class__", "lambda: 1", "[x for x in y]", "f'{x}'"]
)
def test_code_that_no_rule_needs_is_refused_before_it_is_compiled(text: str) -> None:
    with pytest.raises(TypeError, match="generated code"):
        generate._verify(ast.walk(ast.parse(text)))


def test_a_variable_may_be_called_like_anything_python_has() -> None:
    for name in ("type", "dict", "items", "element", "result", "kept", "len", "value", "rule"):
        text = f"configuration.a.exists({name}, {name}.b == 1)"
        assert compiled(text, facts({"a": [{"b": 1}]})) is True


def test_a_parameter_is_put_in_as_a_constant() -> None:
    read = facts({"a": 5})
    assert compiled("configuration.a > params.most", read, parameters={"most": 4}) is True
    assert compiled("configuration.a > params.most", read, parameters={"most": 6}) is False
    assert compiled("configuration.a in params.some", read, parameters={"some": [1, 5]}) is True
