"""Adding commits to a chain, in the order in which they come, each once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

from functions.audit.model.canonical import tame
from functions.audit.model.chain import HEAD, Entry, Head, content_of, entry_of
from functions.audit.model.seal import personal, seal
from functions.audit.ports import Chaining

LARGE: Final = 64 * 1024
"""Contents above this lie in the object store: a batch of ten stays far below what commits at once."""


def chain(parts: Sequence[dict[str, Any]], *, to: Chaining) -> int:
    """Add the commits that are not in the chain yet; how many were."""
    fresh = _fresh(parts, to)
    if not fresh:
        return 0
    head = to.books.head.get(HEAD)
    if head is None:
        # In a commit of its own, before: a chain that nobody knows of would never be signed.
        to.registry.note(to.tenant)
        head = Head()
    for part in fresh:
        entry = _entry(part, head, to)
        to.books.entries.add(entry)
        head = Head(n=entry.n, hash=entry.hash, at=to.now)
    to.books.head.put(head)
    return len(fresh)


def _fresh(parts: Sequence[dict[str, Any]], to: Chaining) -> list[dict[str, Any]]:
    known: set[str] = set()
    fresh = []
    for part in parts:
        commit = part["commit"]
        if commit not in known and not to.books.entries.version(commit):
            fresh.append(part)
        known.add(commit)
    return fresh


def _entry(part: dict[str, Any], head: Head, to: Chaining) -> Entry:
    content = tame(content_of(_sealed(part, to), head.n + 1))
    entry = entry_of(content, head.hash)
    text = entry.content or ""
    if len(text) <= LARGE // 4 or len(text.encode()) <= LARGE:
        return entry
    place = to.archive.keep(entry.hash, text)
    return entry.model_copy(update={"content": None, "place": place})


def _sealed(part: dict[str, Any], to: Chaining) -> dict[str, Any]:
    # A Work that is overtaken is done anew, with the part as it came.
    own = copy.deepcopy(part)
    for person, holder, name in personal(own):
        holder[name] = seal(
            holder[name],
            person=person,
            key=to.keys.of(person),
            commit=part["commit"],
            random=to.random,
        )
    return own
