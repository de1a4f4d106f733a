"""A resource that changed, or of which there are new metrics, is looked at for what could cost less."""

from __future__ import annotations

from functions.cost.service.advising import Advising, follow
from functions.cost.service.measuring import MetricSamples, hand_in
from functions.cost.wiring.advising import wire_advising
from steward.contracts.inventory import (
    MetricsRead,
    ResourceChanged,
    ResourceDeleted,
    ResourceDiscovered,
)
from steward.edge import on_event


@on_event(ResourceDiscovered, ResourceChanged, ResourceDeleted, MetricsRead, wire=wire_advising)
def handler(
    event: ResourceDiscovered | ResourceChanged | ResourceDeleted | MetricsRead,
    advising: Advising,
) -> None:
    """Take it in, and look at it."""
    if isinstance(event, MetricsRead):
        hand_in(MetricSamples(samples=event.samples), at=advising)
        return
    follow(event.resource, gone=isinstance(event, ResourceDeleted), at=advising)
