"""JSON in a hurry says what the standard library says."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.json_text import compact, read

TEXTS = st.text(st.characters(codec=None), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS.filter(lambda value: value not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_every_value_is_read_as_it_was_written(value: object) -> None:
    assert repr(read(compact(value))) == repr(value)


@given(VALUES)
def test_both_ways_of_writing_are_read_alike(value: object) -> None:
    told = json.dumps(value)
    assert repr(read(told)) == repr(json.loads(told))
    assert repr(json.loads(compact(value))) == repr(value)


def test_a_number_of_any_length_and_half_a_surrogate_pair_survive() -> None:
    value = {"n": [2**80, -(2**63) - 1], "text": "\ud800"}
    assert read(compact(value)) == value


def test_what_is_no_value_of_json_is_refused() -> None:
    with pytest.raises(TypeError, match="datetime"):
        compact({"at": datetime(2026, 3, 1, tzinfo=UTC)})
    with pytest.raises(ValueError, match="Expecting"):
        read("{nope")


def test_what_is_nested_too_deeply_for_the_fast_reader_is_read_all_the_same() -> None:
    assert read("[" * 400 + "]" * 400) == json.loads("[" * 400 + "]" * 400)
