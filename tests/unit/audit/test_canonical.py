"""Canonical JSON is RFC 8785's, by whichever way it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from functions.audit.model.canonical import SAFE, canonical, tame

NUMBERS = st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_every_value_has_the_text_that_the_standard_gives_it(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value).decode()


@given(WILD)
def test_whatever_json_python_holds_has_a_canonical_text_once_tamed(value: Any) -> None:
    tamed = tame(value)
    text = canonical(tamed)
    assert text == rfc8785.dumps(tamed).decode()
    assert tame(tamed) == tamed
    # Whoever reads the text can write it again: that is all an outsider has.
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # RFC 8785, section 3.2.3: members sort by UTF-16 code units, not by code points.
        ({"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5}, None),
        ({"a": 1e21, "b": 4.5, "c": 2e-3, "d": 1e-27, "e": 333333333.33333329}, None),
        ({"b": '\u20ac$\u000f\nA\'B"\\\\"/', "a": [None, True]}, None),
        ({"n": SAFE, "m": -SAFE}, '{"m":-9007199254740991,"n":9007199254740991}'),
        ({"x": "\x7f\u2028"}, '{"x":"\x7f\u2028"}'),
    ],
)
def test_the_standards_own_cases(value: Any, text: str | None) -> None:
    assert canonical(value) == (text or rfc8785.dumps(value).decode())


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800", {"\udfff": 1}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r".*"):
        canonical(value)
