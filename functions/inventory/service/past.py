"""What a resource was at an instant: from the nearest key frame above it, back to the instant."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from functions.inventory.model.resource import Change, Facts, Resource, view
from functions.inventory.model.timeline import after, taken_back
from functions.inventory.service.ledger import WALK, Ledger
from steward.contracts.inventory import ResourceView
from steward.errors import NotFound, TooLarge


class Then(NamedTuple):
    """The facts at an instant, and the entry that had made them so."""

    facts: Facts
    change: Change


def then(resource: Resource, at: datetime, *, ledger: Ledger) -> Then | None:
    """What a resource was at an instant; None when it was not known yet.

    Raises:
        TooLarge: the nearest frame is more entries away than one request reads.
    """
    page = ledger.frames.query(
        index="by_resource", key=resource.id, low=after(at), limit=1, keep=False
    )
    # The index finds the frame; its content is read from the item, which no index lags behind.
    frame = ledger.frames.get(page.items[0].id) if page.items else None
    start = resource.latest if frame is None else frame.id
    newer: list[Change] = []
    for change in ledger.chain(start):
        if change.at <= at:
            document = resource.facts.document() if frame is None else frame.facts()
            facts = taken_back(document, newer)
            return None if facts is None else Then(facts, change)
        newer.append(change)
        if len(newer) > WALK:
            raise TooLarge(f"resource {resource.id}: over {WALK} changes since {at.isoformat()}")
    return None


def show_at(resource: Resource, at: datetime, *, ledger: Ledger) -> ResourceView:
    """A resource as it was at an instant; its version is today's, which counts arrivals.

    Raises:
        NotFound: it was not known yet.
        TooLarge: the nearest frame is more entries away than one request reads.
    """
    found = then(resource, at, ledger=ledger)
    if found is None:
        first = _first(resource, ledger)
        raise NotFound(
            f"resource {resource.id}: not known at {at.isoformat()}; its history begins at "
            f"{first.isoformat()}"
        )
    return view(
        resource.subject, found.facts, captured_at=found.change.at, version=resource.version
    )


def _first(resource: Resource, ledger: Ledger) -> datetime:
    page = ledger.changes.query(index="by_resource", key=resource.id, limit=1, keep=False)
    return page.items[0].at if page.items else resource.captured_at
