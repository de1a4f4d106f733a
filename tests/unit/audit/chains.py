"""Chains and signed heads made in memory, and the ways to tamper with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.audit.model.canonical import canonical
from functions.audit.model.chain import GENESIS, Link, entry_hash
from functions.audit.model.signed import Sealed, SignedHead, next_head
from steward.signing import PublicKey, public_key

TENANT = "acme"


class Key:
    """A signing key in memory."""

    def __init__(self, seed: int = 1) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        pem = self._private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        self.public: PublicKey = public_key(pem.decode())

    def sign(self, head: SignedHead) -> SignedHead:
        return head.model_copy(update={"signature": self._private.sign(head.statement).hex()})


OURS, THEIRS = Key(1), Key(2)


def link(n: int, prev: str, text: str = "", **more: Any) -> Link:
    content = {
        "n": n,
        "commit": f"c{n}",
        "tenant": TENANT,
        "who": "user:ann",
        "when": "2026-03-02T12:00:00+00:00",
        "function": "hotel.keep-room",
        "correlation": "",
        "causation": "",
        "entries": [{"verb": "put", "table": "t", "collection": "c", "id": text or f"i{n}"}],
        **more,
    }
    written = canonical(content)
    return Link(n, content["commit"], prev, entry_hash(prev, written), written, content)


def chain(count: int, *, first: int = 1, prev: str = GENESIS) -> list[Link]:
    links: list[Link] = []
    for n in range(first, first + count):
        links.append(link(n, prev))
        prev = links[-1].hash
    return links


def onward(links: Sequence[Link], prev: str, first: int) -> list[Link]:
    """The same contents chained anew from there on, as somebody would who hides what he did."""
    again: list[Link] = []
    for n, each in enumerate(links, start=first):
        facts = json.loads(each.text) | {"n": n}
        text = canonical(facts)
        again.append(Link(n, each.commit, prev, entry_hash(prev, text), text, facts))
        prev = again[-1].hash
    return again


def seal(links: Sequence[Link], *sizes: int, key: Key = OURS) -> list[Sealed]:
    """Signed heads over so many entries each."""
    sealed: list[Sealed] = []
    start = 0
    for size in sizes:
        leaves = tuple(each.hash for each in links[start : start + size])
        before = sealed[-1].head if sealed else None
        head = next_head(
            before, leaves, tenant=TENANT, at="2026-03-02T13:00:00+00:00", key=key.public
        )
        sealed.append(Sealed(head=key.sign(head), leaves=leaves))
        start += size
    return sealed


Tampering = Callable[[list[Link], int], list[Link]]


def _forged(each: Link) -> Link:
    facts = json.loads(each.text) | {"who": "user:mallory"}
    return each._replace(text=canonical(facts), facts=facts)


def edit(links: list[Link], n: int) -> list[Link]:
    return [_forged(each) if each.n == n else each for each in links]


def edit_and_hash(links: list[Link], n: int) -> list[Link]:
    forged = _forged(links[n - 1])
    forged = forged._replace(hash=entry_hash(forged.prev, forged.text))
    return [forged if each.n == n else each for each in links]


def edit_and_chain(links: list[Link], n: int) -> list[Link]:
    prev = links[n - 2].hash if n > 1 else GENESIS
    return links[: n - 1] + onward([_forged(links[n - 1]), *links[n:]], prev, n)


def delete(links: list[Link], n: int) -> list[Link]:
    return [each for each in links if each.n != n]


def delete_and_chain(links: list[Link], n: int) -> list[Link]:
    prev = links[n - 2].hash if n > 1 else GENESIS
    return links[: n - 1] + onward(links[n:], prev, n)


def insert(links: list[Link], n: int) -> list[Link]:
    fresh = link(n, links[n - 1].prev, "planted", commit="planted")
    moved = [each._replace(n=each.n + 1) for each in links[n - 1 :]]
    return [*links[: n - 1], fresh, *moved]


def insert_and_chain(links: list[Link], n: int) -> list[Link]:
    prev = links[n - 1].prev
    return links[: n - 1] + onward(
        [link(n, prev, "planted", commit="planted"), *links[n - 1 :]], prev, n
    )


def reorder(links: list[Link], n: int) -> list[Link]:
    moved = list(links)
    moved[n - 1], moved[n] = moved[n], moved[n - 1]
    return moved


def truncate(links: list[Link], n: int) -> list[Link]:
    return links[: n - 1]


def fork(links: list[Link], n: int) -> list[Link]:
    rival = link(n, links[n - 1].prev, "rival", commit="rival")
    return [*links[:n], rival, *links[n:]]


def fork_first(links: list[Link], n: int) -> list[Link]:
    rival = link(n, links[n - 1].prev, "rival", commit="rival")
    return [*links[: n - 1], rival, *links[n - 1 :]]


TAMPERINGS: tuple[Tampering, ...] = (
    edit,
    edit_and_hash,
    edit_and_chain,
    delete,
    delete_and_chain,
    insert,
    insert_and_chain,
    reorder,
    truncate,
    fork,
    fork_first,
)
