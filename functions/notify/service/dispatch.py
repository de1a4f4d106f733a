"""Setting deliveries in motion: now by an event, later by a timer."""

from __future__ import annotations

from datetime import datetime

from functions.notify.model.delivery import Delivery
from functions.notify.ports import Post
from steward.contracts.notify import DeliveryDue


def dispatch(delivery: Delivery, *, post: Post, now: datetime) -> None:
    """Have the next attempt made at its time; sending happens in a message of its own."""
    due = DeliveryDue(delivery_id=delivery.id, attempt=delivery.tried + 1)
    if delivery.next_at is None or delivery.next_at <= now:
        post.publish(due)
    else:
        post.at(delivery.next_at, due, key=timer_key(delivery.id))


def timer_key(delivery_id: str) -> str:
    """The one timer that a delivery has."""
    return f"delivery/{delivery_id}"
