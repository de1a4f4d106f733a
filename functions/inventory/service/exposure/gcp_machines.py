"""What the internet reaches in a network of Google's: instances, and what forwards to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from functions.inventory.model.exposure import gcp
from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Hop,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.azure import ports_of
from functions.inventory.model.exposure.flows import ANYONE, Flow, everything, protocol_of
from functions.inventory.model.exposure.flows import network as block_of
from functions.inventory.model.exposure.gcp import Rule, Who
from functions.inventory.model.exposure.network import dicts
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.passage import Passage, named, ports_text
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

INSTANCE = "compute.googleapis.com/Instance"
FORWARDING = (
    "compute.googleapis.com/ForwardingRule",
    "compute.googleapis.com/GlobalForwardingRule",
)
FIREWALL, POLICY = "compute.googleapis.com/Firewall", "compute.googleapis.com/FirewallPolicy"
_ROUTE = "compute.googleapis.com/Route"
_GATEWAY = "/gateways/default-internet-gateway"
_EXTERNAL = frozenset({"EXTERNAL", "EXTERNAL_MANAGED"})
_DEEPEST = 6
# What may stand between a forwarding rule and a machine, by the last word of the asset type.
_LEADING = ("ForwardingRule", "Proxy", "UrlMap", "BackendService", "TargetPool", "TargetInstance")
# Google's front ends ask the backends from there. Source: Cloud Load Balancing, "Firewall rules".
_FRONT_ENDS = ("130.211.0.0/22", "35.191.0.0/16")
_PLACE = re.compile(r"/(?:zones|regions)/[^/]+/instanceGroups/[^/]+$")
_ZONE = re.compile(r"/zones/([^/]+)/")
_GROUP, _MANAGER = (
    "compute.googleapis.com/InstanceGroup",
    "compute.googleapis.com/InstanceGroupManager",
)
_ENDPOINTS = "compute.googleapis.com/NetworkEndpointGroup"
_ON_MACHINES = frozenset({"GCE_VM_IP", "GCE_VM_IP_PORT"})
_ORGANIZED = ("organizations/", "folders/")


class Front(NamedTuple):
    """A way in front of a machine, and the traffic that goes on from there."""

    way: Way
    flows: list[Flow]


def instance(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to an instance: by its own addresses, and by what forwards to it."""
    status = view.configuration.get("status")
    if status not in {None, "RUNNING", "PROVISIONING", "STAGING"}:
        return [blocked((hop(view, f"is {status}"),), f"{named(view)} is {status}")]
    cards = dicts(view.configuration.get("networkInterfaces"))
    if not cards:
        missing = f"the network interfaces of {named(view)}"
        return [unknown((hop(view, "is known in part"),), missing)]
    ways = [way for card in cards for way in _own(view, card, graph)]
    ways += [_inside(front, view, cards[0], graph) for front in _fronts(view, graph)]
    ways += _maybe(view, cards[0], graph)
    if ways:
        return ways
    here = hop(view, "has no external address")
    return [blocked((here,), f"{named(view)} has no external address, and nothing forwards to it")]


def forwarding(view: ResourceView, graph: Graph) -> list[Way]:
    """The way to a forwarding rule: open to the internet where its scheme is external."""
    del graph
    scheme = view.configuration.get("loadBalancingScheme")
    if view.state == DELETED:
        return [blocked((hop(view, "is deleted"),), f"{named(view)} is deleted")]
    if scheme is None:
        return [unknown((hop(view, "is known in part"),), f"the scheme of {named(view)}")]
    if scheme not in _EXTERNAL:
        return [blocked((hop(view, f"is {scheme}"),), f"{named(view)} is {scheme}, not external")]
    flows = _spoken(view)
    says = f"takes {ports_text(flows)} at {view.configuration.get('IPAddress')}"
    return [open_way((hop(view, says),), flows)]


def forwarded(view: ResourceView, graph: Graph) -> Iterator[tuple[ResourceView, Way]]:
    """The forwarding rules that lead on to something, each with the way by it."""
    yield from _upward(view, (), graph)


