"""What the internet reaches in a network: instances, interfaces, load balancers, databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from functions.inventory.model.exposure import network, sites
from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Hop,
    Way,
    blocked,
    hop,
    unknown,
)
from functions.inventory.model.exposure.flows import ANYONE, LAST_PORT, TCP, UDP, Flow
from functions.inventory.model.exposure.flows import network as block_of
from functions.inventory.model.exposure.sites import Site
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.fronts import by_accelerators, by_distributions
from functions.inventory.service.exposure.trip import (
    SUBNET,
    VPC,
    Context,
    from_inside,
    from_internet,
)
from functions.inventory.service.exposure.vpc_origins import by_vpc_origins
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
EIP, INTERFACE = "AWS::EC2::EIP", "AWS::EC2::NetworkInterface"
_ANY = ANYONE[4]
# What a listener's protocol runs on. Source: the Elastic Load Balancing user guides.
_PROTOCOLS = {"UDP": (UDP,), "TCP_UDP": (TCP, UDP)}
_LISTED = frozenset({"targets", "targethealthdescriptions"})


class Door(NamedTuple):
    """A way in front of something: open so far, from a balancer to a port of what stands behind it."""

    way: Way
    balancer: ResourceView
    port: int | None


def instance(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to an EC2 instance: by its own addresses, and by what stands in front of it."""
    state = view.state
    if state in {"stopped", "stopping", "terminated", "shutting-down", "deleted"}:
        return [blocked((hop(view, f"is {state}"),), f"{view.native_id} is {state}")]
    found = [_addressed(view, one, graph) for one in sites.of_instance(view.configuration)]
    if not found:
        return [unknown((hop(view, "is known in part"),), f"the interfaces of {view.native_id}")]
    ways = [way for one in found for way in _direct(view, one, graph)]
    ways += _fronted(view, found, graph) + by_accelerators(view, found, graph)
    return ways + by_vpc_origins(view, found, (), graph)


