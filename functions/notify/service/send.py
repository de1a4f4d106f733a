"""One attempt of one delivery, and what follows from it."""

from __future__ import annotations

from datetime import datetime

from functions.notify.model.delivery import Attempt, Delivery, DeliveryStatus, Outcome, Verdict
from functions.notify.model.endpoint import Endpoint, EndpointStatus
from functions.notify.ports import Books, Carrier, Post
from functions.notify.service.dispatch import dispatch
from steward.contracts.notify import (
    DeliveryDue,
    EndpointDisabled,
    MessageDeadLettered,
    MessageDelivered,
    MessageFailed,
    MessageView,
)


def send(
    due: DeliveryDue, *, books: Books, carrier: Carrier, post: Post, now: datetime
) -> Attempt | None:
    """Make the attempt that is due and plan the next; None when there was nothing to send.

    A crash between the answer of the far side and the commit makes the same attempt again, under the
    same webhook id.
    """
    delivery = books.deliveries.get(due.delivery_id)
    if delivery is None or not delivery.awaits(due.attempt):
        return None
    endpoint = books.endpoints.get(delivery.endpoint_id)
    if endpoint is None or endpoint.status is EndpointStatus.DISABLED:
        after = delivery.given_up(_no_endpoint(endpoint), now=now)
        books.deliveries.put(after)
        post.publish(MessageDeadLettered(message=view(after, endpoint), reason=after.reason))
        return None
    outcome = carrier.carry(delivery, endpoint, now=now)
    after = delivery.after(outcome, now=now)
    books.deliveries.put(after)
    _tell(after, endpoint, outcome, post=post, now=now)
    if outcome.verdict is Verdict.GONE:
        books.endpoints.put(endpoint.disabled(outcome.error, now=now))
        post.publish(
            EndpointDisabled(endpoint_id=endpoint.id, name=endpoint.name, reason=outcome.error)
        )
    return after.attempts[-1]


def view(delivery: Delivery, endpoint: Endpoint | None) -> MessageView:
    """The delivery as others see it."""
    return MessageView(
        delivery_id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        endpoint_kind=None if endpoint is None else endpoint.destination.kind,
        event_id=delivery.notice.event_id,
        event_type=delivery.notice.event_type,
        about=delivery.notice.finding_id,
        attempts=delivery.tried,
    )


def _tell(
    after: Delivery, endpoint: Endpoint, outcome: Outcome, *, post: Post, now: datetime
) -> None:
    message = view(after, endpoint)
    if after.status is DeliveryStatus.DELIVERED:
        post.publish(MessageDelivered(message=message))
    elif after.status is DeliveryStatus.DEAD_LETTERED:
        post.publish(MessageDeadLettered(message=message, reason=after.reason))
    elif after.next_at is not None:
        post.publish(MessageFailed(message=message, error=outcome.error, next_at=after.next_at))
        dispatch(after, post=post, now=now)


def _no_endpoint(endpoint: Endpoint | None) -> str:
    if endpoint is None:
        return "endpoint deleted"
    return f"endpoint disabled: {endpoint.disabled_reason}"
