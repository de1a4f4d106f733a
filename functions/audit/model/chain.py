"""The chain: one tenant's entries, each of which holds all before it by one hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic_core import from_json

from functions.audit.model.canonical import canonical
from steward.store.collection import Collection, Index

GENESIS: Final = "0" * 64
"""What the first entry follows."""
CHAIN: Final = "chain"
HEAD: Final = "head"


class Link(NamedTuple):
    """An entry as it is verified: its place, what it follows, its own hash, its canonical text.

    ``facts`` is what the text says, nothing when it is no JSON; ``same`` is whether what is stored
    beside the text says no other.
    """

    n: int
    commit: str
    prev: str
    hash: str
    text: str
    facts: dict[str, Any]
    same: bool = True


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
        ValueError: ``prev`` is no hash, in the one way to write it.
    """
    before = bytes.fromhex(prev)
    if before.hex() != prev:
        raise ValueError(f"{prev[:80]!r}: no hash in lowercase hexadecimal digits")
    return hashlib.sha256(before + text.encode()).hexdigest()


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
    request = content.get("request")
    own = request.get("id") if isinstance(request, dict) else None
    return own or content.get("correlation") or None


def damaged(n: int, commit: str) -> Entry:
    """What stands for an entry that can be read no more."""
    return Entry(commit=commit, n=n, at="", actor="", request_id=None, prev="", hash="", content="")


def told(text: str) -> dict[str, Any] | None:
    """What a canonical text says; None when it is none that was ever chained."""
    facts = _facts(text)
    names = [facts.get(name) for name in ("commit", "who", "when", "function")]
    changes = facts.get("entries")
    whole = (
        type(facts.get("n")) is int
        and all(isinstance(name, str) for name in names)
        and isinstance(facts.get("request", {}), dict)
        and isinstance(changes, list)
        and all(map(_names_an_entity, changes))
    )
    return facts if whole else None


def _names_an_entity(change: object) -> bool:
    names = ("verb", "table", "collection", "id")
    return isinstance(change, dict) and all(isinstance(change.get(n), str) for n in names)


def stored(body: str) -> dict[str, Any]:
    """An entry as it is stored, not validated: what is no entry at all has no fields."""
    return _facts(body)


def link_of(fields: dict[str, Any], text: str, n: int) -> Link:
    """The stored entry as it is verified, where the n-th is due.

    What the API shows beside the content is held against it; what has no number, or another than the
    content that is due here, is taken for the n-th.
    """
    facts = _facts(text)
    own = fields.get("n")
    place = own if type(own) is int and own > 0 and facts.get("n") != n else n
    return Link(
        place,
        _text(fields, "commit"),
        _text(fields, "prev"),
        _text(fields, "hash"),
        text,
        facts,
        same=type(own) is int and own == place and _same(fields, facts),
    )


def _same(fields: dict[str, Any], facts: dict[str, Any]) -> bool:
    return (
        facts.get("commit") == fields.get("commit")
        and facts.get("when") == fields.get("at")
        and facts.get("who") == fields.get("actor")
        and request_of(facts) == fields.get("request_id")
        # The content lies here or elsewhere: of two, one would be shown and the other verified.
        and (fields.get("content") is None) != (fields.get("place") is None)
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _facts(text: str) -> dict[str, Any]:
    try:
        facts = from_json(text)
    except ValueError:
        facts = _deep(text)
    return facts if isinstance(facts, dict) else {}


def _deep(text: str) -> Any:
    # The fast reader refuses what is nested deeply, and the standard library's what no chain holds.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