def service(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to an ECS service: by its tasks' addresses, and by what its target groups stand behind."""
    found = sites.of_service(view.configuration)
    if not found:
        return [unknown((hop(view, "is known in part"),), f"the network of {view.native_id}")]
    ways = [way for one in found for way in _direct(view, one, graph)]
    for group in _targets(view, graph, TARGETS):
        for door in _before(group, graph):
            ways += _through(view, found, door, graph)
    return ways


def interface(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a network interface by its own addresses."""
    site = _addressed(view, sites.of_interface(view.configuration), graph)
    return _direct(view, site, graph)


def database(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a database that has an address of its own."""
    public = view.configuration.get("publiclyAccessible")
    here = hop(view, "has no public address")
    if public is None:
        return [unknown((here,), f"whether {view.native_id} is publicly accessible")]
    if public is not True:
        return [blocked((here,), f"{view.native_id} is not publicly accessible")]
    found = sites.of_database(view.configuration)
    if not found:
        return [unknown((here,), f"the subnets of {view.native_id}")]
    return [way for one in found for way in _direct(view, one, graph)]


def balancer(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a load balancer: by its addresses, and by what leads on to it."""
    if view.state == DELETED:
        return [blocked((hop(view, "is deleted"),), f"{view.native_id} is deleted")]
    own = _own(view, graph)
    spoken = _spoken(view, graph)
    inside = _chained(view, graph)
    if spoken:
        found = by_accelerators(view, sites.of_balancer(view.configuration), graph)
        inside += [_narrowed(way, spoken) for way in found]
        inside += by_vpc_origins(view, sites.of_balancer(view.configuration), spoken, graph)
    return own + by_distributions(view, own, graph) + inside


def _chained(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to an application load balancer that is the target of a network load balancer."""
    if view.configuration.get("type") != "application":
        return []
    found = sites.of_balancer(view.configuration)
    ways: list[Way] = []
    for group in _named_by(view, graph, TARGETS):
        for door in _before(group, graph, kind="network"):
            ways += _through(view, found, door, graph)
    return ways


def _own(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a load balancer by its own addresses; one without listeners answers nobody."""
    scheme = view.configuration.get("scheme")
    here = hop(view, f"is {scheme or 'of unknown scheme'}")
    if scheme is None:
        return [unknown((here,), f"the scheme of {view.native_id}")]
    if scheme != "internet-facing":
        return [blocked((here,), f"{view.native_id} is {scheme}, not internet-facing")]
    spoken = _spoken(view, graph)
    if not spoken:
        return [_silent(view, here)]
    found = sites.of_balancer(view.configuration)
    if not found:
        return [unknown((here,), f"the subnets of {view.native_id}")]
    ways = [way for one in found for way in _direct(view, one, graph)]
    return [_narrowed(way, spoken) for way in ways]


def doors(view: ResourceView, graph: Graph) -> Iterator[Door]:
    """What stands in front of something that target groups or classic balancers name."""
    for group in _named_by(view, graph, TARGETS):
        yield from _before(group, graph)
    for classic in _named_by(view, graph, CLASSIC):
        for one in _classic_listeners(classic):
            for way in balancer(classic, graph):
                yield Door(way, classic, one.get("instancePort"))


def _before(group: ResourceView, graph: Graph, *, kind: str | None = None) -> Iterator[Door]:
    port = group.configuration.get("port")
    for listener in _named_by(group, graph, LISTENER):
        if kind is None or _kind_before(listener, graph) == kind:
            yield from _by_listener(listener, (group,), port, graph)
    for rule in _named_by(group, graph, RULE) if kind is None else ():
        for listener in _targets(rule, graph, LISTENER):
            yield from _by_listener(listener, (rule, group), port, graph)


def _kind_before(listener: ResourceView, graph: Graph) -> str:
    fronts = _targets(listener, graph, BALANCER)
    return str(fronts[0].configuration.get("type")) if fronts else ""


def _by_listener(
    listener: ResourceView, behind: tuple[ResourceView, ...], port: object, graph: Graph
) -> Iterator[Door]:
    for named in graph.named_by(listener):
        if named.relation.target_type != BALANCER:
            continue
        front = named.target
        if front is None:
            missing = f"{named.relation.target_id} is not in the inventory"
            yield Door(unknown((hop(listener, "listens"),), missing), listener, None)
            continue
        for way in balancer(front, graph):
            hops = [hop(listener, f"listens on {listener.configuration.get('port')}")]
            hops += [hop(one, "leads on") for one in behind]
            more = way.model_copy(update={"hops": (*way.hops, *hops)})
            shown = more if way.verdict is ExposureVerdict.REACHABLE else way
            yield Door(shown, front, port if isinstance(port, int) else None)


def _fronted(view: ResourceView, found: list[Site], graph: Graph) -> list[Way]:
    ways: list[Way] = []
    for door in doors(view, graph):
        ways += _through(view, found, door, graph)
    return ways + _maybe_fronted(view, found, graph)


def _through(view: ResourceView, found: list[Site], door: Door, graph: Graph) -> list[Way]:
    if door.way.verdict is not ExposureVerdict.REACHABLE:
        return [door.way]
    return [_inside(view, site, door, graph) for site in found]


def _inside(view: ResourceView, site: Site, door: Door, graph: Graph) -> Way:
    fronts = sites.of_balancer(door.balancer.configuration)
    flows, missing = _from_subnets(view, fronts, door.port, graph)
    if missing:
        return unknown(door.way.hops, *missing)
    senders = {group for front in fronts for group in front.groups} or {door.balancer.native_id}
    trip = from_inside(graph, Context(view=view, site=site, version=4), flows, senders)
    inner = trip.arrive(says="answers behind the balancer")
    if (
        inner.verdict is ExposureVerdict.BLOCKED
        and door.balancer.configuration.get("type") == "network"
    ):
        inner = _preserved(view, site, graph) or inner
    hops = (*door.way.hops, *inner.hops)
    if inner.verdict is ExposureVerdict.REACHABLE:
        return door.way.model_copy(update={"hops": hops})
    return inner.model_copy(update={"hops": hops})


def _preserved(view: ResourceView, site: Site, graph: Graph) -> Way | None:
    # A network load balancer may keep the caller's address, which the target's groups then judge.
    trip = from_inside(graph, Context(view=view, site=site, version=4), [Flow(_ANY, TCP)], ())
    return trip.arrive(says="answers behind the balancer") if trip.end is None else None


def _from_subnets(
    view: ResourceView, fronts: list[Site], port: int | None, graph: Graph
) -> tuple[list[Flow], list[str]]:
    flows: list[Flow] = []
    missing: list[str] = []
    low, high = (port, port) if port else (0, LAST_PORT)
    for id_ in dict.fromkeys(front.subnet for front in fronts):
        subnet = graph.called(SUBNET, id_, near=view)
        block = None if subnet is None else block_of(subnet.configuration.get("cidrBlock"))
        if block is None:
            missing.append(f"the addresses of {id_} are not in the inventory")
        else:
            flows.append(Flow(block, TCP, low, high))
    return flows, missing


def _maybe_fronted(view: ResourceView, found: list[Site], graph: Graph) -> list[Way]:
    """The ways by private address, and those that nobody can tell for want of targets or listeners."""
    ways = [
        unknown((hop(group, "leads on"),), f"the listeners before {group.name or group.native_id}")
        for group in _named_by(view, graph, TARGETS)
        if group.configuration.get("loadBalancerArns") and not _is_listened(group, graph)
    ]
    for id_ in dict.fromkeys(site.vpc for site in found if site.vpc):
        vpc = graph.called(VPC, id_, near=view)
        for group in () if vpc is None else _named_by(vpc, graph, TARGETS):
            if _told_addresses(group) & {one for site in found for one in site.private}:
                for door in _before(group, graph):
                    ways += _through(view, found, door, graph)
            elif not _has_targets(group):
                missing = f"the targets of {group.name or group.native_id}"
                ways.append(unknown((hop(group, "may lead on"),), missing))
    return ways


def _is_listened(group: ResourceView, graph: Graph) -> bool:
    return bool(_named_by(group, graph, LISTENER) or _named_by(group, graph, RULE))


def _told_addresses(group: ResourceView) -> set[str]:
    """The targets of a target group that names them by address."""
    if group.configuration.get("targetType") != "ip":
        return set()
    supplementary = group.configuration.get("supplementary")
    places = (group.configuration, supplementary if isinstance(supplementary, dict) else {})
    listed = (value for place in places for key, value in place.items() if key.lower() in _LISTED)
    described = (one.get("target", one) for value in listed for one in network.dicts(value))
    return {str(one.get("id")) for one in described if isinstance(one, dict)}


def _has_targets(group: ResourceView) -> bool:
    supplementary = group.configuration.get("supplementary")
    places = (group.configuration, supplementary if isinstance(supplementary, dict) else {})
    folded = {str(key).lower() for place in places for key in place}
    return bool(folded & _LISTED)


def _direct(view: ResourceView, site: Site, graph: Graph) -> list[Way]:
    if not site.versions:
        here = (hop(view, "has no public address"),)
        return [blocked(here, f"{view.native_id} has no public address")]
    ways = []
    for version in site.versions:
        trip = from_internet(graph, Context(view=view, site=site, version=version))
        ways.append(trip.arrive(says=f"answers on IPv{version}"))
    return ways


def _addressed(view: ResourceView, site: Site, graph: Graph) -> Site:
    """The site with the addresses that are tied to it rather than told by it."""
    if site.v4:
        return site
    if any(_is_bound(one, site) for one in _named_by(view, graph, EIP)):
        return site.model_copy(update={"v4": True})
    own = graph.called(INTERFACE, site.interface, near=view) if site.interface else None
    if own is not None and own.id != view.id and _named_by(own, graph, EIP):
        return site.model_copy(update={"v4": True})
    return site


def _is_bound(address: ResourceView, site: Site) -> bool:
    bound = address.configuration.get("networkInterfaceId")
    return not bound or not site.interface or bound == site.interface


def _spoken(view: ResourceView, graph: Graph) -> list[Flow]:
    """What the listeners of a load balancer take, whoever sends it."""
    if view.type == CLASSIC:
        return [
            Flow(_ANY, TCP, int(one["loadBalancerPort"]), int(one["loadBalancerPort"]))
            for one in _classic_listeners(view)
        ]
    return [
        Flow(_ANY, protocol, port, port)
        for one in _named_by(view, graph, LISTENER)
        if isinstance(port := one.configuration.get("port"), int)
        for protocol in _PROTOCOLS.get(str(one.configuration.get("protocol")), (TCP,))
    ]


def _classic_listeners(view: ResourceView) -> list[dict[str, int]]:
    described = network.dicts(view.configuration.get("listenerDescriptions"))
    found = (one.get("listener") for one in described)
    return [one for one in found if isinstance(one, dict) and "loadBalancerPort" in one]


def _silent(view: ResourceView, here: Hop) -> Way:
    if view.type == CLASSIC and "listenerDescriptions" not in view.configuration:
        return unknown((here,), f"the listeners of {view.native_id}")
    return blocked((here,), f"{view.native_id} has no listener")


def _narrowed(way: Way, spoken: list[Flow]) -> Way:
    """An open way to a balancer is open where a listener and its groups agree."""
    if way.verdict is not ExposureVerdict.REACHABLE:
        return way
    heard = [flow for flow in spoken if any(_covers(text, flow) for text in way.ports)]
    if not heard:
        listed = ", ".join(sorted(flow.text for flow in spoken))
        return blocked(way.hops, f"its groups let nobody in where it listens ({listed})")
    return way.model_copy(update={"ports": tuple(sorted({flow.text for flow in heard}))})


def _covers(text: str, flow: Flow) -> bool:
    protocol, _, ports = text.partition("/")
    low, _, high = ports.partition("-")
    same = protocol == flow.text.partition("/")[0] and bool(ports)
    return same and int(low) <= flow.low <= int(high or low)


def _named_by(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    return [namer.source for namer in graph.namers_of(view, type_name=type_name)]


def _targets(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    found = (named.target for named in graph.named_by(view))
    return [one for one in found if one and one.type == type_name and one.state != DELETED]
