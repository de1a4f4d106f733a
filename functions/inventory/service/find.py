"""Finding resources and reading their history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import AwareDatetime

from functions.inventory.model.collections import RESOURCES
from functions.inventory.model.patch import Patch
from functions.inventory.model.resource import (
    DELETED,
    Change,
    Effect,
    Frozen,
    Resource,
    Source,
)
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.past import show_at
from steward.contracts.inventory import Actor, ResourceView
from steward.errors import BadInput
from steward.identity.items import Facts
from steward.store.collection import Page, encode_cursor
from steward.store.records import Cursor

PAGE = 100
BUDGET = 20
"""Pages of the store that one request reads at most; the cursor goes on from there."""


class Filter(Frozen):
    """Which resources are wanted; what is None does not matter. ``tag`` is ``key`` or ``key=value``."""

    provider: str | None = None
    account: str | None = None
    region: str | None = None
    type: str | None = None
    tag: str | None = None
    state: str | None = None

    def index(self) -> tuple[str, str] | None:
        """The declared index that narrows best, and its key; None when a walk by id is as good."""
        if self.state == DELETED:
            return "by_state", DELETED
        for name, key in (
            ("by_type", self.type),
            ("by_account", self.account),
            ("by_region", self.region),
            ("by_state", self.state),
        ):
            if key is not None:
                return name, key
        return None

    def takes(self, resource: Resource) -> bool:
        """Whether the resource is wanted; one that is deleted only when asked for by that state."""
        subject, facts = resource.subject, resource.facts
        if facts.deleted and self.state != DELETED:
            return False
        asked = (
            (self.provider, subject.provider),
            (self.account, subject.account),
            (self.region, subject.region),
            (self.type, subject.type),
            (self.state, facts.state),
        )
        return all(want in (None, have) for want, have in asked) and self._tagged(facts.tags)

    def _tagged(self, tags: dict[str, str]) -> bool:
        if self.tag is None:
            return True
        key, equals, value = self.tag.partition("=")
        return key in tags and (not equals or tags[key] == value)


class ResourceSummary(Frozen):
    """A resource in a list: without its configuration and relations."""

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
    version: int

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id, self.provider, self.account, self.tags)


class ChangeView(Frozen):
    """An entry of a resource's history; ``patch`` is JSON Patch with the value before each step."""

    id: str
    at: AwareDatetime
    source: Source
    effect: Effect
    action: str
    event_id: str
    actor: Actor | None
    patch: Patch


def find(
    wanted: Filter, *, ledger: Ledger, cursor: str | None = None, limit: int = 50
) -> Page[ResourceSummary]:
    """A page of the resources that a filter takes, in the order of the index that narrows best.

    A page may be shorter than ``limit``, even empty, and still have a cursor: the filter reads a bounded
    part of the inventory at a time, and what the caller may not see is left out afterwards.

    Raises:
        BadInput: the cursor is not of this list.
    """
    found: list[ResourceSummary] = []
    last: Resource | None = None
    for resource in _walk(wanted, ledger, cursor, first=min(limit, PAGE)):
        if resource is None:
            break
        last = resource
        if wanted.takes(resource):
            found.append(_summary(resource))
        if len(found) == limit:
            break
    else:
        last = None
    return Page(tuple(found), None if last is None else _cursor_after(wanted, last))


def show(id_: str, *, ledger: Ledger, at: datetime | None = None) -> ResourceView:
    """A resource as it is now, or as it was at an instant.

    Raises:
        NotFound: there is none, or it was not known yet.
        TooLarge: the instant lies behind more entries than one request reads.
    """
    resource = ledger.resources.require(id_)
    return resource.view() if at is None else show_at(resource, at, ledger=ledger)


def history(
    id_: str, *, ledger: Ledger, cursor: str | None = None, limit: int = 50
) -> Page[ChangeView]:
    """A resource's changes, newest first; captures that only confirmed what was known are left out.

    Raises:
        NotFound: there is no such resource.
    """
    ledger.resources.require(id_)
    page = ledger.changes.query(
        index="by_resource", key=id_, after=cursor, limit=limit, descending=True
    )
    views = (_change_view(change.unpacked()) for change in page.items)
    return Page(tuple(one for one in views if one.patch), page.cursor)


def instant(text: str) -> datetime:
    """An RFC 3339 instant from a query string, where a plus sign may have become a space.

    Raises:
        BadInput: it is none.
    """
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if text[10:11] == "T" else text)
    except ValueError as error:
        raise BadInput(f"at {text[:40]!r}: use RFC 3339, such as 2026-01-31T08:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _walk(
    wanted: Filter, ledger: Ledger, cursor: str | None, *, first: int
) -> Iterator[Resource | None]:
    """The resources after the cursor, and None when the budget is used up before the end.

    The first read is of ``first``: where the index alone decides, no resource is parsed in vain.
    """
    index = wanted.index()
    for number in range(BUDGET):
        size = PAGE if number else first
        if index is None:
            page = ledger.resources.list(after=cursor, limit=size)
        else:
            page = ledger.resources.query(index=index[0], key=index[1], after=cursor, limit=size)
        yield from page.items
        if page.cursor is None:
            return
        cursor = page.cursor
    yield None


def _cursor_after(wanted: Filter, resource: Resource) -> str:
    index = wanted.index()
    sort = "" if index is None else RESOURCES.slot_of(index[0])[1].sort(resource)
    return encode_cursor(Cursor(sort, resource.id))


def _summary(resource: Resource) -> ResourceSummary:
    subject, facts = resource.subject, resource.facts
    return ResourceSummary(
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
        captured_at=resource.captured_at,
        version=resource.version,
    )


def _change_view(change: Change) -> ChangeView:
    return ChangeView(
        id=change.id,
        at=change.at,
        source=change.source,
        effect=change.effect,
        action=change.action,
        event_id=change.event_id,
        actor=change.actor,
        patch=change.patch,
    )
