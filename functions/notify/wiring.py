"""The composition root of the notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.notify.adapters.carrier import Courier
from functions.notify.adapters.mailer import SesMailer, ses
from functions.notify.adapters.workshop import forge, sender
from functions.notify.model.endpoint import Endpoint
from functions.notify.ports import (
    DELIVERIES,
    ENDPOINTS,
    KNOWN,
    PULSES,
    ROUTES,
    Books,
    Carrier,
    Post,
)
from functions.notify.service.endpoints import Workshop
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.privacy import Holding
from steward.store.work import Work


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers hand to the use cases."""

    books: Books
    post: Post
    carrier: Carrier
    workshop: Workshop
    now: datetime
    event_id: str
    """The id of the event being handled; empty for a request."""
    fresh_id: str
    """An id for what this Work creates."""


def wire(work: Work) -> Deps:
    """The ports over this Work and the function's resources."""
    resources = current()
    table = work.table("notify")
    books = Books(
        table.of(ENDPOINTS),
        table.of(ROUTES),
        table.of(DELIVERIES),
        table.of(PULSES),
        table.of(KNOWN),
    )
    outbound = sender(resources.environment)
    return Deps(
        books=books,
        post=work,
        carrier=Courier(outbound, resources.secrets, SesMailer(ses)),
        workshop=Workshop(work.tenant, resources.secrets, forge, outbound.target),
        now=work.now,
        event_id=work.causation_id,
        fresh_id=work.new_id(),
    )


def ground() -> Ground:
    """What the notifications hold: an endpoint's secrets go with it."""

    def discard(endpoint: Endpoint) -> None:
        for secret in endpoint.secrets:
            current().secrets.delete(secret)

    recipients = {"destination.to": "destination.to"}
    return Ground(
        "notify",
        (
            Holding("notify", ENDPOINTS, named=recipients, discard=discard),
            Holding("notify", ROUTES),
            Holding("notify", DELIVERIES),
            Holding("notify", KNOWN),
        ),
    )
