"""What stands at the border of a subnet of Azure's: its security group, and where its answers are routed."""

from __future__ import annotations

from typing import Any

from functions.inventory.model.exposure import azure
from functions.inventory.model.exposure.answers import hop
from functions.inventory.model.exposure.azure import Spot, id_in, properties
from functions.inventory.model.exposure.network import dicts
from functions.inventory.service.exposure.passage import Passage, named, ports_text
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView


def guard(trip: Passage, group_id: str, spot: Spot) -> None:
    """The traffic goes through a network security group, as far as it lets it."""
    if trip.end is not None:
        return
    group = trip.find(group_id)
    if group is None:
        return
    found = azure.passed(group.configuration, trip.flows, spot)
    if not found.flows and found.tags and not spot.inside:
        trip.lose(*(f"which addresses {tag} in {named(group)} stands for" for tag in found.tags))
    elif not found.flows:
        whom = "what stands in front of it" if spot.inside else "anybody on the internet"
        here = hop(group, "lets nothing in from there")
        trip.stop(here, f"no rule of {named(group)} lets in {whom}")
    else:
        trip.flows = found.flows
        trip.go(group, f"lets in {ports_text(found.flows)}")


def answer(trip: Passage, table_id: str) -> None:
    """The answers leave by a subnet's route table: they come back only where it sends them to the internet.

    Source: Azure Virtual Network, "Virtual network traffic routing", "0.0.0.0/0 address prefix".
    """
    if trip.end is not None or not table_id:
        return
    table = trip.find(table_id)
    if table is None:
        return
    found = azure.answered(table.configuration, trip.flows)
    if found.flows:
        trip.flows = found.flows
        trip.go(table, "sends the answers to the internet")
    else:
        here = hop(table, "sends the answers elsewhere")
        trip.stop(here, f"{named(table)} sends the answers to {found.elsewhere}")


def subnet_of(id_: str, *, near: ResourceView, graph: Graph) -> dict[str, Any] | None:
    """What ARM says of a subnet in its virtual network; None where the inventory has neither."""
    network = graph.called("", id_, near=near) if id_ else None
    listed = [] if network is None else dicts(properties(network.configuration).get("subnets"))
    return next((properties(one) for one in listed if id_in(one) == id_), None)


def require_subnet(trip: Passage, id_: str) -> dict[str, Any]:
    """The same on a trip, which is lost where it is not known."""
    network = trip.find(id_) if id_ else None
    found = subnet_of(id_, near=trip.to, graph=trip.graph) if network is not None else None
    if found is None and trip.end is None:
        trip.lose(f"the subnet {id_ or 'of the interface'} is not in the inventory")
    return found or {}


def group_of(inner: dict[str, Any]) -> str:
    """The id of the security group of a subnet or an interface; empty where it has none."""
    return id_in(inner.get("networkSecurityGroup"))


def table_of(inner: dict[str, Any]) -> str:
    """The id of a subnet's route table; empty where only Azure's own routes hold."""
    return id_in(inner.get("routeTable"))
