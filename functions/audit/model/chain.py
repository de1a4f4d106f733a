"""The chain: one tenant's entries, each of which holds all before it by one hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.audit.model.canonical import canonical
from steward.store.collection import Collection, Index

GENESIS: Final = "0" * 64
"""What the first entry follows."""
CHAIN: Final = "chain"
HEAD: Final = "head"


class Link(NamedTuple):
    """An entry as it is verified: its place, what it follows, its own hash, its canonical text.

    ``facts`` is what the text says; nothing when it is no JSON.
    """

    n: int
    commit: str
    prev: str
    hash: str
    text: str
    facts: dict[str, Any]


class Entry(BaseModel):
    """One commit in the chain; the other fields say again what ``content`` says, to find it by.

    ``content`` is the canonical text that was hashed; one too large for an item lies in the object
    store at ``place``.
    """

    model_config = ConfigDict(frozen=True)

    commit: str
    n: int
    at: str
    actor: str
    request_id: str | None
    prev: str
    hash: str
    content: str | None
    place: str | None = None


class Head(BaseModel):
    """Where a chain ends; every entry is added by the commit that moves it."""

    model_config = ConfigDict(frozen=True)

    n: int = 0
    hash: str = GENESIS
    at: AwareDatetime | None = None


class Chained(BaseModel):
    """A tenant that has a chain, kept in the system tenant."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    since: AwareDatetime


def rank(n: int) -> str:
    """The number as text that sorts as numbers do."""
    return f"{n:012d}"


# The chain is itself the record of every write: an entry about an entry would never end.
ENTRIES = Collection(
    "entries",
    Entry,
    id=lambda entry: entry.commit,
    indexes=(
        Index("by_n", lambda _: CHAIN, lambda entry: rank(entry.n)),
        Index("by_time", lambda _: CHAIN, lambda entry: f"{entry.at}/{rank(entry.n)}"),
        Index("by_actor", lambda entry: entry.actor, lambda entry: rank(entry.n)),
        Index("by_request", lambda entry: entry.request_id, lambda entry: rank(entry.n)),
    ),
    audit="none",
)
HEADS = Collection("chains", Head, id=lambda _: HEAD, audit="none")
CHAINED = Collection("chained", Chained, id=lambda chained: chained.tenant, audit="none")


def entry_hash(prev: str, text: str) -> str:
    """``SHA-256(h(n-1) || canonical JSON)``, in hexadecimal digits.

    Raises:
        ValueError: ``prev`` is no hexadecimal text.
    """
    return hashlib.sha256(bytes.fromhex(prev) + text.encode()).hexdigest()


def content_of(part: dict[str, Any], n: int) -> dict[str, Any]:
    """What an entry says of a commit's audit part, as the n-th of its chain."""
    request = {"request": part["request"]} if part.get("request") else {}
    return {
        "n": n,
        "tenant": part["tenant"],
        "commit": part["commit"],
        "function": part["function"],
        "who": part["actor"],
        "when": part["at"],
        "correlation": part["correlation"],
        "causation": part["causation"],
        **request,
        "entries": part["audit"],
    }


def entry_of(content: dict[str, Any], prev: str) -> Entry:
    """The content as the entry that follows ``prev``."""
    text = canonical(content)
    return Entry(
        commit=content["commit"],
        n=content["n"],
        at=content["when"],
        actor=content["who"],
        request_id=request_of(content),
        prev=prev,
        hash=entry_hash(prev, text),
        content=text,
    )


def request_of(content: dict[str, Any]) -> str | None:
    """The id of the request that led to the commit; of what no request led to, the correlation's."""
    return content.get("request", {}).get("id") or content.get("correlation") or None


def link_of(entry: Entry, text: str) -> Link:
    """The entry as it is verified.

    An entry whose other fields say something else than its content has no hash: it was touched.
    """
    facts = _facts(text)
    same = (
        facts.get("commit") == entry.commit
        and facts.get("when") == entry.at
        and facts.get("who") == entry.actor
        and request_of(facts) == entry.request_id
    )
    return Link(entry.n, entry.commit, entry.prev, entry.hash if same else "", text, facts)


def _facts(text: str) -> dict[str, Any]:
    try:
        facts = json.loads(text)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
