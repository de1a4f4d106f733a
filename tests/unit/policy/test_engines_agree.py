"""The same expression in several engines: compiled code, the interpreter, and others' libraries."""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import jmespath  # type: ignore[import-untyped]
import pytest
from cel_expr_python import cel  # type: ignore[import-untyped]
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from functions.policy.model.custodian.filters import condition
from functions.policy.model.custodian.jmespath import path
from functions.policy.model.custodian.place import Places
from functions.policy.model.custodian.selection import Moment, selection
from functions.policy.model.custodian.shape import RAW, Absence, inventory
from functions.policy.model.language import generate
from functions.policy.model.language.errors import RuleError, Source
from functions.policy.model.language.interpret import Unknown, interpret
from functions.policy.model.rule import Pack
from functions.policy.model.sweep import Sweep
from tests.functional.policy.policy_world import made_rule
from tests.unit.policy.expressions import NOW, compiled, configurations, facts, interpreted, is_rule

ENV = cel.NewEnv(variables={"configuration": cel.Type.DYN, "tags": cel.Type.DYN})
PATHS = st.sampled_from(["configuration.a", "configuration.b", "configuration.a.b", "tags.a"])
ATOMS = st.one_of(
    st.builds(
        "{} {} {}".format,
        PATHS,
        st.sampled_from(["==", "!="]),
        st.sampled_from(["1", "1.5", '"a"', "true", "null", "[]"]),
    ),
    st.builds(
        "{} {} {}".format,
        PATHS,
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from(["1", "0", "1.5", '"a"']),
    ),
    st.builds('{} in ["a", "b"]'.format, PATHS),
    st.builds('{}.startsWith("a")'.format, PATHS),
    st.builds('{}.endsWith("b")'.format, PATHS),
    st.builds('{}.contains("b")'.format, PATHS),
    st.builds("has({})".format, PATHS),
    st.builds("size({}) > 1".format, PATHS),
    st.builds("{}.exists(x, x == 1)".format, PATHS),
    st.builds('{}.all(x, x == "a" || x == 1)'.format, PATHS),
    st.builds('"a" in {}'.format, PATHS),
)
CEL = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)


def googles(text: str, configuration: Any, tags: Any) -> bool | None:
    data = {"configuration": configuration, "tags": tags}
    value = ENV.compile(text).eval(ENV.Activation(data)).value()
    return value if isinstance(value, bool) else None


@settings(max_examples=settings().max_examples * 5)
@given(CEL, configurations, st.dictionaries(st.just("a"), st.sampled_from(["", "a", "ab"])))
@example("configuration.a == 1 || tags.a == 'x'", {}, {"a": "x"})
def test_compiled_code_the_interpreter_and_google_s_cel_agree(
    text: str, configuration: dict[str, Any], tags: dict[str, str]
) -> None:
    assume(is_rule(text))
    read = facts(configuration, tags)
    assert compiled(text, read) is interpreted(text, read) is googles(text, configuration, tags)


# filters ----------------------------------------------------------------------------------------

KEYS = st.sampled_from(["a", "b", "a.b", "a[0]", "a[].b", "b[*]", "a.*", "tag:a", "length(b)"])
VALUES = st.one_of(
    st.sampled_from(["absent", "present", "not-null", "empty", "a", "ab", "", "1"]),
    st.integers(-1, 3),
    st.booleans(),
    st.none(),
    st.just(1.5),
    st.lists(st.sampled_from(["a", "b", 1, None, True]), max_size=3),
    st.just(["a", "b", "c", "d", "e", "f", "g"]),
)
SIGNS = (
    "eq", "equal", "ne", "not-equal", "gt", "greater-than", "ge", "gte", "le", "lte", "lt",
    "less-than", "in", "ni", "not-in", "contains", "difference", "intersect", "mod",
)  # fmt: skip
PATTERNS = st.sampled_from(["a*", "[ab]?", "A.*", "^a+$", "b|a"])
KINDS = st.sampled_from([None, None, "normalize", "size", "unique_size", "integer", "swap"])


def _value(key: str, sign: str | None, value: Any, kind: str | None) -> dict[str, Any]:
    told = {"type": "value", "key": key, "value": value, "op": sign, "value_type": kind}
    return {name: part for name, part in told.items() if part is not None or name == "value"}


