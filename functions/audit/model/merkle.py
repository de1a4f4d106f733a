"""Merkle trees over the entries of a signed head: one entry proved without showing the others.

Source: RFC 9162, section 2.1 (https://www.rfc-editor.org/rfc/rfc9162#section-2.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple


class Proof(NamedTuple):
    """Where a leaf stands in a tree of ``size`` leaves, and the hashes on its way to the root."""

    place: int
    size: int
    path: tuple[bytes, ...]


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the data of the leaves, in order."""
    hashes = [leaf(data) for data in leaves]
    if not hashes:
        return hashlib.sha256(b"").digest()
    while len(hashes) > 1:
        # Pairing level by level leaves an odd last one to the level above: the same tree as the
        # definition's, which splits at the largest power of two.
        paired = [_node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = paired + hashes[len(paired) * 2 :]
    return hashes[0]


def prove(leaves: Sequence[bytes], index: int) -> Proof:
    """The proof that the leaf of that index is in the tree.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index}: the tree has {len(leaves)}")
    path: list[bytes] = []
    hashes, place = [leaf(data) for data in leaves], index
    while len(hashes) > 1:
        sibling = place ^ 1
        if sibling < len(hashes):
            path.append(hashes[sibling])
        paired = [_node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = paired + hashes[len(paired) * 2 :]
        place //= 2
    return Proof(index, len(leaves), tuple(path))


def root_of(data: bytes, proof: Proof) -> bytes | None:
    """The root that the proof leads to from the leaf's data; None when it is no proof at all.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= proof.place < proof.size:
        return None
    place, last, reached = proof.place, proof.size - 1, leaf(data)
    for sibling in proof.path:
        if last == 0:
            return None
        if place & 1 or place == last:
            reached = _node(sibling, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = _node(reached, sibling)
        place, last = place >> 1, last >> 1
    return reached if last == 0 else None


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
