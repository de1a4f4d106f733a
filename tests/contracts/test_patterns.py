"""Our event patterns, moto's and AWS's documentation agree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from moto.events.models import EventPattern

from steward import patterns
from steward.patterns import PatternError
from tests.contracts.pattern_cases import CASES, REFUSED, Case


def moto_matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """What moto's rules would do with the event."""
    return EventPattern.load(json.dumps(pattern)).matches_event(event)  # type: ignore[arg-type]


def _name(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_pattern_matches_as_documented(case: Case) -> None:
    assert patterns.compile(case.pattern)(case.event) is case.matches


@pytest.mark.parametrize("case", [c for c in CASES if not c.moto_differs], ids=_name)
def test_moto_agrees(case: Case) -> None:
    assert moto_matches(case.pattern, case.event) is case.matches


@pytest.mark.parametrize("case", [c for c in CASES if c.moto_differs], ids=_name)
def test_a_recorded_difference_of_moto_is_still_there(case: Case) -> None:
    assert moto_matches(case.pattern, case.event) is not case.matches


def test_the_table_is_wide_enough_to_mean_something() -> None:
    assert len(CASES) >= 120
    assert 0.35 < sum(case.matches for case in CASES) / len(CASES) < 0.65


@pytest.mark.parametrize(("pattern", "named"), REFUSED, ids=[json.dumps(p) for p, _ in REFUSED])
def test_a_wrong_pattern_is_refused_by_path_and_rule(pattern: Any, named: tuple[str, ...]) -> None:
    with pytest.raises(PatternError) as refused:
        patterns.validate(pattern)
    assert [word for word in named if word not in str(refused.value)] == []


# A small alphabet, so that values and patterns meet often; both cases, for the operators that fold.
_words = st.text("abAB-", max_size=4)
_filled = st.text("abAB-", min_size=1, max_size=3)
# Booleans are apart: moto takes True for 1 (see the table), so numbers and booleans never share a field.
_numbers = st.integers(-3, 3) | st.sampled_from([-1.5, 0.5, 2.0])
_texts = _words | st.none()
_quantities = _numbers | st.none()
_flags = st.booleans() | st.none()
_addresses = st.sampled_from(["10.0.0.1", "10.9.9.9", "192.0.2.1", "2001:db8::1", "nowhere"])


def _terse(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The same values under a short name: Hypothesis prints a strategy with all that it is built of."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Any:
        return draw(strategy)

    return drawn()


def _listed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return _terse(values | st.lists(values, min_size=1, max_size=3))


def _only(name: str, argument: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return argument.map(lambda value: {name: value})


_wildcards = st.lists(_filled, min_size=1, max_size=3).map("*".join)
_folded = _only("equals-ignore-case", _filled)
_text_tests = st.one_of(
    _only("prefix", _words | _folded),
    _only("suffix", _words | _folded),
    _folded,
    _only("wildcard", _wildcards),
    _only("anything-but", _listed(_words)),
    _only("anything-but", _only("prefix", _listed(_filled))),
    _only("anything-but", _only("suffix", _listed(_filled))),
    _only("anything-but", _only("equals-ignore-case", _listed(_filled))),
    _only("anything-but", _only("wildcard", _listed(_wildcards))),
    _only("exists", st.booleans()),
)
_ranges = st.tuples(
    st.sampled_from([">", ">="]),
    st.integers(-3, 0),
    st.sampled_from(["<", "<="]),
    st.integers(1, 3),
)
_comparisons = st.tuples(st.sampled_from(["<", "<=", "=", ">", ">="]), _numbers)
_number_tests = st.one_of(
    _only("numeric", (_ranges | _comparisons).map(list)),
    _only("anything-but", _listed(_numbers)),
    _only("exists", st.booleans()),
)
_address_tests = _only(
    "cidr", st.sampled_from(["10.0.0.0/16", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"])
)


def _field(values: st.SearchStrategy[Any], tests: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return _terse(st.lists(values | tests, min_size=1, max_size=3))


_leaves = {
    "text": _listed(_texts),
    "count": _listed(_quantities),
    "flag": _listed(_flags),
    "ip": _listed(_addresses),
}
_fields = {
    "text": _field(_texts, _text_tests),
    "count": _field(_quantities, _number_tests),
    "flag": _field(_flags, _only("exists", st.booleans())),
    "ip": _field(_addresses, _address_tests),
}
_flat_events = st.fixed_dictionaries({}, optional=_leaves)
_events = st.fixed_dictionaries(
    {}, optional=_leaves | {"detail": _flat_events.filter(bool), "other": _flat_events.filter(bool)}
)
_flat_patterns = st.fixed_dictionaries({}, optional=_fields).filter(bool)


def _with_or(branches: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda fields, either: {**fields, "$or": either},
        st.fixed_dictionaries({}, optional=_fields),
        st.lists(branches, min_size=2, max_size=3),
    )


def _within(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    nested = st.fixed_dictionaries({}, optional=_fields | {"detail": inner, "other": inner})
    return nested.filter(bool) | _with_or(inner)


_patterns = st.recursive(_flat_patterns, _within, max_leaves=4)


@given(pattern=_patterns, event=_events)
@example(pattern={"text": [{"exists": False}]}, event={})
@example(pattern={"detail": {"text": [None]}}, event={"detail": {"text": [None, "a"]}})
def test_random_events_and_patterns_meet_alike_in_moto(
    pattern: dict[str, Any], event: dict[str, Any]
) -> None:
    assert patterns.compile(pattern)(event) is moto_matches(pattern, event)


@given(pattern=_patterns, event=_events, extra=_flat_events)
def test_a_field_that_a_pattern_does_not_name_changes_nothing(
    pattern: dict[str, Any], event: dict[str, Any], extra: dict[str, Any]
) -> None:
    matches = patterns.compile(pattern)
    assert matches({**event, "unnamed": extra}) is matches(event)
