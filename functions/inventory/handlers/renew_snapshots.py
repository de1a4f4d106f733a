"""When somebody was forgotten, the snapshots are made anew from what is left."""

from __future__ import annotations

from functions.inventory.service.snapshots import renew
from steward.contracts.identity import WalkFinished
from steward.edge import on_event
from steward.store.work import Work


@on_event(WalkFinished, wire=lambda work: work)
def handler(event: WalkFinished, work: Work) -> None:
    """Have them made anew, if it was the inventory that forgot."""
    renew(event, publish=work.publish)
