"""What routes, network ACLs and security groups let through, read from their configurations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, NamedTuple

from functions.inventory.model.exposure.flows import (
    ALL,
    EPHEMERAL,
    ICMP,
    ICMP6,
    LAST_PORT,
    Flow,
    Network,
    network,
    protocol_of,
    shared,
    without,
)
from functions.inventory.model.patch import Json

PIECES = 4_000
"""Pieces that traffic is cut into at most; beyond them the cut is left out, which errs to the open side."""
_GATES = (
    "gatewayId",
    "natGatewayId",
    "transitGatewayId",
    "vpcPeeringConnectionId",
    "networkInterfaceId",
    "instanceId",
    "egressOnlyInternetGatewayId",
    "localGatewayId",
    "carrierGatewayId",
    "coreNetworkArn",
)


class Route(NamedTuple):
    """One route: to where, by which gateway; ``prefix_list`` where the networks stand elsewhere."""

    to: Network | None
    gate: str
    prefix_list: str | None = None
    active: bool = True


class Permissions(NamedTuple):
    """What a security group lets in: from networks, and from what has to be looked up."""

    flows: tuple[Flow, ...]
    from_lists: tuple[tuple[str, Flow], ...]
    from_groups: tuple[tuple[str, Flow], ...]


def routes(configuration: Mapping[str, Json]) -> tuple[Route, ...]:
    """The routes of a route table."""
    return tuple(_route(one) for one in dicts(configuration.get("routes")))


def by_length(found: Iterable[Route]) -> list[Route]:
    """Active routes to networks, the most specific first: the first that fits is taken."""
    usable = [one for one in found if one.active and one.to is not None]
    return sorted(usable, key=lambda one: -(one.to.prefixlen if one.to else 0))


def taken(network_: Network, found: Sequence[Route]) -> Iterator[tuple[Network, Route]]:
    """Each part of a network with the route that is taken to it."""
    left = [Flow(network_, ALL)]
    for route in by_length(found):
        if route.to is None:
            continue
        rest: list[Flow] = []
        for piece in left:
            common = shared(piece, Flow(route.to, ALL))
            if common is not None:
                yield common.source, route
            rest += without(piece, Flow(route.to, ALL))
        left = rest[:PIECES]


def is_main(configuration: Mapping[str, Json]) -> bool:
    """Whether a route table is its network's main one."""
    return any(one.get("main") is True for one in dicts(configuration.get("associations")))


def passed(
    configuration: Mapping[str, Json], flows: Iterable[Flow], *, egress: bool = False
) -> list[Flow]:
    """What of the traffic a network ACL lets through; the lowest rule number that fits decides."""
    return sifted(flows, _acl_rules(configuration, egress=egress))


def sifted(flows: Iterable[Flow], rules: Iterable[tuple[bool, Flow]]) -> list[Flow]:
    """What of the traffic rules allow of which the first that fits decides; what fits none is denied."""
    left, allowed = list(flows), []
    for allow, flow in rules:
        rest: list[Flow] = []
        for piece in left:
            common = shared(piece, flow)
            if common is not None and allow:
                allowed.append(common)
            rest += without(piece, flow) if len(rest) < PIECES else [piece]
        left = rest
    return allowed


def answered(configuration: Mapping[str, Json], flows: Iterable[Flow]) -> list[Flow]:
    """The traffic whose answers a network ACL lets out."""
    return [flow for flow in flows if passed(configuration, [_answer(flow)], egress=True)]


def permissions(configuration: Mapping[str, Json]) -> Permissions:
    """What a security group lets in."""
    flows: list[Flow] = []
    lists: list[tuple[str, Flow]] = []
    groups: list[tuple[str, Flow]] = []
    for one in dicts(configuration.get("ipPermissions")):
        ports = _ports(one)
        flows += [ports._replace(source=source) for source in _ranges(one)]
        lists += [(id_, ports) for id_ in ids(one.get("prefixListIds"), "prefixListId")]
        groups += [(id_, ports) for id_ in ids(one.get("userIdGroupPairs"), "groupId")]
    return Permissions(tuple(flows), tuple(lists), tuple(groups))


def let_in(flows: Iterable[Flow], allowed: Iterable[Flow]) -> list[Flow]:
    """What of the traffic any of the rules allows."""
    rules = tuple(allowed)
    common = (shared(flow, rule) for flow in flows for rule in rules)
    return list(dict.fromkeys(one for one in common if one is not None))


def dicts(value: Json) -> list[dict[str, Any]]:
    """The objects in a list; none where there is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def ids(value: Json, key: str) -> tuple[str, ...]:
    """The ids in a list of strings, or of objects that have them under a key."""
    found = value if isinstance(value, list) else []
    read = (one.get(key) if isinstance(one, dict) else one for one in found)
    return tuple(dict.fromkeys(one for one in read if isinstance(one, str) and one))


def _route(one: Mapping[str, Any]) -> Route:
    to = one.get("destinationCidrBlock") or one.get("destinationIpv6CidrBlock")
    gate = next((str(one[name]) for name in _GATES if one.get(name)), "")
    listed = one.get("destinationPrefixListId")
    active = one.get("state") in {None, "active"}
    return Route(network(to) if to else None, gate, str(listed) if listed else None, active)


def _acl_rules(configuration: Mapping[str, Json], *, egress: bool) -> Iterator[tuple[bool, Flow]]:
    listed = dicts(configuration.get("entries"))
    entries = [one for one in listed if bool(one.get("egress")) is egress]
    for one in sorted(entries, key=lambda entry: int(entry.get("ruleNumber") or LAST_PORT)):
        source = network(one.get("cidrBlock") or one.get("ipv6CidrBlock"))
        if source is not None:
            span = one.get("portRange") if isinstance(one.get("portRange"), dict) else {}
            low, high = _span(span.get("from"), span.get("to")) if span else (0, LAST_PORT)
            flow = Flow(source, protocol_of(one.get("protocol")), low, high)
            yield one.get("ruleAction") == "allow", flow


def _answer(flow: Flow) -> Flow:
    # ICMP has no ports; a caller's own port is not known, only that it is an ephemeral one.
    return flow._replace(low=0 if flow.protocol in {ICMP, ICMP6} else EPHEMERAL, high=LAST_PORT)


_NOBODY = Flow(ip_network("0.0.0.0/32"), ALL)


def _ports(permission: Mapping[str, Any]) -> Flow:
    protocol = protocol_of(permission.get("ipProtocol"))
    if protocol in {ALL, ICMP, ICMP6}:
        # ICMP's types stand where ports would; any of them makes it an answer to the internet.
        return _NOBODY._replace(protocol=protocol)
    low, high = _span(permission.get("fromPort"), permission.get("toPort"))
    return _NOBODY._replace(protocol=protocol, low=low, high=high)


def _span(low: object, high: object) -> tuple[int, int]:
    if not isinstance(low, int) or not isinstance(high, int) or low < 0:
        return 0, LAST_PORT
    return low, high


def _ranges(permission: Mapping[str, Any]) -> Iterator[Network]:
    found = (
        *ids(permission.get("ipv4Ranges"), "cidrIp"),
        *ids(permission.get("ipRanges"), "cidrIp"),
        *ids(permission.get("ipv6Ranges"), "cidrIpv6"),
    )
    for text in dict.fromkeys(found):
        source = network(text)
        if source is not None:
            yield source
