"""What the notifications need: their books, a post for events, a carrier for messages, a vault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, TypeAlias

from functions.notify.model.delivery import KEPT_FOR, Delivery, Outcome
from functions.notify.model.endpoint import Endpoint
from functions.notify.model.mail import Mail
from functions.notify.model.notice import Known
from functions.notify.model.quiet import Pulse
from functions.notify.model.route import MAX_ROUTES, Route
from steward.contracts.event import Event
from steward.standard_webhooks import KeyPair
from steward.store.collection import Collection, Index, Retention
from steward.store.work import Entities

ENDPOINTS = Collection("endpoints", Endpoint, id=lambda endpoint: endpoint.id)
ROUTES = Collection("routes", Route, id=lambda route: route.id)
# A delivery is itself the record of what was sent; the audit trail holds who asked for it.
DELIVERIES = Collection(
    "deliveries",
    Delivery,
    id=lambda delivery: delivery.id,
    indexes=(
        Index("by_status", lambda each: each.status, lambda each: each.created_at.isoformat(), 4),
        Index(
            "by_endpoint", lambda each: each.endpoint_id, lambda each: each.created_at.isoformat()
        ),
        Index(
            "by_finding",
            lambda each: each.notice.finding_id,
            lambda each: each.created_at.isoformat(),
        ),
    ),
    retention=Retention(
        since=lambda delivery: delivery.created_at, days=KEPT_FOR.days, bounds=(7, 400)
    ),
    audit="none",
)
PULSES = Collection(
    "pulses",
    Pulse,
    id=lambda pulse: pulse.id,
    # A week is the longest quiet time, and what is held counts as told for one more.
    expires=lambda pulse: pulse.until + KEPT_FOR,
    audit="none",
    listed=False,
)
KNOWN = Collection("known", Known, id=lambda known: known.finding_id, audit="none")


@dataclass(frozen=True, slots=True)
class Books:
    """What the notifications keep, within one Work."""

    endpoints: Entities[Endpoint]
    routes: Entities[Route]
    deliveries: Entities[Delivery]
    pulses: Entities[Pulse]
    known: Entities[Known]

    def all_routes(self) -> tuple[Route, ...]:
        """Every route; there are few."""
        return self.routes.list(limit=MAX_ROUTES).items


class Post(Protocol):
    """Events and timers that leave with the commit."""

    def publish(self, event: Event) -> None:
        """Publish the event."""
        ...

    def at(self, when: datetime, event: Event, *, key: str) -> None:
        """Publish the event at that time, in the place of an earlier timer of the same key."""
        ...

    def cancel(self, key: str) -> None:
        """Drop the timer."""
        ...


class Forged(NamedTuple):
    """A fresh key and a name no other key has."""

    name: str
    pair: KeyPair


Forge: TypeAlias = Callable[[Literal["hmac", "ed25519"]], Forged]
CheckUrl: TypeAlias = Callable[[str], object]


class Carrier(Protocol):
    """Makes one attempt; what goes wrong on the way is an outcome, not an error."""

    def carry(self, delivery: Delivery, endpoint: Endpoint, *, now: datetime) -> Outcome:
        """Send the delivery's notice to the endpoint."""
        ...


class Mailer(Protocol):
    """Sends e-mail."""

    def send(self, mail: Mail) -> str:
        """Hand the message over; answers the carrier's id for it.

        Raises:
            Transient: it may work later.
            Permanent: it will not.
        """
        ...


class Vault(Protocol):
    """Secret values by name."""

    def get(self, name: str) -> str:
        """The value.

        Raises:
            NotFound: there is none of that name.
        """
        ...

    def put(self, name: str, value: str) -> None:
        """Set the value."""
        ...

    def delete(self, name: str) -> None:
        """Remove the value."""
        ...
