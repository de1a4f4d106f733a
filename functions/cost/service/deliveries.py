"""Deliveries as they are asked for."""

from __future__ import annotations

from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus, Inbox
from functions.cost.ports import Books
from steward.errors import BadInput
from steward.objects import Objects
from steward.store.collection import Page


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
    return kept.query(index="by_arrival", key="all", after=after, limit=limit, descending=True)


def inbox(*, bills: Objects, root: str) -> Inbox:
    """Where statements are put."""
    place = bills.place(f"{root}any")
    return Inbox(prefix=root, folder=None if place is None else str(place.parent))
