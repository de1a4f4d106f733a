"""Finding entries, and what they amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from functions.audit.model.chain import CHAIN, Entry, told
from functions.audit.model.seal import opened
from functions.audit.ports import Archive, Books, Keys
from functions.audit.service.reading import content_at, entry_at, text_of, unreadable
from steward.store.collection import Page

SCANNED: Final = 2000
"""Entries that one request looks at; the cursor goes on from there."""
SUMMED: Final = 10_000


class Wanted(NamedTuple):
    """What an entry must be; None lets everything through."""

    actor: str | None = None
    resource: str | None = None
    verb: str | None = None
    since: str | None = None
    until: str | None = None
    request: str | None = None
    text: str | None = None

    def takes(self, content: dict[str, Any], text: str) -> bool:
        """Whether the entry is what is wanted."""
        return (
            (self.actor is None or content["who"] == self.actor)
            and (self.since is None or content["when"] >= self.since)
            and (self.until is None or content["when"] <= self.until)
            and (self.text is None or self.text.casefold() in text.casefold())
            and any(self._takes_change(change) for change in content["entries"])
        )

    def _takes_change(self, change: dict[str, Any]) -> bool:
        place = resource_of(change)
        wanted = self.resource
        return self.verb in (None, change["verb"]) and (
            wanted is None
            or place == wanted
            or place.startswith(f"{wanted}/")
            or change["id"] == wanted
        )


class Change(BaseModel):
    """What was done to which entity."""

    model_config = ConfigDict(frozen=True)

    verb: str
    resource: str


class EntryView(BaseModel):
    """One entry of a list."""

    model_config = ConfigDict(frozen=True)

    n: int
    when: str
    who: str
    function: str
    request_id: str | None
    changes: tuple[Change, ...]
    hash: str
    damaged: bool = False
    """Whether what stands there is nothing that was ever chained; no filter passes it over."""


class EntryDetail(BaseModel):
    """One entry whole: ``content`` as it was hashed, so that anybody can do the sum again."""

    model_config = ConfigDict(frozen=True)

    n: int
    prev: str
    hash: str
    content: dict[str, Any]


class AuditSummary(BaseModel):
    """Who did what how often; ``whole`` unless there was more than is looked at."""

    model_config = ConfigDict(frozen=True)

    entries: int
    whole: bool
    first: int | None
    last: int | None
    by_actor: dict[str, int]
    by_verb: dict[str, int]
    by_resource: dict[str, int]
    damaged: int = 0
    """Entries that can be read no more, and are counted in nothing else."""


def resource_of(change: dict[str, Any]) -> str:
    """The entity's place: table, collection and id."""
    return f"{change['table']}/{change['collection']}/{change['id']}"


def moment(when: datetime | None) -> str | None:
    """A time as entries have it: in UTC."""
    return None if when is None else when.astimezone(UTC).isoformat()


def find(
    wanted: Wanted, *, books: Books, archive: Archive, cursor: str | None, limit: int
) -> Page[EntryView]:
    """The newest entries that are wanted; a page may be short of the limit and yet have a next."""
    found: list[EntryView] = []
    scanned = 0
    while True:
        page = _page(wanted, books, cursor, limit - len(found))
        found += [_view(entry, content) for entry, content in _taken(page, wanted, archive)]
        scanned, cursor = scanned + len(page.items), page.cursor
        if cursor is None or len(found) >= limit or scanned >= SCANNED:
            return Page(tuple(found), cursor)


def summarise(wanted: Wanted, *, books: Books, archive: Archive) -> AuditSummary:
    """What the wanted entries amount to."""
    counts = {name: Counter[str]() for name in ("actor", "verb", "resource")}
    numbers: list[int] = []
    scanned, lost, cursor = 0, 0, None
    while True:
        page = _page(wanted, books, cursor, 500)
        for entry, content in _taken(page, wanted, archive):
            if content is None:
                lost += 1
                continue
            numbers.append(entry.n)
            counts["actor"][content["who"]] += 1
            for change in content["entries"]:
                counts["verb"][change["verb"]] += 1
                counts["resource"][f"{change['table']}/{change['collection']}"] += 1
        scanned, cursor = scanned + len(page.items), page.cursor
        if cursor is None or scanned >= SUMMED:
            break
    return AuditSummary(
        entries=len(numbers),
        whole=cursor is None,
        first=min(numbers, default=None),
        last=max(numbers, default=None),
        by_actor=dict(counts["actor"].most_common(50)),
        by_verb=dict(counts["verb"].most_common()),
        by_resource=dict(counts["resource"].most_common(50)),
        damaged=lost,
    )


def detail(n: int, *, books: Books, archive: Archive) -> EntryDetail:
    """One entry.

    Raises:
        NotFound: there is none of that number.
        Damaged: what stands there is nothing that was ever chained.
    """
    entry = entry_at(books, n)
    content = content_at(entry, archive)
    return EntryDetail(n=entry.n, prev=entry.prev, hash=entry.hash, content=content)


def reveal(n: int, *, books: Books, archive: Archive, keys: Keys) -> EntryDetail:
    """One entry with what is sealed in it opened, as far as the persons still have keys.

    Raises:
        NotFound: there is none of that number.
        Damaged: what stands there is nothing that was ever chained.
    """
    shown = detail(n, books=books, archive=archive)
    commit = str(shown.content.get("commit"))
    content = opened(shown.content, commit=commit, keys=keys.known)
    return shown.model_copy(update={"content": content})


def _page(wanted: Wanted, books: Books, cursor: str | None, limit: int) -> Page[Entry]:
    index, key = "by_n", CHAIN
    low = high = None
    if wanted.request is not None:
        index, key = "by_request", wanted.request
    elif wanted.actor is not None:
        index, key = "by_actor", wanted.actor
    elif wanted.since is not None or wanted.until is not None:
        index = "by_time"
        # The sort value goes on with the number, so the last moment needs something above it.
        low, high = wanted.since, wanted.until and f"{wanted.until}0"
    return books.entries.query(
        index=index,
        key=key,
        after=cursor,
        limit=limit,
        descending=True,
        low=low,
        high=high,
        otherwise=unreadable,
    )


def _taken(
    page: Page[Entry], wanted: Wanted, archive: Archive
) -> Iterator[tuple[Entry, dict[str, Any] | None]]:
    for entry in page.items:
        text = text_of(entry, archive)
        content = told(text)
        if content is None or wanted.takes(content, text):
            yield entry, content


def _view(entry: Entry, content: dict[str, Any] | None) -> EntryView:
    changes = () if content is None else content["entries"]
    return EntryView(
        n=entry.n,
        when=entry.at,
        who=entry.actor,
        function="" if content is None else content["function"],
        request_id=entry.request_id,
        changes=tuple(
            Change(verb=change["verb"], resource=resource_of(change)) for change in changes
        ),
        hash=entry.hash,
        damaged=content is None,
    )


class TrailKey(BaseModel):
    """A public key that verifies signed heads."""

    model_config = ConfigDict(frozen=True)

    id: str
    algorithm: str
    pem: str


def no_number(value: object) -> object:
    """The text of an instant; a bare number, which could count anything, is none.

    Raises:
        ValueError: it is a number.
    """
    if isinstance(value, str) and value.strip().lstrip("+-").replace(".", "", 1).isdigit():
        raise ValueError("use RFC 3339, such as 2026-01-31T08:00:00Z")
    return value
