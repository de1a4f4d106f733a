"""What the internet reaches in a virtual network of Azure's: machines, interfaces, balancers, gateways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from functions.inventory.model.exposure import azure
from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.azure import Spot, id_in, ids_in, ports_of, properties
from functions.inventory.model.exposure.flows import ALL, ANYONE, TCP, Flow, everything, protocol_of
from functions.inventory.model.exposure.flows import network as block_of
from functions.inventory.model.exposure.network import dicts
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.passage import Passage, named, ports_text
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

MACHINE = "Microsoft.Compute/virtualMachines"
INTERFACE = "Microsoft.Network/networkInterfaces"
BALANCER = "Microsoft.Network/loadBalancers"
GATEWAY = "Microsoft.Network/applicationGateways"
ADDRESS = "Microsoft.Network/publicIPAddresses"
_ANY = ANYONE[4]
_OFF = frozenset({"stopped", "stopping", "deallocated", "deallocating"})
_POOLS = "loadBalancerBackendAddressPools"
_NAT_RULES = "loadBalancerInboundNatRules"


class Place(NamedTuple):
    """One address of an interface: its configuration's id, its subnet's, and what ARM says of it."""

    nic: ResourceView
    id: str
    subnet: str
    inner: dict[str, Any]

    def spot(self, *, inside: bool = False) -> Spot:
        """Where security rules find it."""
        groups = ids_in(self.inner.get("applicationSecurityGroups"))
        return Spot(str(self.inner.get("privateIPAddress") or ""), groups, inside)


class Front(NamedTuple):
    """A way in front of a machine: its hops so far, the ports outside, and the traffic that goes on."""

    way: Way
    flows: list[Flow]
    inside: bool = False
    strict: bool = False


def machine(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a virtual machine: by its own addresses, and by what stands in front of it."""
    if view.state in _OFF:
        return [blocked((hop(view, f"is {view.state}"),), f"{named(view)} is {view.state}")]
    cards = _targets(view, graph, INTERFACE)
    if not cards:
        missing = f"the network interfaces of {named(view)}"
        return [unknown((hop(view, "is known in part"),), missing)]
    return [way for card in cards for way in _to_interface(card, view, graph)]


