"""Expressions and resources made at random, and the three ways to read one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from functions.policy.model.facts import facts_of
from functions.policy.model.language import generate
from functions.policy.model.language.check import Parameters, condition
from functions.policy.model.language.errors import RuleError, Source
from functions.policy.model.language.interpret import Unknown, interpret
from functions.policy.model.language.parser import parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = ("a", "b", "c")

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, 1.0, 1.5, -2.5, 1e300]),
    st.sampled_from(
        [
            "",
            "a",
            "b",
            "ab",
            "aB",
            "1",
            "-2",
            "1.5",
            "2026-02-01T00:00:00Z",
            "90d",
            '{"a": [1]}',
            "%5B%5D",
        ]
    ),
)
values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    ),
    max_leaves=8,
)
configurations = st.dictionaries(st.sampled_from(FIELDS), values, max_size=3)

_literals = st.sampled_from(
    [
        *("true", "false", "null", "0", "1", "-1", "2", "0.0", "1.0", "1.5"),
        *('"a"', '"b"', '"ab"', '""', "[]", '["a", "b"]', "[1, true, null]", '{"a": 1}'),
    ]
)
_paths = st.sampled_from(
    ["configuration.a", "configuration.b", 'configuration["c"]', "configuration.a.b", "tags.a"]
)
_typed = st.sampled_from(
    ["configuration", "tags", "resource.name", "resource.version", "resource.relations", "now"]
)


def _hidden(text: str) -> str:
    """The same value, of a kind that only shows when it runs."""
    return f"[{text}][0]"


def _macro(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = st.sampled_from(["all", "exists", "exists_one", "filter", "map"])
    body = st.sampled_from(
        ["[{v}.a][0]", "{v} == {x}", "{v} < {x}", "{x}", "has({v}.a) && {x}", "{v} in {x}"]
    )

    def made(target: str, name: str, body: str, other: str) -> str:
        used = next(v for v in ("x", "y", "z", "w", "u") if f"({v}," not in target + other)
        return f"{target}.{name}({used}, {body.format(v=used, x=other)})"

    return st.builds(made, inner, name, body, inner)


def _more(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inner = st.one_of(_paths, smaller.map(_hidden))
    binary = st.sampled_from(
        ["&&", "||", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"]
    )
    compare = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    plain = st.sampled_from(["0", "1", "-1", "1.5", '"a"', '"ab"'])
    function = st.sampled_from(
        ["size", "int", "double", "string", "timestamp", "duration", "asList", "json"]
    )
    method = st.sampled_from(["startsWith", "endsWith", "contains", "orElse"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, binary, inner),
        st.builds("({} {} {})".format, inner, compare, plain),
        st.builds("({} {} {})".format, plain, compare, inner),
        st.builds("({} == {})".format, inner, st.sampled_from(["true", "false", "null", "[]"])),
        st.builds('({} in ["a", "b"])'.format, inner),
        st.builds('("a" in {})'.format, inner),
        st.builds("({} && {} && {})".format, inner, inner, inner),
        st.builds("({} || {} || {})".format, inner, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("-({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("{}({})".format, function, inner),
        st.builds("{}.lowerAscii()".format, inner),
        st.builds('{}.matches("^a.*b$")'.format, inner),
        st.builds("{}.a".format, inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("has({}.b)".format, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds('{{"k": {}}}'.format, inner),
        st.builds("{}.{}({})".format, inner, method, inner),
        _macro(inner),
    )


_any = st.recursive(st.one_of(_literals, _paths, _paths, _typed), _more, max_leaves=7)
conditions = st.recursive(
    st.one_of(
        st.builds("{} == {}".format, _paths, _literals),
        st.builds(
            "{} < 1".format, st.sampled_from(["configuration.a", "configuration.b", "tags.a"])
        ),
        st.sampled_from(
            ["configuration.a", "configuration.b", "has(configuration.a)", '"b" in tags']
        ),
    ),
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=5,
)
expressions = st.one_of(_any.map(_hidden), _more(_any), conditions)


def facts(configuration: dict[str, Any], tags: dict[str, Any] | None = None) -> dict[str, Any]:
    return facts_of({"configuration": configuration, "tags": tags or {}, "name": "ab"})


def compiled(
    text: str, read: dict[str, Any], *, partial: bool = False, parameters: Parameters | None = None
) -> bool | None:
    """What the generated function says; RuleError when the text is no rule."""
    source = Source(text)
    tree = condition(parse(source), source, parameters=parameters or {}, partial=partial)
    return generate.condition(tree, partial=partial)(read, NOW)


def interpreted(text: str, read: dict[str, Any], *, partial: bool = False) -> bool | None:
    """What the interpreter says."""
    source = Source(text)
    tree = condition(parse(source), source, parameters={}, partial=partial)
    value = interpret(tree, read, NOW, partial=partial)
    assert not isinstance(value, Unknown) or value.reasons
    return value if isinstance(value, bool) else None


def is_rule(text: str) -> bool:
    """Whether the text can be used as a condition."""
    source = Source(text)
    try:
        condition(parse(source), source, parameters={})
    except RuleError:
        return False
    return True
