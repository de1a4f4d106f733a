"""An object was written to the bucket of bills."""

from __future__ import annotations

from functions.cost.service.receiving import Reception, receive
from functions.cost.wiring.bills import wire_reception
from steward.edge import ObjectCreated, on_objects
from steward.objects import ObjectHead


@on_objects(wire=wire_reception)
def handler(item: ObjectCreated, reception: Reception) -> None:
    """Record it, and have its statement taken in when all of that is there."""
    receive(ObjectHead(item.key, item.size, item.etag), at=reception)