def _upward(
    view: ResourceView, behind: tuple[ResourceView, ...], graph: Graph
) -> Iterator[tuple[ResourceView, Way]]:
    if len(behind) > _DEEPEST:
        return
    for namer in graph.namers_of(view):
        one = namer.source
        if one.type in FORWARDING:
            (way,) = forwarding(one, graph)
            if way.verdict is ExposureVerdict.REACHABLE:
                hops = (*way.hops, *(_passing(each) for each in behind))
                way = way.model_copy(update={"hops": hops})
            yield one, way
        elif one.type.endswith(_LEADING) and one.id not in {each.id for each in behind}:
            yield from _upward(one, (one, *behind), graph)


def _passing(view: ResourceView) -> Hop:
    armor = view.configuration.get("securityPolicy")
    if isinstance(armor, str) and armor:
        return hop(view, f"leads on whom {armor.rpartition('/')[2]} lets in")
    return hop(view, "leads on")


def _own(view: ResourceView, card: dict[str, Any], graph: Graph) -> Iterator[Way]:
    for version, key in ((4, "accessConfigs"), (6, "ipv6AccessConfigs")):
        for access in dicts(card.get(key)):
            if access.get("natIP") or access.get("externalIpv6"):
                flows = everything([ANYONE[version]])
                yield _through(Front(open_way((), flows), flows), view, card, graph)


def _fronts(view: ResourceView, graph: Graph) -> Iterator[Front]:
    for start in (view, *_groups(view, graph)):
        behind = () if start.id == view.id else (start,)
        for rule, way in _upward(start, behind, graph):
            yield Front(way, _sent_on(rule, way))


def _maybe(view: ResourceView, card: dict[str, Any], graph: Graph) -> Iterator[Way]:
    """The ways by groups of the instance's zone and network whose members Google's inventory leaves out."""
    for group in _open_groups(view, card, graph):
        for rule, way in _upward(group, (group,), graph):
            inner = _inside(Front(way, _sent_on(rule, way)), view, card, graph)
            if inner.verdict is ExposureVerdict.REACHABLE:
                yield unknown(inner.hops[:-1], f"whether {named(group)} holds {named(view)}")


def _open_groups(view: ResourceView, card: dict[str, Any], graph: Graph) -> Iterator[ResourceView]:
    network = graph.called("", str(card.get("network") or ""), near=view)
    if network is None:
        return
    own = {one.id for one in _groups(view, graph)}
    for kind in (_GROUP, _ENDPOINTS):
        for group in _named_by(network, graph, kind):
            told = group.id in own or group.configuration.get("size") == 0
            if not told and _zone(group) == _zone(view) and _is_filled_by_hand(group, graph):
                yield group


def _is_filled_by_hand(group: ResourceView, graph: Graph) -> bool:
    """Whether its members are added one by one: those of a managed group name its manager."""
    if group.type == _ENDPOINTS:
        return group.configuration.get("networkEndpointType") in _ON_MACHINES
    return not _named_by(group, graph, _MANAGER)


def _zone(view: ResourceView) -> str:
    found = _ZONE.search(view.native_id)
    return found[1] if found else ""


def _sent_on(rule: ResourceView, way: Way) -> list[Flow]:
    """What arrives at the machine: the caller's own traffic, or that of Google's front ends."""
    if not any(one.type.endswith("Proxy") for one in way.hops):
        return _spoken(rule)
    return everything([block for text in _FRONT_ENDS if (block := block_of(text))])


def _groups(view: ResourceView, graph: Graph) -> list[ResourceView]:
    """The managed group that made an instance."""
    metadata = view.configuration.get("metadata")
    items = dicts(metadata.get("items")) if isinstance(metadata, dict) else []
    made = next((str(one.get("value")) for one in items if one.get("key") == "created-by"), "")
    # It is named under the project's number; the inventory has the project's id.
    place = _PLACE.search(made.replace("/instanceGroupManagers/", "/instanceGroups/"))
    if place is None:
        return []
    name = f"//compute.googleapis.com/projects/{view.account}{place[0]}"
    group = graph.called("", name, near=view)
    return [] if group is None or group.state == DELETED else [group]


