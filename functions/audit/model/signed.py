"""Signed heads: every so often the chain's state, signed, so that not even its keeper can rewrite it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from functions.audit.model import merkle
from functions.audit.model.canonical import canonical
from functions.audit.model.chain import GENESIS, rank
from steward.objects import folder_of
from steward.signing import Algorithm, PublicKey, Signature, verify
from steward.store.collection import Collection

LARGEST = 4096
"""Entries that one head covers at most: its leaves are one object of a quarter of a megabyte."""


class SignedHead(BaseModel):
    """What the chain held from ``first`` to ``last``: the last hash, and the Merkle root over all.

    ``previous`` is the digest of the signed head before, so that heads are a chain themselves.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: str
    seq: int
    first: int
    last: int
    hash: str
    merkle_root: str
    previous: str
    signed_at: str
    key_id: str
    algorithm: Algorithm
    signature: str = ""

    @property
    def statement(self) -> bytes:
        """What is signed: the canonical JSON of all but the signature."""
        return canonical(self.model_dump(exclude={"signature"})).encode()

    @property
    def digest(self) -> str:
        """The SHA-256 of the whole signed head."""
        return hashlib.sha256(canonical(self.model_dump()).encode()).hexdigest()

    def signed_by(self, keys: Sequence[PublicKey]) -> bool:
        """Whether one of these keys signed it."""
        signature = Signature(self.key_id, self.algorithm, self.signature)
        return any(verify(key, signature, self.statement) for key in keys)


class Sealed(BaseModel):
    """A signed head with the hashes of its entries, in order: they are what the root was made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: SignedHead
    leaves: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the leaves are those of the head."""
        head = self.head
        return (
            len(self.leaves) == head.last - head.first + 1
            and self.leaves[-1] == head.hash
            and root_over(self.leaves) == head.merkle_root
        )


# Signed, and kept under a lock as well: the copy here is for showing.
SIGNED = Collection("heads", SignedHead, id=lambda head: rank(head.seq), audit="none")
LAST = "last"
LASTS = Collection("signing", SignedHead, id=lambda _: LAST, audit="none")


def root_over(hashes: Sequence[str]) -> str:
    """The Merkle root over entry hashes, in hexadecimal digits."""
    return merkle.root([_bytes(hash_) for hash_ in hashes]).hex()


def next_head(
    before: SignedHead | None, leaves: Sequence[str], *, tenant: str, at: str, key: PublicKey
) -> SignedHead:
    """The head that follows, over these entries' hashes; not signed yet."""
    first = 1 if before is None else before.last + 1
    return SignedHead(
        tenant=tenant,
        seq=1 if before is None else before.seq + 1,
        first=first,
        last=first + len(leaves) - 1,
        hash=leaves[-1],
        merkle_root=root_over(leaves),
        previous=GENESIS if before is None else before.digest,
        signed_at=at,
        key_id=key.id,
        algorithm=key.algorithm,
    )


def place_of(tenant: str, seq: int) -> str:
    """Where a sealed head lies in the locked bucket."""
    return f"{folder_of(tenant)}heads/{rank(seq)}.json"


def _bytes(hash_: str) -> bytes:
    try:
        return bytes.fromhex(hash_)
    except ValueError:
        # What is no hash leads to a root that is nobody's.
        return hash_.encode()


def proof_document(
    *, entry: dict[str, Any], sealed: Sealed, n: int, key: PublicKey
) -> dict[str, Any]:
    """All that an outsider needs to see that the entry is in the chain: nothing but a trusted key."""
    proof = merkle.prove([_bytes(leaf) for leaf in sealed.leaves], n - sealed.head.first)
    return {
        "kind": "steward-audit-proof",
        "entry": entry,
        "index": proof.place,
        "size": proof.size,
        "path": [node.hex() for node in proof.path],
        "head": sealed.head.model_dump(),
        "key": key._asdict(),
    }