def interface(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a network interface."""
    return list(_to_interface(view, view, graph))


def address(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to what a public address belongs to."""
    owner = id_in(properties(view.configuration).get("ipConfiguration"))
    if not owner:
        return [blocked((hop(view, "is idle"),), f"{named(view)} is attached to nothing")]
    found = graph.called("", owner, near=view)
    judge = {INTERFACE: interface, BALANCER: balancer, GATEWAY: gateway}
    if found is None or found.type not in judge:
        missing = f"how the internet could reach {owner.rpartition('/providers/')[2]}"
        return [unknown((hop(view, "is attached"),), missing)]
    ways = judge[found.type](found, graph)
    own = [way for way in ways if way.hops and way.hops[0].id == view.id]
    return own or [blocked((hop(view, "is attached"),), f"nothing goes by {named(view)}")]


def balancer(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a load balancer: by the rules of its public front ends."""
    fronts = list(_fronts(view, graph))
    if not fronts:
        here = hop(view, "has no public front end")
        return [blocked((here,), f"{named(view)} has no public front end")]
    ways = []
    for front_id, way in fronts:
        flows = [_flow(one, "frontendPort") for one in _rules(view) if _is_at(one, front_id)]
        ways.append(_heard(way, view, flows))
    return ways


def gateway(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to an application gateway: by the listeners of its public front ends."""
    state = properties(view.configuration).get("operationalState")
    if state not in {None, "Running"}:
        return [blocked((hop(view, f"is {state}"),), f"{named(view)} is {state}")]
    fronts = list(_fronts(view, graph))
    if not fronts:
        here = hop(view, "has no public front end")
        return [blocked((here,), f"{named(view)} has no public front end")]
    return [_listening(view, front_id, way, graph) for front_id, way in fronts]


def _to_interface(card: ResourceView, view: ResourceView, graph: Graph) -> Iterator[Way]:
    places = list(_places(card))
    if not places:
        missing = f"the addresses of {named(card)}"
        yield unknown((hop(card, "is known in part"),), missing)
    for place in places:
        fronts = [*_own(place, graph), *_balanced(place, graph), *_gated(place, graph)]
        if not fronts:
            here = hop(card, "has no public address")
            yield blocked((here,), f"{named(card)} has no public address, and nothing leads to it")
        for front in fronts:
            yield _through(front, place, view, graph)


def _places(card: ResourceView) -> Iterator[Place]:
    for one in dicts(properties(card.configuration).get("ipConfigurations")):
        inner = properties(one)
        yield Place(card, id_in(one), id_in(inner.get("subnet")), inner)


def _own(place: Place, graph: Graph) -> Iterator[Front]:
    id_ = id_in(place.inner.get("publicIPAddress"))
    if not id_:
        return
    found = graph.called(ADDRESS, id_, near=place.nic)
    flows = everything([_ANY])
    strict = found is not None and _is_standard(found)
    yield Front(_at_address(found, id_, flows), flows, strict=strict)


def _balanced(place: Place, graph: Graph) -> Iterator[Front]:
    for view in _around(place.nic, graph, BALANCER):
        strict = _is_standard(view)
        for front_id, way in _fronts(view, graph):
            for rule in _rules(view):
                if _is_at(rule, front_id) and _leads(rule, place, view):
                    heard = _heard(way, view, [_flow(rule, "frontendPort")])
                    yield Front(heard, [_flow(rule, "backendPort")], strict=strict)


def _leads(rule: dict[str, Any], place: Place, view: ResourceView) -> bool:
    inner = properties(rule)
    named_ = ids_in(place.inner.get(_POOLS)) | ids_in(place.inner.get(_NAT_RULES))
    if id_in(rule) in named_ or id_in(inner.get("backendIPConfiguration")) == place.id:
        return True
    pools = ids_in(inner.get("backendAddressPools")) | {id_in(inner.get("backendAddressPool"))}
    if pools & named_:
        return True
    listed = dicts(properties(view.configuration).get("backendAddressPools"))
    members = (properties(one) for one in listed if id_in(one) in pools)
    return any(place.id in ids_in(one.get("backendIPConfigurations")) for one in members)


def _gated(place: Place, graph: Graph) -> Iterator[Front]:
    network = graph.called("", place.subnet, near=place.nic) if place.subnet else None
    if network is None:
        return
    for view in _named_by(network, graph, GATEWAY):
        if _serves(view, place):
            for way in gateway(view, graph):
                source = _block_of_gateway(view, graph) or _ANY
                yield Front(way, [Flow(source, TCP)], inside=True)


def _serves(view: ResourceView, place: Place) -> bool:
    private = place.inner.get("privateIPAddress")
    for pool in dicts(properties(view.configuration).get("backendAddressPools")):
        inner = properties(pool)
        listed = {one.get("ipAddress") for one in dicts(inner.get("backendAddresses"))}
        if place.id in ids_in(inner.get("backendIPConfigurations")) or private in listed - {None}:
            return True
    return False


def _through(front: Front, place: Place, view: ResourceView, graph: Graph) -> Way:
    if front.way.verdict is not ExposureVerdict.REACHABLE:
        return front.way
    trip = Passage(graph, view, front.flows, list(front.way.hops))
    groups = [one for one in (_group_of_subnet(trip, place.subnet), _group(place.nic)) if one]
    if trip.end is None and not groups and front.strict:
        why = f"{named(place.nic)} has no network security group, and a standard address lets nothing in"
        trip.stop(hop(place.nic, "takes nothing in without a group"), why)
    for id_ in groups:
        guard(trip, id_, place.spot(inside=front.inside))
    if trip.end is None and view.id != place.nic.id:
        trip.go(place.nic, "has the address")
    way = trip.arrive("answers")
    narrowed = way.verdict is ExposureVerdict.REACHABLE and not _is_own(front)
    return way.model_copy(update={"ports": front.way.ports}) if narrowed else way


def _is_own(front: Front) -> bool:
    return len(front.way.hops) == 1


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


def _group_of_subnet(trip: Passage, subnet: str) -> str:
    network = trip.find(subnet) if subnet else None
    for one in _subnets(network):
        if id_in(one) == subnet:
            return id_in(properties(one).get("networkSecurityGroup"))
    if trip.end is None:
        trip.lose(f"the subnet {subnet or 'of the interface'} is not in the inventory")
    return ""


def _subnets(network: ResourceView | None) -> list[dict[str, Any]]:
    return [] if network is None else dicts(properties(network.configuration).get("subnets"))


def _group(card: ResourceView) -> str:
    return id_in(properties(card.configuration).get("networkSecurityGroup"))


def _fronts(view: ResourceView, graph: Graph) -> Iterator[tuple[str, Way]]:
    """The public front ends of a balancer or gateway by their ids, each with the way to its address."""
    for one in dicts(properties(view.configuration).get("frontendIPConfigurations")):
        id_ = id_in(properties(one).get("publicIPAddress"))
        if not id_:
            continue
        yield id_in(one), _at_address(graph.called(ADDRESS, id_, near=view), id_, [])


def _at_address(found: ResourceView | None, id_: str, flows: list[Flow]) -> Way:
    if found is None:
        return unknown((), f"{id_} is not in the inventory")
    if found.state == DELETED:
        return blocked((hop(found, "is deleted"),), f"{named(found)} is deleted")
    text = properties(found.configuration).get("ipAddress") or "an address yet to come"
    return open_way((hop(found, f"is {text}"),), flows)


def _rules(view: ResourceView) -> list[dict[str, Any]]:
    inner = properties(view.configuration)
    return [*dicts(inner.get("loadBalancingRules")), *dicts(inner.get("inboundNatRules"))]


def _is_at(rule: dict[str, Any], front_id: str) -> bool:
    return id_in(properties(rule).get("frontendIPConfiguration")) == front_id


def _flow(rule: dict[str, Any], port: str) -> Flow:
    inner = properties(rule)
    protocol = str(inner.get("protocol") or "tcp").lower()
    found = ports_of(inner.get(port))
    if protocol == "all" or found in {None, (0, 0)}:
        return Flow(_ANY, ALL)
    return Flow(_ANY, protocol_of(protocol), *found)


def _heard(way: Way, view: ResourceView, flows: list[Flow]) -> Way:
    if way.verdict is not ExposureVerdict.REACHABLE:
        return way
    if not flows:
        here = hop(view, "has no rule there")
        return blocked((*way.hops, here), f"{named(view)} has no rule for that front end")
    return open_way((*way.hops, hop(view, f"takes {ports_text(flows)}")), flows)


def _listening(view: ResourceView, front_id: str, way: Way, graph: Graph) -> Way:
    heard = _heard(way, view, list(_listeners(view, front_id)))
    block, subnet = _block_of_gateway(view, graph), _subnet_of_gateway(view)
    if heard.verdict is not ExposureVerdict.REACHABLE or block is None:
        return heard
    flows = list(_listeners(view, front_id))
    trip = Passage(graph, view, flows, list(way.hops))
    group = _group_of_subnet(trip, subnet)
    if group:
        guard(trip, group, Spot(str(block)))
    return trip.arrive(f"takes {ports_text(trip.flows)}")


def _listeners(view: ResourceView, front_id: str) -> Iterator[Flow]:
    inner = properties(view.configuration)
    ports = {id_in(one): properties(one).get("port") for one in dicts(inner.get("frontendPorts"))}
    used = {
        id_in(properties(one).get("httpListener"))
        for one in dicts(inner.get("requestRoutingRules"))
    }
    for one in dicts(inner.get("httpListeners")):
        port = ports_of(ports.get(id_in(properties(one).get("frontendPort"))))
        if port is not None and id_in(one) in used and _is_at(one, front_id):
            yield Flow(_ANY, TCP, *port)


def _subnet_of_gateway(view: ResourceView) -> str:
    listed = dicts(properties(view.configuration).get("gatewayIPConfigurations"))
    return next((id_in(properties(one).get("subnet")) for one in listed), "")


def _block_of_gateway(view: ResourceView, graph: Graph) -> Any:
    subnet = _subnet_of_gateway(view)
    network = graph.called("", subnet, near=view) if subnet else None
    for one in _subnets(network):
        if id_in(one) == subnet:
            prefixes = properties(one).get("addressPrefixes") or [
                properties(one).get("addressPrefix")
            ]
            return block_of(prefixes[0])
    return None


def _is_standard(view: ResourceView) -> bool:
    sku = view.configuration.get("sku")
    return isinstance(sku, dict) and str(sku.get("name")).lower() != "basic"


def _around(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    found = {one.id: one for one in _targets(view, graph, type_name)}
    found |= {one.id: one for one in _named_by(view, graph, type_name)}
    return list(found.values())


def _named_by(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    return [namer.source for namer in graph.namers_of(view, type_name=type_name)]


def _targets(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    found = (one.target for one in graph.named_by(view))
    return [one for one in found if one and one.type == type_name and one.state != DELETED]
