"""The tree is RFC 9162's, and a proof proves its own leaf and no other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.audit.model import merkle

LEAVES = st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=40)


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_definition(leaves[:split]), by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(LEAVES)
def test_the_root_is_the_definitions(leaves: list[bytes]) -> None:
    assert merkle.root(leaves) == by_definition(leaves)


def test_the_empty_tree_has_the_definitions_root() -> None:
    assert merkle.root([]) == by_definition([])


@given(LEAVES, st.data())
def test_every_leaf_has_a_proof_that_leads_to_the_root(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index: int = data.draw(st.integers(0, len(leaves) - 1))
    proof = merkle.prove(leaves, index)
    assert merkle.root_of(leaves[index], proof) == merkle.root(leaves)


@given(LEAVES, st.data())
def test_a_proof_holds_for_no_other_leaf_place_size_or_path(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index: int = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = merkle.prove(leaves, index), merkle.root(leaves)
    assert merkle.root_of(leaves[index] + b"x", proof) != root
    other: int = data.draw(
        st.integers(0, len(leaves) - 1).filter(lambda n: n != index) | st.just(-1)
    )
    if other < 0 or leaves[other] != leaves[index]:
        assert merkle.root_of(leaves[index], proof._replace(place=other)) != root
    if proof.path:
        assert merkle.root_of(leaves[index], proof._replace(path=proof.path[:-1])) != root
        assert merkle.root_of(leaves[index], proof._replace(path=(*proof.path, b"x" * 32))) != root


def test_a_leaf_that_is_not_there_has_no_proof() -> None:
    with pytest.raises(IndexError, match="the tree has 2"):
        merkle.prove([b"a", b"b"], 2)
