"""What the cost concern keeps, and what it needs of the outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus
from steward.contracts.event import Event
from steward.store.collection import Collection, Index
from steward.store.work import Entities

# A delivery is itself the record of what came; the audit trail holds whose doing it was.
DELIVERIES = Collection(
    "deliveries",
    BillDelivery,
    id=lambda delivery: delivery.id,
    indexes=(
        Index("by_status", lambda one: one.status, lambda one: one.received_at.isoformat(), 4),
        Index("by_source", lambda one: one.source, lambda one: one.received_at.isoformat()),
        Index(
            "waiting",
            lambda one: one.source if one.status is BillDeliveryStatus.WAITING else None,
            lambda one: one.received_at.isoformat(),
        ),
    ),
    audit="digest",
)


@dataclass(frozen=True, slots=True)
class Books:
    """What is kept of deliveries, within one Work."""

    deliveries: Entities[BillDelivery]


class Post(Protocol):
    """Events that leave with the commit; a tick may tell any tenant."""

    def publish(self, event: Event, *, tenant: str | None = None) -> None:
        """Publish the event."""
        ...
