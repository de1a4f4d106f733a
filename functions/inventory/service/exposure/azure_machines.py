"""What the internet reaches in a virtual network of Azure's: machines, scale sets, interfaces, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.azure import Spot, id_in, ids_in, properties
from functions.inventory.model.exposure.flows import ANYONE, TCP, Flow, everything
from functions.inventory.model.exposure.network import dicts
from functions.inventory.model.paths import getter
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.azure_fronts import (
    ADDRESS,
    BACK_PORT,
    BALANCER,
    FRONT_PORT,
    GATEWAY,
    at_address,
    balancer,
    block_of_gateway,
    flow_of,
    fronts_of,
    gateway,
    heard,
    is_at,
    is_standard,
    rules_of,
)
from functions.inventory.service.exposure.azure_subnets import (
    answer,
    group_of,
    guard,
    require_subnet,
    table_of,
)
from functions.inventory.service.exposure.passage import Passage, named
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

MACHINE = "Microsoft.Compute/virtualMachines"
SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"
INTERFACE = "Microsoft.Network/networkInterfaces"
_ANY = ANYONE[4]
_OFF = frozenset({"stopped", "stopping", "deallocated", "deallocating"})
_POOLS = "loadBalancerBackendAddressPools"
_NAT = ("loadBalancerInboundNatRules", "loadBalancerInboundNatPools")
_GATED = "applicationGatewayBackendAddressPools"
_CARDS = "properties.virtualMachineProfile.networkProfile.networkInterfaceConfigurations"


class Place(NamedTuple):
    """One address of an interface: its configuration's id, its subnet's, and what ARM says of it.

    Where a scale set makes the interfaces, ``nic`` is the set, and the address has no id yet.
    """

    nic: ResourceView
    id: str
    subnet: str
    inner: dict[str, Any]
    group: str = ""

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


def scale_set(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to the machines of a scale set, which are all made alike."""
    size = getter("sku.capacity")(view.configuration)
    if size == 0:
        return [blocked((hop(view, "has no machine"),), f"{named(view)} has no machine")]
    places = [
        one for card in dicts(getter(_CARDS)(view.configuration)) for one in _made(view, card)
    ]
    if not places:
        missing = f"the network interfaces of {named(view)}"
        return [unknown((hop(view, "is known in part"),), missing)]
    return [way for place in places for way in _to_place(place, view, graph)]


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


def _to_interface(card: ResourceView, view: ResourceView, graph: Graph) -> Iterator[Way]:
    places = list(_places(card))
    if not places:
        missing = f"the addresses of {named(card)}"
        yield unknown((hop(card, "is known in part"),), missing)
    for place in places:
        yield from _to_place(place, view, graph)


def _to_place(place: Place, view: ResourceView, graph: Graph) -> Iterator[Way]:
    fronts = [*_own(place, graph), *_balanced(place, graph), *_gated(place, graph)]
    if not fronts:
        here = hop(place.nic, "has no public address")
        yield blocked((here,), f"{named(place.nic)} has no public address, and nothing leads to it")
    for front in fronts:
        yield _through(front, place, view, graph)


def _places(card: ResourceView) -> Iterator[Place]:
    for one in dicts(properties(card.configuration).get("ipConfigurations")):
        inner = properties(one)
        group = group_of(properties(card.configuration))
        yield Place(card, id_in(one), id_in(inner.get("subnet")), inner, group)


def _made(view: ResourceView, card: dict[str, Any]) -> Iterator[Place]:
    for one in map(properties, dicts(properties(card).get("ipConfigurations"))):
        yield Place(view, "", id_in(one.get("subnet")), one, group_of(properties(card)))


def _own(place: Place, graph: Graph) -> Iterator[Front]:
    flows = everything([_ANY])
    made = place.inner.get("publicIPAddressConfiguration")
    if isinstance(made, dict):
        # The addresses of a set's machines are listed nowhere by themselves.
        yield Front(open_way((), flows), flows, strict=is_standard(made))
    id_ = id_in(place.inner.get("publicIPAddress"))
    if not id_:
        return
    found = graph.called(ADDRESS, id_, near=place.nic)
    strict = found is not None and is_standard(found.configuration)
    yield Front(at_address(found, id_, flows), flows, strict=strict)


def _balanced(place: Place, graph: Graph) -> Iterator[Front]:
    for view in _around(place.nic, graph, BALANCER):
        strict = is_standard(view.configuration)
        for front_id, way in fronts_of(view, graph):
            for rule in rules_of(view):
                if is_at(rule, front_id) and _leads(rule, place, view):
                    before = heard(way, view, [flow_of(rule, FRONT_PORT)])
                    yield Front(before, [flow_of(rule, BACK_PORT)], strict=strict)


def _leads(rule: dict[str, Any], place: Place, view: ResourceView) -> bool:
    inner = properties(rule)
    named_ = frozenset[str]().union(*(ids_in(place.inner.get(one)) for one in (_POOLS, *_NAT)))
    if id_in(rule) in named_ or place.id in {id_in(inner.get("backendIPConfiguration"))} - {""}:
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
                source = block_of_gateway(view, graph) or _ANY
                yield Front(way, [Flow(source, TCP)], inside=True)


def _serves(view: ResourceView, place: Place) -> bool:
    private = place.inner.get("privateIPAddress")
    for pool in dicts(properties(view.configuration).get("backendAddressPools")):
        inner = properties(pool)
        if id_in(pool) in ids_in(place.inner.get(_GATED)):
            return True
        listed = {one.get("ipAddress") for one in dicts(inner.get("backendAddresses"))}
        if place.id in ids_in(inner.get("backendIPConfigurations")) or private in listed - {None}:
            return True
    return False


def _through(front: Front, place: Place, view: ResourceView, graph: Graph) -> Way:
    if front.way.verdict is not ExposureVerdict.REACHABLE:
        return front.way
    trip = Passage(graph, view, front.flows, list(front.way.hops))
    subnet = require_subnet(trip, place.subnet)
    groups = [one for one in (group_of(subnet), place.group) if one]
    if trip.end is None and not groups and front.strict:
        why = f"{named(place.nic)} has no network security group, and a standard address lets nothing in"
        trip.stop(hop(place.nic, "takes nothing in without a group"), why)
    for id_ in groups:
        guard(trip, id_, place.spot(inside=front.inside))
    if not front.inside:
        answer(trip, table_of(subnet))
    if trip.end is None and view.id != place.nic.id:
        trip.go(place.nic, "has the address")
    way = trip.arrive("answers")
    narrowed = way.verdict is ExposureVerdict.REACHABLE and not _is_own(front)
    return way.model_copy(update={"ports": front.way.ports}) if narrowed else way


def _is_own(front: Front) -> bool:
    return len(front.way.hops) <= 1


def _around(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    found = {one.id: one for one in _targets(view, graph, type_name)}
    found |= {one.id: one for one in _named_by(view, graph, type_name)}
    return list(found.values())


def _named_by(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    return [namer.source for namer in graph.namers_of(view, type_name=type_name)]


def _targets(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    found = (one.target for one in graph.named_by(view))
    return [one for one in found if one and one.type == type_name and one.state != DELETED]
