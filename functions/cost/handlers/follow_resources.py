"""A resource that changed, or of which there are new metrics, is looked at for what could cost less."""

from __future__ import annotations

from functions.cost.service.following import Following, follow_resource
from functions.cost.service.measuring import MetricSamples, hand_in
from functions.cost.wiring.following import wire_following
from steward.contracts.inventory import (
    MetricsRead,
    ResourceChanged,
    ResourceDeleted,
    ResourceDiscovered,
)
from steward.edge import on_event

Changed = ResourceDiscovered | ResourceChanged | ResourceDeleted


@on_event(*Changed.__args__, MetricsRead, wire=wire_following, together=Changed.__args__)
def handler(event: Changed | MetricsRead, following: Following) -> None:
    """Take it in, and look at it."""
    if isinstance(event, MetricsRead):
        hand_in(MetricSamples(samples=event.samples), at=following.advising)
    else:
        follow_resource(event, at=following)
