"""Resources that a complete listing did not have any more."""

from __future__ import annotations

from datetime import datetime

from functions.inventory.model.resource import Capture, Effect, Resource, Source
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.record import Recorded, record_captures
from steward.contracts.inventory import PartShrunk


def record_absences(shrunk: PartShrunk, *, ledger: Ledger) -> Recorded:
    """Take note that resources are gone, but for those that something newer than the listing tells of."""
    known = (ledger.resources.get(id_) for id_ in shrunk.resources)
    gone = [_gone(one, shrunk.at) for one in known if one is not None and _older(one, shrunk.at)]
    return record_captures(gone, ledger=ledger)


def _older(resource: Resource, at: datetime) -> bool:
    return not resource.facts.deleted and resource.captured_at <= at


def _gone(resource: Resource, at: datetime) -> Capture:
    return Capture(
        subject=resource.subject,
        at=at,
        source=Source.SWEEP,
        effect=Effect.DELETED,
        key=f"{at.isoformat()}|gone",
        action="no longer listed",
    )
