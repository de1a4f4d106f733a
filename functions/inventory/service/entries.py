"""Changes in the order of their instants: of one resource, of an account, of an actor."""

from __future__ import annotations

from datetime import datetime

from functions.inventory.model.collections import sort_of
from functions.inventory.model.resource import Change
from functions.inventory.model.timeline import after, instant_of
from functions.inventory.service.find import ChangeView, change_view
from functions.inventory.service.ledger import Ledger
from steward.errors import BadInput
from steward.identity.items import Facts
from steward.store.collection import Page


class Entry(ChangeView):
    """A change, and the resource that it is of."""

    resource_id: str
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    tags: dict[str, str]

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.resource_id, self.provider, self.account, self.tags)


def timeline(  # one a query parameter
    *,
    ledger: Ledger,
    resource: str | None = None,
    account: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Entry]:
    """The changes of a resource, of an account or by an actor, newest first.

    Captures that only confirmed what was known are left out, so that a page may be shorter than ``limit``.

    Raises:
        BadInput: not exactly one of the three is given.
    """
    index, key = _index(resource, account, actor)
    page = ledger.changes.query(
        index=index,
        key=key,
        after=cursor,
        limit=limit,
        descending=True,
        low=None if since is None else instant_of(since),
        high=None if until is None else after(until),
        keep=False,
    )
    plain = (change.unpacked() for change in page.items)
    found = (_entry(change, ledger) for change in plain if change.patch)
    return Page(tuple(one for one in found if one is not None), page.cursor)


def _index(resource: str | None, account: str | None, actor: str | None) -> tuple[str, str]:
    asked = (("by_resource", resource), ("by_account", account), ("by_actor", actor))
    given = [(index, value) for index, value in asked if value]
    if len(given) != 1:
        raise BadInput(f"{len(given)} of resource, account and actor are given; give exactly one")
    index, value = given[0]
    return index, sort_of(value) if index == "by_actor" else value


def _entry(change: Change, ledger: Ledger) -> Entry | None:
    resource = ledger.resources.get(change.resource_id)
    if resource is None:
        return None
    subject = resource.subject
    return Entry(
        **dict(change_view(change)),
        resource_id=resource.id,
        provider=subject.provider,
        account=subject.account,
        region=subject.region,
        type=subject.type,
        native_id=subject.native_id,
        tags=resource.facts.tags,
    )
