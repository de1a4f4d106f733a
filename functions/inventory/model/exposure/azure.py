"""What Azure's network security groups and address rules let through, read from ARM's own configurations.

Sources: Azure network security groups, "security rules" and "default security rules"; ARM template reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, summarize_address_range
from typing import Any, NamedTuple

from functions.inventory.model.exposure.flows import (
    ALL,
    ANYONE,
    LAST_PORT,
    Flow,
    Network,
    is_public,
    narrower,
    network,
    protocol_of,
)
from functions.inventory.model.exposure.network import Route, dicts, sifted, taken
from functions.inventory.model.patch import Json

_ANY = ANYONE[4]
_ANYONE = frozenset({"*", "any", "0.0.0.0/0", str(_ANY.network_address)})
_NEVER = frozenset({"azureloadbalancer"})
_INTERNET, _INSIDE = "internet", "virtualnetwork"
_LAST = 65_500
_HOPS = {
    _INTERNET: _INTERNET,
    "none": "nowhere",
    "virtualappliance": "the appliance",
    "virtualnetworkgateway": "a network gateway",
    "vnetlocal": "the virtual network",
}
_SIX = (Route(ANYONE[6], _INTERNET),)
# What every group has behind its own rules, where the answer leaves them out.
_DEFAULTS: tuple[dict[str, Json], ...] = (
    {
        "priority": 65_000,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "*",
        "sourceAddressPrefix": "VirtualNetwork",
        "destinationAddressPrefix": "VirtualNetwork",
        "destinationPortRange": "*",
    },
)


class Spot(NamedTuple):
    """Where traffic goes: a private address, in which application security groups, from inside or not."""

    address: str
    groups: frozenset[str] = frozenset()
    inside: bool = False


class Passed(NamedTuple):
    """What a group lets through; ``tags`` are those it lets in whose addresses nobody here knows."""

    flows: list[Flow]
    tags: tuple[str, ...] = ()


def passed(configuration: Mapping[str, Json], flows: Iterable[Flow], spot: Spot) -> Passed:
    """What of the traffic a network security group lets in; the lowest priority number that fits decides."""
    rules = sorted(_inbound(configuration), key=lambda one: int(one.get("priority") or _LAST))
    meant = [one for one in rules if _is_for(one, spot)]
    cuts = (
        (one.get("access") == "Allow", flow) for one in meant for flow in _flows(one, spot=spot)
    )
    tags = (tag for one in meant if one.get("access") == "Allow" for tag in _tags(one))
    return Passed(sifted(flows, cuts), tuple(dict.fromkeys(tags)))


class Answered(NamedTuple):
    """What of the traffic gets its answers, and where those of the rest are sent first."""

    flows: list[Flow]
    elsewhere: str = ""


def answered(configuration: Mapping[str, Json], flows: Iterable[Flow]) -> Answered:
    """The traffic whose answers a route table sends to the internet, as Azure does by itself.

    The longest prefix decides. What an appliance or a network gateway is handed does not come back by the
    address that it was sent to.
    """
    routes = list(_routes(configuration))
    kept: list[Flow] = []
    elsewhere = ""
    for flow in flows:
        for source, route in taken(flow.source, [*routes, Route(_ANY, _INTERNET), *_SIX]):
            if route.gate == _INTERNET:
                kept.append(flow._replace(source=source))
            else:
                elsewhere = elsewhere or route.gate
    return Answered(list(dict.fromkeys(kept)), elsewhere)


def _routes(configuration: Mapping[str, Json]) -> Iterator[Route]:
    for one in map(properties, dicts(properties(configuration).get("routes"))):
        kind, at = str(one.get("nextHopType") or ""), str(one.get("nextHopIpAddress") or "")
        gate = _HOPS.get(kind.lower(), kind)
        yield Route(network(str(one.get("addressPrefix"))), f"{gate} {at}".strip())


def properties(value: Json) -> dict[str, Any]:
    """The properties of an ARM object; none where it has none."""
    inner = value.get("properties") if isinstance(value, Mapping) else None
    return inner if isinstance(inner, dict) else {}


def id_in(value: Json) -> str:
    """The id in a reference, in lower case as ids are compared; empty where there is none."""
    found = value.get("id") if isinstance(value, Mapping) else None
    return found.lower().rstrip("/") if isinstance(found, str) else ""


def ids_in(value: Json) -> frozenset[str]:
    """The ids in a list of references."""
    return frozenset(one for one in map(id_in, dicts(value)) if one)


def ports_of(text: object) -> tuple[int, int] | None:
    """The first and last port that a text means; None when it is none."""
    words = str(text).strip()
    if words == "*":
        return 0, LAST_PORT
    low, _, high = words.partition("-")
    if not low.isdecimal() or (high and not high.isdecimal()):
        return None
    return int(low), int(high or low)


def between(first: object, last: object) -> list[Network]:
    """The networks from one address to another."""
    try:
        low, high = IPv4Address(str(first)), IPv4Address(str(last))
        return list(summarize_address_range(low, high))
    except ValueError:
        return []


def public(texts: Iterable[object]) -> list[Network]:
    """The networks among texts that any of the internet is in."""
    found = (_ANY if str(one).lower() in _ANYONE else network(one) for one in texts)
    return [one for one in found if one is not None and is_public(one)]


def _inbound(configuration: Mapping[str, Json]) -> Iterator[Mapping[str, Any]]:
    inner = properties(configuration)
    own = [properties(one) or one for one in dicts(inner.get("securityRules"))]
    listed = dicts(inner.get("defaultSecurityRules"))
    defaults = [properties(one) or one for one in listed] or list(_DEFAULTS)
    for one in (*own, *defaults):
        if str(one.get("direction")).lower() == "inbound":
            yield one


def _is_for(rule: Mapping[str, Any], spot: Spot) -> bool:
    groups = ids_in(rule.get("destinationApplicationSecurityGroups"))
    if groups:
        return bool(groups & spot.groups)
    to = [
        str(one) for one in _either(rule, "destinationAddressPrefix", "destinationAddressPrefixes")
    ]
    if not to or any(one.lower() in {*_ANYONE, _INSIDE} for one in to):
        return True
    here = network(spot.address)
    blocks = [found for one in to if (found := network(one)) is not None]
    # An address that is not known may be among those meant.
    return here is None or any(narrower(here, one) == here for one in blocks)


def _flows(rule: Mapping[str, Any], *, spot: Spot) -> Iterator[Flow]:
    protocol = ALL if rule.get("protocol") == "*" else protocol_of(rule.get("protocol"))
    ranges = map(ports_of, _either(rule, "destinationPortRange", "destinationPortRanges"))
    for ports in ranges:
        if ports is not None:
            for source in _sources(rule, spot):
                yield Flow(source, protocol, *ports)


def _sources(rule: Mapping[str, Any], spot: Spot) -> Iterator[Network]:
    for text in _either(rule, "sourceAddressPrefix", "sourceAddressPrefixes"):
        word = str(text).lower()
        block = _ANY if word in _ANYONE else network(word)
        if block is not None:
            yield block
        elif word == (_INSIDE if spot.inside else _INTERNET):
            yield _ANY


def _tags(rule: Mapping[str, Any]) -> Iterator[str]:
    for text in _either(rule, "sourceAddressPrefix", "sourceAddressPrefixes"):
        word = str(text).lower()
        if word not in {*_ANYONE, *_NEVER, _INTERNET, _INSIDE} and network(word) is None:
            yield str(text)


def _either(rule: Mapping[str, Any], one: str, many: str) -> list[Any]:
    listed = rule.get(many)
    if isinstance(listed, list) and listed:
        return listed
    return [rule[one]] if rule.get(one) else []
