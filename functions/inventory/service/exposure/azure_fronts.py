"""What takes traffic from the internet in Azure and hands it on: public addresses, balancers, gateways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.azure import Spot, id_in, ports_of, properties
from functions.inventory.model.exposure.flows import ALL, ANYONE, TCP, Flow, protocol_of
from functions.inventory.model.exposure.flows import network as block_of
from functions.inventory.model.exposure.network import dicts
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.azure_subnets import (
    answer,
    group_of,
    guard,
    require_subnet,
    subnet_of,
    table_of,
)
from functions.inventory.service.exposure.passage import Passage, named, ports_text
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

BALANCER = "Microsoft.Network/loadBalancers"
GATEWAY = "Microsoft.Network/applicationGateways"
ADDRESS = "Microsoft.Network/publicIPAddresses"
FRONT_PORT, BACK_PORT = "frontendPort", "backendPort"
_ANY = ANYONE[4]


def balancer(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a load balancer: by the rules of its public front ends."""
    fronts = list(fronts_of(view, graph))
    if not fronts:
        here = hop(view, "has no public front end")
        return [blocked((here,), f"{named(view)} has no public front end")]
    ways = []
    for front_id, way in fronts:
        flows = [flow_of(one, FRONT_PORT) for one in rules_of(view) if is_at(one, front_id)]
        ways.append(heard(way, view, flows))
    return ways


def gateway(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to an application gateway: by the listeners of its public front ends."""
    state = properties(view.configuration).get("operationalState")
    if state not in {None, "Running"}:
        return [blocked((hop(view, f"is {state}"),), f"{named(view)} is {state}")]
    fronts = list(fronts_of(view, graph))
    if not fronts:
        here = hop(view, "has no public front end")
        return [blocked((here,), f"{named(view)} has no public front end")]
    return [_listening(view, front_id, way, graph) for front_id, way in fronts]


def fronts_of(view: ResourceView, graph: Graph) -> Iterator[tuple[str, Way]]:
    """The public front ends of a balancer or gateway by their ids, each with the way to its address."""
    for one in dicts(properties(view.configuration).get("frontendIPConfigurations")):
        id_ = id_in(properties(one).get("publicIPAddress"))
        if not id_:
            continue
        yield id_in(one), at_address(graph.called(ADDRESS, id_, near=view), id_, [])


def at_address(found: ResourceView | None, id_: str, flows: list[Flow]) -> Way:
    """The way to a public address, with the traffic that is asked about."""
    if found is None:
        return unknown((), f"{id_} is not in the inventory")
    if found.state == DELETED:
        return blocked((hop(found, "is deleted"),), f"{named(found)} is deleted")
    text = properties(found.configuration).get("ipAddress") or "an address yet to come"
    return open_way((hop(found, f"is {text}"),), flows)


def rules_of(view: ResourceView) -> list[dict[str, Any]]:
    """Everything by which a balancer leads on: its rules and its translations, of machines or of pools."""
    inner = properties(view.configuration)
    members = ("loadBalancingRules", "inboundNatRules", "inboundNatPools")
    return [rule for member in members for rule in dicts(inner.get(member))]


def is_at(rule: dict[str, Any], front_id: str) -> bool:
    """Whether a rule is of a front end."""
    return id_in(properties(rule).get("frontendIPConfiguration")) == front_id


def flow_of(rule: dict[str, Any], port: str) -> Flow:
    """The traffic of a rule, at the port outside or at the one inside."""
    inner = properties(rule)
    protocol = str(inner.get("protocol") or "tcp").lower()
    first, last = inner.get("frontendPortRangeStart"), inner.get("frontendPortRangeEnd")
    ranged = port == FRONT_PORT and first is not None and last is not None
    found = ports_of(f"{first}-{last}" if ranged else inner.get(port))
    if protocol == "all" or found in {None, (0, 0)}:
        return Flow(_ANY, ALL)
    return Flow(_ANY, protocol_of(protocol), *found)


def heard(way: Way, view: ResourceView, flows: list[Flow]) -> Way:
    """The way to a front end with the traffic that it takes."""
    if way.verdict is not ExposureVerdict.REACHABLE:
        return way
    if not flows:
        here = hop(view, "has no rule there")
        return blocked((*way.hops, here), f"{named(view)} has no rule for that front end")
    return open_way((*way.hops, hop(view, f"takes {ports_text(flows)}")), flows)


def block_of_gateway(view: ResourceView, graph: Graph) -> Any:
    """The network that a gateway asks from; None where its subnet is not known."""
    inner = subnet_of(_subnet_of_gateway(view), near=view, graph=graph)
    if inner is None:
        return None
    prefixes = inner.get("addressPrefixes") or [inner.get("addressPrefix")]
    return block_of(prefixes[0])


def is_standard(configuration: Mapping[str, Any]) -> bool:
    """Whether an address or balancer lets nothing in where no group does."""
    sku = configuration.get("sku")
    return isinstance(sku, dict) and str(sku.get("name")).lower() != "basic"


def _listening(view: ResourceView, front_id: str, way: Way, graph: Graph) -> Way:
    taken = heard(way, view, list(_listeners(view, front_id)))
    block, subnet = block_of_gateway(view, graph), _subnet_of_gateway(view)
    if taken.verdict is not ExposureVerdict.REACHABLE or block is None:
        return taken
    flows = list(_listeners(view, front_id))
    trip = Passage(graph, view, flows, list(way.hops))
    inner = require_subnet(trip, subnet)
    if group_of(inner):
        guard(trip, group_of(inner), Spot(str(block)))
    answer(trip, table_of(inner))
    return trip.arrive(f"takes {ports_text(trip.flows)}")


def _listeners(view: ResourceView, front_id: str) -> Iterator[Flow]:
    inner = properties(view.configuration)
    ports = {id_in(one): properties(one).get("port") for one in dicts(inner.get("frontendPorts"))}
    used = {
        id_in(properties(one).get("httpListener"))
        for one in dicts(inner.get("requestRoutingRules"))
    }
    for one in dicts(inner.get("httpListeners")):
        port = ports_of(ports.get(id_in(properties(one).get(FRONT_PORT))))
        if port is not None and id_in(one) in used and is_at(one, front_id):
            yield Flow(_ANY, TCP, *port)


def _subnet_of_gateway(view: ResourceView) -> str:
    listed = dicts(properties(view.configuration).get("gatewayIPConfigurations"))
    return next((id_in(properties(one).get("subnet")) for one in listed), "")
