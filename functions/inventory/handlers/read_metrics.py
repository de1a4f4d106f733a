"""The metrics of an account's resources are read from its cloud."""

from functions.inventory.service.measuring import Measuring, read_metrics
from functions.inventory.wiring import measuring
from steward.contracts.cost import MetricsAsked
from steward.edge import on_event


@on_event(MetricsAsked, wire=measuring)
def handler(event: MetricsAsked, deps: Measuring) -> None:
    """Read those of one message."""
    read_metrics(event, by=deps)
