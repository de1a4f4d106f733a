"""A resource that appeared, changed or went away is looked at for what could cost less."""

from __future__ import annotations

from functions.cost.service.advising import Advising, follow
from functions.cost.wiring import wire_advising
from steward.contracts.inventory import ResourceChanged, ResourceDeleted, ResourceDiscovered
from steward.edge import on_event


@on_event(ResourceDiscovered, ResourceChanged, ResourceDeleted, wire=wire_advising)
def handler(
    event: ResourceDiscovered | ResourceChanged | ResourceDeleted, advising: Advising
) -> None:
    """Take it in, and look at it."""
    follow(event.resource, gone=isinstance(event, ResourceDeleted), at=advising)
