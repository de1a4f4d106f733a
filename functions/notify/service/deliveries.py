"""Reading the delivery log, and sending again by hand."""

from __future__ import annotations

from datetime import datetime

from functions.notify.model.delivery import Delivery, DeliveryStatus
from functions.notify.ports import Books, Post
from functions.notify.service.dispatch import dispatch
from steward.errors import BadInput
from steward.store.collection import Page


def find(
    *,
    books: Books,
    status: DeliveryStatus | None,
    endpoint_id: str | None,
    finding_id: str | None,
    after: str | None,
    limit: int,
) -> Page[Delivery]:
    """Deliveries by one condition, newest first, or all by id.

    Raises:
        BadInput: more than one condition.
    """
    given = [
        (index, key)
        for index, key in (
            ("by_status", status),
            ("by_endpoint", endpoint_id),
            ("by_finding", finding_id),
        )
        if key is not None
    ]
    if len(given) > 1:
        raise BadInput("deliveries: filter by one of status, endpoint_id and finding_id at a time")
    if not given:
        return books.deliveries.list(after=after, limit=limit)
    index, key = given[0]
    return books.deliveries.query(index=index, key=key, after=after, limit=limit, descending=True)


def replay(delivery: Delivery, *, books: Books, post: Post, now: datetime) -> Delivery:
    """The delivery, due again at once under the same webhook id.

    Raises:
        BadInput: an attempt is planned already.
    """
    if delivery.status is DeliveryStatus.PENDING:
        when = "now" if delivery.next_at is None else delivery.next_at.isoformat()
        raise BadInput(f"delivery {delivery.id}: an attempt is planned for {when}; wait for it")
    again = delivery.replayed(now=now)
    books.deliveries.put(again)
    dispatch(again, post=post, now=now)
    return again
