"""Resources that a complete listing did not have any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from functions.inventory.model.resource import Capture, Effect, Resource, Source
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.record import Recorded, record_captures
from steward.contracts.inventory import PartShrunk

COARSE = timedelta(seconds=2)
"""How much later an earlier listing may be dated: clouds tell their time in whole seconds."""
INSTANT = timedelta(microseconds=1)


def record_absences(shrunk: PartShrunk, *, ledger: Ledger) -> Recorded:
    """Take note that resources are gone, but for those that something newer than the listing tells of."""
    known = (ledger.resources.get(id_) for id_ in shrunk.resources)
    gone = [_absence(one, shrunk.at, ledger) for one in known if one is not None]
    return record_captures([one for one in gone if one is not None], ledger=ledger)


def _absence(resource: Resource, at: datetime, ledger: Ledger) -> Capture | None:
    if resource.facts.deleted:
        return None
    ahead = resource.captured_at - at
    if ahead > timedelta(0) and (ahead > COARSE or not _was_listed(resource, ledger)):
        return None
    return _gone(resource, max(at, resource.captured_at + INSTANT))


def _was_listed(resource: Resource, ledger: Ledger) -> bool:
    """Whether what is newest of a resource is a listing, which the one that lacks it came after."""
    latest = ledger.changes.get(resource.latest)
    return latest is not None and latest.source is Source.SWEEP


def _gone(resource: Resource, at: datetime) -> Capture:
    return Capture(
        subject=resource.subject,
        at=at,
        source=Source.SWEEP,
        effect=Effect.DELETED,
        key=f"{at.isoformat()}|gone",
        action="no longer listed",
    )
