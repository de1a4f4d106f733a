from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.model import patch

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "a/b", "~", "~1", "", "0"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON, JSON)
def test_a_difference_applied_to_the_old_document_gives_the_new_one(a: Any, b: Any) -> None:
    assert patch.same(patch.apply(a, patch.diff(a, b)), b)


@given(JSON, JSON)
def test_a_difference_taken_back_from_the_new_document_gives_the_old_one(a: Any, b: Any) -> None:
    assert patch.same(patch.undo(b, patch.diff(a, b)), a)


@given(JSON)
def test_the_same_document_has_no_difference(a: Any) -> None:
    assert patch.diff(a, a) == ()


@given(JSON, JSON)
def test_an_empty_difference_means_the_same_document(a: Any, b: Any) -> None:
    assert (patch.diff(a, b) == ()) == patch.same(a, b)


def test_true_is_not_one() -> None:
    assert patch.paths(patch.diff({"on": True}, {"on": 1})) == ("/on",)


def test_a_difference_names_the_value_before_and_after() -> None:
    (step,) = patch.diff({"tags": {"a/b": "old"}}, {"tags": {"a/b": "new"}})
    assert (step.op, step.path, step.value, step.before) == ("replace", "/tags/a~1b", "new", "old")


@given(st.lists(st.text(max_size=5), max_size=5))
def test_a_pointer_gives_its_parts_back(keys: list[str]) -> None:
    assert patch.parts(patch.pointer(keys)) == tuple(keys)
