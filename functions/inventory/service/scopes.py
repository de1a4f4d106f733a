"""A part of the inventory as it was: by account, type, region and tag, deleted resources included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from pydantic import AwareDatetime

from functions.inventory.model import patch
from functions.inventory.model.collections import RESOURCES, shelf
from functions.inventory.model.resource import DELETED, Frozen, Resource, Subject
from functions.inventory.model.resource import Facts as ResourceFacts
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.past import Then, then
from steward.errors import BadInput
from steward.identity.items import Facts
from steward.store.collection import Page, encode_cursor
from steward.store.records import Cursor

READ = 200
"""Histories that one request reads at most; the cursor goes on from there."""
PASSED = 5_000
"""Resources that one request passes over at most without reading their histories."""
_PAGE = 100


class Scope(Frozen):
    """A part of the inventory; what is None does not matter. ``tag`` is ``key`` or ``key=value``.

    What is deleted belongs to it only when its state is asked for.
    """

    provider: str | None = None
    account: str | None = None
    region: str | None = None
    type: str | None = None
    tag: str | None = None
    state: str | None = None

    def index(self) -> tuple[str, str] | None:
        """The declared index that narrows best, and its key; None when a walk by id is as good."""
        asked = (("by_type", self.type), ("by_account", self.account))
        return next(((index, key) for index, key in asked if key is not None), None)

    def holds(self, subject: Subject) -> bool:
        """Whether what never changes of a resource is wanted."""
        asked = (
            (self.provider, subject.provider),
            (self.account, subject.account),
            (self.region, subject.region),
            (self.type, subject.type),
        )
        return all(want in {None, have} for want, have in asked)

    def takes(self, facts: ResourceFacts) -> bool:
        """Whether the facts of an instant are wanted."""
        if facts.deleted and self.state != DELETED:
            return False
        return self.state in {None, facts.state} and self._tagged(facts.tags)

    def _tagged(self, tags: dict[str, str]) -> bool:
        if self.tag is None:
            return True
        key, equals, value = self.tag.partition("=")
        return key in tags and (not equals or tags[key] == value)


class ResourceState(Frozen):
    """A resource as it was at an instant, without its configuration and relations."""

    id: str
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    arn: str | None
    name: str | None
    tags: dict[str, str]
    state: str
    partial: str | None
    captured_at: AwareDatetime

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id, self.provider, self.account, self.tags)


What: TypeAlias = Literal["added", "changed", "removed"]


class Difference(Frozen):
    """How one resource differs between two instants; ``patch`` is JSON Patch with the values before."""

    what: What
    id: str
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    name: str | None
    tags: dict[str, str]
    patch: patch.Patch

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id, self.provider, self.account, self.tags)


class Span(NamedTuple):
    """From one instant to a later one."""

    since: AwareDatetime
    until: AwareDatetime

    @classmethod
    def of(cls, since: datetime, until: datetime) -> Span:
        """The span between the two.

        Raises:
            BadInput: they are the wrong way round.
        """
        if until <= since:
            raise BadInput(
                f"until {until.isoformat()} is not after since {since.isoformat()}; swap them"
            )
        return cls(since, until)


class Place(NamedTuple):
    """A resource of a walk, and the cursor with which a walk goes on after it."""

    resource: Resource
    cursor: str


def states(
    scope: Scope, at: datetime, *, ledger: Ledger, cursor: str | None = None, limit: int = 50
) -> Page[ResourceState]:
    """The resources of a scope as they were at an instant.

    A page may be shorter than ``limit``, even empty, and still have a cursor.

    Raises:
        BadInput: the cursor is not of this list.
    """
    found: list[ResourceState] = []
    read = 0
    for passed, place in enumerate(_walk(scope, cursor, ledger), start=1):
        if scope.holds(place.resource.subject):
            read += 1
            was = then(place.resource, at, ledger=ledger)
            if was is not None and scope.takes(was.facts):
                found.append(_state(place.resource, was))
        if len(found) == limit or read == READ or passed == PASSED:
            return Page(tuple(found), place.cursor)
    return Page(tuple(found))


def differences(
    scope: Scope, span: Span, *, ledger: Ledger, cursor: str | None = None, limit: int = 50
) -> Page[Difference]:
    """How the resources of a scope differ between two instants; a tag counts at either of them.

    A page may be shorter than ``limit``, even empty, and still have a cursor.

    Raises:
        BadInput: the cursor is not of this list.
    """
    found: list[Difference] = []
    read = 0
    for passed, place in enumerate(_walk(scope, cursor, ledger), start=1):
        # Whose newest entry is older than both instants was the same at both.
        resource = place.resource
        if scope.holds(resource.subject) and resource.captured_at > span.since:
            read += 1
            one = difference(resource, span, ledger=ledger, scope=scope)
            found += [one] if one is not None else []
        if len(found) == limit or read == READ or passed == PASSED:
            return Page(tuple(found), place.cursor)
    return Page(tuple(found))


def difference(
    resource: Resource, span: Span, *, ledger: Ledger, scope: Scope | None = None
) -> Difference | None:
    """How a resource differs between two instants; None when it does not."""
    before = _there(then(resource, span.since, ledger=ledger))
    after = _there(then(resource, span.until, ledger=ledger))
    sides = [one for one in (before, after) if one is not None]
    if not sides or (scope is not None and not any(scope.takes(one) for one in sides)):
        return None
    steps = patch.diff(*({} if one is None else one.document() for one in (before, after)))
    what: What = "added" if before is None else "removed" if after is None else "changed"
    return _difference(what, resource, sides[-1], steps) if steps else None


def _difference(
    what: What, resource: Resource, facts: ResourceFacts, steps: patch.Patch
) -> Difference:
    subject = resource.subject
    return Difference(
        what=what,
        id=resource.id,
        provider=subject.provider,
        account=subject.account,
        region=subject.region,
        type=subject.type,
        native_id=subject.native_id,
        name=facts.name,
        tags=facts.tags,
        patch=steps,
    )


def _there(was: Then | None) -> ResourceFacts | None:
    return None if was is None or was.facts.deleted else was.facts


def _state(resource: Resource, was: Then) -> ResourceState:
    subject, facts = resource.subject, was.facts
    return ResourceState(
        id=resource.id,
        provider=subject.provider,
        account=subject.account,
        region=subject.region,
        type=subject.type,
        native_id=subject.native_id,
        arn=facts.arn,
        name=facts.name,
        tags=facts.tags,
        state=facts.state,
        partial=facts.partial,
        captured_at=was.change.at,
    )


def _walk(scope: Scope, cursor: str | None, ledger: Ledger) -> Iterator[Place]:
    """What is there, then what was: each on its shelf of the index that narrows best."""
    index = scope.index()
    start, _, inner = (cursor or "0.").partition(".")
    shelves = (None,) if index is None else (index[1], shelf(index[1], deleted=True))
    if not start.isdecimal() or int(start) >= len(shelves):
        raise BadInput(f"cursor {str(cursor)[:40]!r}: not a cursor of this list; start without one")
    for number in range(int(start), len(shelves)):
        yield from _shelf(index, shelves[number], number, inner or None, ledger)
        inner = ""


def _shelf(
    index: tuple[str, str] | None, key: str | None, number: int, after: str | None, ledger: Ledger
) -> Iterator[Place]:
    while True:
        if index is None or key is None:
            page = ledger.resources.list(after=after, limit=_PAGE)
        else:
            page = ledger.resources.query(
                index=index[0], key=key, after=after, limit=_PAGE, keep=False
            )
        for one in page.items:
            sort = "" if index is None else RESOURCES.slot_of(index[0])[1].sort(one)
            yield Place(one, f"{number}.{encode_cursor(Cursor(sort, one.id))}")
        after = page.cursor
        if after is None:
            return
