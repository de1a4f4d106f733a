"""Deliveries as they are asked for."""

from __future__ import annotations

from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus, Inbox
from functions.cost.ports import Books
from steward.errors import BadInput
from steward.objects import Objects
from steward.store.collection import Page, encode_cursor
from steward.store.records import Cursor
from steward.store.work import Entities


def listed(
    *,
    books: Books,
    status: BillDeliveryStatus | None,
    source: str | None,
    after: str | None,
    limit: int,
) -> Page[BillDelivery]:
    """Deliveries, newest first: by status, by source, or all of them.

    Raises:
        BadInput: both are asked for.
    """
    kept = books.deliveries
    if status is not None and source is not None:
        raise BadInput("deliveries: by status or by source; leave one of them out")
    if status is not None:
        return kept.query(index="by_status", key=status, after=after, limit=limit, descending=True)
    if source is not None:
        return kept.query(index="by_source", key=source, after=after, limit=limit, descending=True)
    return _all(kept, after=after, limit=limit)


def _all(kept: Entities[BillDelivery], *, after: str | None, limit: int) -> Page[BillDelivery]:
    """Those of every status, merged, as each of them has had its place in that order from the first on."""
    pages = [
        kept.query(index="by_status", key=status, after=after, limit=limit, descending=True)
        for status in BillDeliveryStatus
    ]
    # One that changes its status while it is read may be found in two; it is shown once.
    found = {one.id: one for page in pages for one in page.items}
    ordered = sorted(found.values(), key=_place, reverse=True)
    more = len(ordered) > limit or any(page.cursor is not None for page in pages)
    cursor = encode_cursor(_place(ordered[limit - 1])) if more else None
    return Page(tuple(ordered[:limit]), cursor)


def _place(one: BillDelivery) -> Cursor:
    return Cursor(one.received_at.isoformat(), one.id)


def inbox(*, bills: Objects, root: str) -> Inbox:
    """Where statements are put."""
    place = bills.place(f"{root}any")
    return Inbox(prefix=root, folder=None if place is None else str(place.parent))