def _inside(front: Front, view: ResourceView, card: dict[str, Any], graph: Graph) -> Way:
    if front.way.verdict is not ExposureVerdict.REACHABLE:
        return front.way
    way = _through(front, view, card, graph)
    if way.verdict is ExposureVerdict.REACHABLE:
        return way.model_copy(update={"ports": front.way.ports, "sources": front.way.sources})
    return way


def _through(front: Front, view: ResourceView, card: dict[str, Any], graph: Graph) -> Way:
    trip = Passage(graph, view, front.flows, list(front.way.hops))
    network = trip.find(str(card.get("network") or ""))
    if network is not None:
        _route_back(trip, network)
        _firewalls(trip, network, _who(view))
    return trip.arrive("answers")


def _route_back(trip: Passage, network: ResourceView) -> None:
    routes = _named_by(network, trip.graph, _ROUTE)
    gateways = [str(one.configuration.get("nextHopGateway") or "") for one in routes]
    if routes and not any(one.endswith(_GATEWAY) for one in gateways):
        why = f"no route of {named(network)} leads to the internet gateway, so no answer gets out"
        trip.stop(hop(network, "has no route out"), why)


def _firewalls(trip: Passage, network: ResourceView, who: Who) -> None:
    if trip.end is not None:
        return
    found = {one.id: one for one in _named_by(network, trip.graph, FIREWALL)}
    policies = {one.id: one for one in _named_by(network, trip.graph, POLICY)}
    above = {one.id: one for one in trip.graph.of_type(POLICY) if _is_above(one)}
    classic = [gcp.rule_of(id_, one.configuration, who) for id_, one in found.items()]
    listed = [one for one in classic if one is not None]
    own = _rules(policies, who)
    first = network.configuration.get("networkFirewallPolicyEnforcementOrder")
    rest = [own, listed] if first == "BEFORE_CLASSIC_FIREWALL" else [listed, own]
    passed = gcp.through(trip.flows, [_rules(above, who), *rest])
    known = {**found, **policies, **above}
    if passed.flows:
        trip.flows = passed.flows
        for rule in {one.id: one for one in passed.by}.values():
            trip.go(known[rule.id], f"lets in {ports_text(passed.flows)}")
    elif passed.denied is not None:
        here = hop(known[passed.denied.id], "denies it")
        trip.stop(here, f"firewall rule {passed.denied.name} denies what comes from there")
    else:
        here = hop(network, "denies what no rule lets in")
        trip.stop(here, f"no firewall rule of {named(network)} lets it in to {named(trip.to)}")


def _rules(policies: dict[str, ResourceView], who: Who) -> list[Rule]:
    return [
        rule
        for id_, one in policies.items()
        for rule in gcp.rules_of_policy(id_, one.configuration, who)
    ]


def _is_above(policy: ResourceView) -> bool:
    attached = dicts(policy.configuration.get("associations"))
    return any(str(one.get("attachmentTarget")).startswith(_ORGANIZED) for one in attached)


def _who(view: ResourceView) -> Who:
    tags = view.configuration.get("tags")
    items = tags.get("items") if isinstance(tags, dict) else None
    accounts = (one.get("email") for one in dicts(view.configuration.get("serviceAccounts")))
    return Who(frozenset(items or ()), frozenset(str(one) for one in accounts if one))


def _spoken(view: ResourceView) -> list[Flow]:
    protocol = protocol_of(view.configuration.get("IPProtocol") or "tcp")
    if protocol == "l3_default" or view.configuration.get("allPorts") is True:
        return everything([ANYONE[4]])
    listed = view.configuration.get("ports") or [view.configuration.get("portRange") or "*"]
    found = (ports_of(one) for one in listed)
    return [Flow(ANYONE[4], protocol, *one) for one in found if one is not None]


def _named_by(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    return [namer.source for namer in graph.namers_of(view, type_name=type_name)]