LEAVES = st.one_of(
    st.builds(_value, KEYS, st.sampled_from([None, *SIGNS]), VALUES, KINDS),
    st.builds(_value, KEYS, st.sampled_from(["glob", "regex", "regex-case"]), PATTERNS, st.none()),
    st.builds(lambda key, value: {key: value}, KEYS, VALUES),
    st.builds(
        lambda inner: {"type": "list-item", "key": "a", "attrs": [inner]},
        st.builds(_value, st.sampled_from(["a", "b"]), st.just("eq"), VALUES, st.none()),
    ),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda block, parts: {block: parts},
        st.sampled_from(["and", "or", "not"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)
RESOURCES = st.builds(
    lambda fields, tags: {**fields, **tags},
    configurations,
    st.one_of(
        st.just({}),
        st.builds(
            lambda value: {"Tags": [{"Key": "a", "Value": value}]}, st.sampled_from(["a", "1"])
        ),
        st.just({"Tags": [{"Key": "b"}, None]}),
    ),
)


@settings(max_examples=settings().max_examples * 5)
@given(st.lists(FILTERS, max_size=3), st.lists(RESOURCES, max_size=3))
def test_filters_compiled_interpreted_and_picked_from_a_list_agree(
    filters: list[Any], resources: list[dict[str, Any]]
) -> None:
    tree = condition(filters, RAW, Places())
    for resource in resources:
        told = interpret(tree, resource, NOW)
        assert generate.condition(tree)(resource, NOW) is told
        assert selection(filters).of([resource], Moment(NOW)) == ([resource] if told else [])


@given(st.lists(FILTERS, min_size=1, max_size=3), configurations)
def test_what_is_told_of_less_is_told_alike_of_more(
    filters: list[Any], configuration: dict[str, Any]
) -> None:
    read = facts(configuration)
    exact, strict, open_ = (
        generate.condition(condition(filters, inventory(absence), Places()))(read, NOW)
        for absence in Absence
    )
    assert exact is not None
    assert strict is None or strict is exact
    assert open_ is None or open_ is strict


REFERENCE: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "lt": operator.lt,
    "ge": operator.ge,
    "le": operator.le,
    "in": lambda x, y: x in y,
    "not-in": lambda x, y: x not in y,
    "contains": operator.contains,
    "intersect": lambda x, y: bool(set(x).intersection(y)),
    "difference": lambda x, y: bool(set(x).difference(y)),
    "glob": lambda x, y: isinstance(x, str) and fnmatch.fnmatch(x, y),
    "regex": lambda x, y: isinstance(x, str) and bool(re.match(y, x, re.IGNORECASE)),
    "regex-case": lambda x, y: isinstance(x, str) and bool(re.match(y, x)),
}


def custodians(sign: str | None, has: Any, wanted: Any) -> bool:
    """What Cloud Custodian's value filter answers, as its documentation has it."""
    has = () if sign in ("in", "not-in") and has is None else has
    there = {"absent": has is None, "present": has is not None}
    there |= {"not-null": bool(has), "empty": not has}
    if isinstance(wanted, str) and there.get(wanted):
        return True
    if sign is None:
        return bool(has == wanted)
    try:
        return bool(REFERENCE[sign](has, wanted))
    except TypeError:
        return False


@given(
    st.one_of(
        st.tuples(st.sampled_from([None, *(s for s in REFERENCE if "g" not in s[:1])]), VALUES),
        st.tuples(st.sampled_from(["glob", "regex", "regex-case"]), PATTERNS),
    ),
    configurations,
)
def test_operators_answer_as_cloud_custodian_s_do(
    test: tuple[str | None, Any], configuration: dict[str, Any]
) -> None:
    sign, wanted = test
    assume(sign not in ("regex", "regex-case") or isinstance(wanted, str))
    document = _value("a", sign, wanted, None)
    tree = condition([document], RAW, Places())
    told = generate.condition(tree)(configuration, NOW)
    assert told is custodians(sign, configuration.get("a"), wanted)


# JMESPath ---------------------------------------------------------------------------------------

_fields = st.sampled_from(["a", "b", "c", '"a"', "a.b", "b.c", "a[0]", "a[-1]", "@"])
JMES = st.recursive(
    _fields,
    lambda inner: st.one_of(
        st.builds("{}.{}".format, inner, st.sampled_from(["a", "b", "*", "[a, b]", "{x: a}"])),
        st.builds("{}{}".format, inner, st.sampled_from(["[]", "[*]", "[0]", "[:2]", "[::-1]"])),
        st.builds("{}[?{} == {}]".format, inner, _fields, st.sampled_from(["`1`", "'a'", "b"])),
        st.builds("{}[?{}].a".format, inner, _fields),
        st.builds("{} || {}".format, inner, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("!{}".format, _fields),
        st.builds("({} | {})".format, inner, inner),
        st.builds("type({})".format, inner),
        st.builds("to_array({})".format, inner),
        st.builds("not_null({}, {})".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{x: {}, y: b}}".format, inner),
        st.builds("({} != {})".format, inner, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=settings().max_examples * 5)
@given(JMES, configurations)
@example("a[].b[]", {"a": [{"b": [1, [2]]}, {"b": None}, {"b": 3}]})
@example("a[*].b | [0]", {"a": [{"b": 1}]})
@example("a.*.b", {"a": {"x": {"b": 1}, "y": {}}})
@example("a[?b > `1`].b", {"a": [{"b": 2}, {"b": None}, {"b": "x"}]})
@example("sort_by(a, &b)[0].b", {"a": [{"b": 2}, {"b": 1}]})
@example("map(&b, a)", {"a": [{"b": 2}, {}]})
@example("a[0][:2] || a.a", {"a": [[None]]})
@example("a[0][:2].b", {"a": [[{"b": 1}]]})
@example("a[0] | [:2].b", {"a": [[{"b": 1}]]})
@example("a[-1][:1][0]", {"a": [[None, 1]]})
@example("a[1:].b", {"a": [{"b": 2}, {"b": 3}]})
@example("@.a && b || `false`", {"a": [], "b": 1})
def test_a_jmespath_gives_what_its_own_library_does(text: str, document: dict[str, Any]) -> None:
    try:
        tree = path(Source(text), RAW.root)
    except RuleError:
        assume(False)
    try:
        wanted = jmespath.search(text, document)
    except (jmespath.exceptions.JMESPathError, TypeError):
        assume(False)
    told = interpret(tree, document, NOW)
    assert not isinstance(told, Unknown)
    assert repr(told) == repr(wanted)


@given(st.text(alphabet="ab.[]*?@&|!='`0:(){},- \"\\<>", max_size=24), configurations)
def test_any_text_is_a_path_or_a_rule_error(text: str, document: dict[str, Any]) -> None:
    try:
        tree = path(Source(text), RAW.root)
    except RuleError:
        return
    assert not isinstance(interpret(tree, document, NOW), Unknown)


# sweeps -----------------------------------------------------------------------------------------


@given(st.lists(CEL, min_size=1, max_size=4), st.lists(configurations, max_size=3))
def test_a_sweep_tells_what_each_rule_tells_of_each_resource(
    texts: list[str], documents: list[dict[str, Any]]
) -> None:
    assume(all(is_rule(text) for text in texts))
    rules = [made_rule(f"rule-{at}", when=text) for at, text in enumerate(texts)]
    read = [facts(document) for document in documents]
    found = {
        (id(resource), rule.id): verdict
        for resource, rule, verdict in Sweep(Pack(rules)).over("AWS::S3::Bucket", read, NOW)
    }
    for resource in read:
        for rule in rules:
            assert found.get((id(resource), rule.id), False) is rule.violated(resource, NOW)


def test_a_resource_nested_too_deep_leaves_the_others_judged() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    rule = made_rule(when="configuration.a == configuration.b")
    other = facts({"a": 1, "b": 1})
    nested = facts({"a": deep, "b": [[deep[0]]]})
    found = list(Sweep(Pack([rule])).over("AWS::S3::Bucket", [nested, other], NOW))
    assert [(one is other, verdict) for one, _, verdict in found] == [(False, None), (True, True)]


@pytest.mark.nightly
@settings(max_examples=50_000)
@given(CEL, configurations)
def test_fifty_thousand_expressions_agree_on_as_many_resources(
    text: str, configuration: dict[str, Any]
) -> None:
    assume(is_rule(text))
    read = facts(configuration)
    assert compiled(text, read) is interpreted(text, read) is googles(text, configuration, {})
