"""What stands before others at the edge of Amazon's own network: CloudFront and Global Accelerator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.inventory.model.exposure import network
from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Hop,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.flows import ANYONE, TCP, Flow, protocol_of
from functions.inventory.model.exposure.policies import statements
from functions.inventory.model.exposure.sites import Site
from functions.inventory.model.graph.hosts import bucket_of, host_of, hosts_of
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.trip import Context, from_accelerator
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

DISTRIBUTION = "AWS::CloudFront::Distribution"
ACCELERATOR = "AWS::GlobalAccelerator::Accelerator"
LISTENER = "AWS::GlobalAccelerator::Listener"
ENDPOINTS = "AWS::GlobalAccelerator::EndpointGroup"
EIP = "AWS::EC2::EIP"
_ANY = ANYONE[4]
_HTTP, _HTTPS = Flow(_ANY, TCP, 80, 80), Flow(_ANY, TCP, 443, 443)
_SERVICE = "cloudfront.amazonaws.com"
_IDENTITY = "origin-access-identity/cloudfront/"


def distribution(view: ResourceView, graph: Graph) -> list[Way]:
    """The way to a CloudFront distribution: open to the internet as long as it is enabled."""
    del graph
    inner = _inner(view)
    if view.state == DELETED:
        return [blocked((hop(view, "is deleted"),), f"{view.native_id} is deleted")]
    if inner.get("enabled") is False:
        return [blocked((hop(view, "is disabled"),), f"{view.native_id} is disabled")]
    if inner.get("enabled") is None:
        missing = f"whether {view.native_id} is enabled"
        return [unknown((hop(view, "is known in part"),), missing)]
    default = inner.get("defaultCacheBehavior")
    asked = default.get("viewerProtocolPolicy") if isinstance(default, dict) else None
    spoken = [_HTTPS] if asked == "https-only" else [_HTTP, _HTTPS]
    guard = inner.get("webACLId")
    says = f"answers everyone whom {guard} lets in" if guard else "answers everyone"
    return [open_way((hop(view, says),), spoken)]


def by_distributions(view: ResourceView, ways: Sequence[Way], graph: Graph) -> list[Way]:
    """The ways to what distributions lead on to, given the ways to it from their origin's side."""
    found: list[Way] = []
    for one in _named_by(view, graph, DISTRIBUTION):
        front = distribution(one, graph)[0]
        if front.verdict is not ExposureVerdict.REACHABLE:
            found.append(front)
            continue
        # What is asked inside its network is judged there.
        origins = origins_to(one, view)
        if not origins or not all(map(is_in_network, origins)):
            found += [_prefixed(front, way) for way in ways]
    return found


def by_distributions_to_bucket(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a bucket's objects through the distributions whose origin it is."""
    ways = []
    for one in _named_by(view, graph, DISTRIBUTION):
        front = distribution(one, graph)[0]
        if front.verdict is not ExposureVerdict.REACHABLE:
            ways.append(front)
        else:
            ways += [_through(front, view, one, origin) for origin in origins_to(one, view)]
    return ways


def by_distributions_signed(
    view: ResourceView, at: ResourceView, policy: Any, graph: Graph
) -> list[Way]:
    """The ways to a function whose URL takes the signed calls of distributions that its policy lets in."""
    ways = []
    for one in _named_by(at, graph, DISTRIBUTION):
        front = distribution(one, graph)[0]
        signs = any(origin.get("originAccessControlId") for origin in origins_to(one, at))
        if not signs or front.verdict is not ExposureVerdict.REACHABLE:
            continue
        if any(_lets_service(statement, one) for statement in statements(policy)):
            hops = (*front.hops, hop(view, f"lets {one.native_id} call it by its policy"))
            ways.append(front.model_copy(update={"hops": hops}))
    return ways


def origins_to(front: ResourceView, view: ResourceView) -> list[dict[str, Any]]:
    """The origins of a distribution that mean a resource, by its host names or its bucket's."""
    listed = _inner(front).get("origins")
    items = network.dicts(listed.get("items")) if isinstance(listed, dict) else []
    own = set(hosts_of(view.type, view.region, view.native_id, view.configuration))
    hosts = ((one, host_of(one.get("domainName"))) for one in items)
    return [one for one, host in hosts if host in own or bucket_of(host) == view.native_id]


def accelerator(view: ResourceView, graph: Graph) -> list[Way]:
    """The way to an accelerator: open to the internet where it is enabled and listens."""
    if view.state == DELETED:
        return [blocked((hop(view, "is deleted"),), f"{view.native_id} is deleted")]
    enabled = view.configuration.get("enabled")
    if enabled is None:
        return [unknown((hop(view, "is known in part"),), f"whether {view.native_id} is enabled")]
    if enabled is False:
        return [blocked((hop(view, "is disabled"),), f"{view.native_id} is disabled")]
    spoken = [flow for one in _named_by(view, graph, LISTENER) for flow in _heard(one)]
    if not spoken:
        return [blocked((hop(view, "has no listener"),), f"{view.native_id} has no listener")]
    return [open_way((hop(view, "announces its addresses everywhere"),), spoken)]


def by_accelerators(view: ResourceView, sites: Sequence[Site], graph: Graph) -> list[Way]:
    """The ways to a load balancer or instance by the accelerators whose endpoint it is."""
    ways: list[Way] = []
    endpoints = (view, *_named_by(view, graph, EIP))
    for one in endpoints:
        for group in _named_by(one, graph, ENDPOINTS):
            for front, spoken in _before(group, graph):
                ways += _accelerated(front, spoken, view, sites, graph)
    return ways


def _before(group: ResourceView, graph: Graph) -> Iterator[tuple[Way, list[Flow]]]:
    for listener in _targets(group, graph, LISTENER):
        for one in _targets(listener, graph, ACCELERATOR):
            spoken = _heard(listener)
            (front,) = accelerator(one, graph)
            more = (hop(listener, f"takes {_text(spoken)}"), hop(group, "leads on"))
            if front.verdict is ExposureVerdict.REACHABLE:
                front = front.model_copy(update={"hops": (*front.hops, *more)})
            yield front, spoken


def _accelerated(
    front: Way, spoken: list[Flow], view: ResourceView, sites: Sequence[Site], graph: Graph
) -> list[Way]:
    if front.verdict is not ExposureVerdict.REACHABLE:
        return [front]
    ways = []
    for site in sites:
        trip = from_accelerator(graph, Context(view=view, site=site, version=4), spoken)
        inner = trip.arrive(says="is an endpoint of the accelerator")
        ways.append(inner.model_copy(update={"hops": (*front.hops, *inner.hops)}))
    return ways


def _heard(listener: ResourceView) -> list[Flow]:
    protocol = protocol_of(listener.configuration.get("protocol"))
    ranges = network.dicts(listener.configuration.get("portRanges"))
    return [
        Flow(_ANY, protocol, int(one["fromPort"]), int(one["toPort"]))
        for one in ranges
        if "fromPort" in one and "toPort" in one
    ]


def _text(flows: Sequence[Flow]) -> str:
    return ", ".join(sorted({flow.text for flow in flows})) or "nothing"


def _through(front: Way, bucket: ResourceView, one: ResourceView, origin: Mapping[str, Any]) -> Way:
    signs = bool(origin.get("originAccessControlId"))
    legacy = origin.get("s3OriginConfig")
    identity = str(legacy.get("originAccessIdentity") or "") if isinstance(legacy, dict) else ""
    if not signs and not identity:
        here: Hop = hop(bucket, "takes no unsigned request")
        why = f"{one.native_id} asks {bucket.native_id} without an origin access control"
        return blocked((*front.hops, here), why)
    told = _policy(bucket)
    if told is None:
        missing = f"the policy of {bucket.native_id}"
        return unknown((*front.hops, hop(bucket, "is known in part")), missing)
    user = identity.removeprefix(_IDENTITY)
    for statement in statements(told):
        if _lets_service(statement, one) if signs else _lets_identity(statement, user):
            says = f"lets {one.native_id} in by its policy"
            return front.model_copy(update={"hops": (*front.hops, hop(bucket, says))})
    here = hop(bucket, "does not let the distribution in")
    return blocked((*front.hops, here), f"no statement of its policy lets {one.native_id} in")


def _policy(bucket: ResourceView) -> Any:
    supplementary = bucket.configuration.get("supplementary")
    told = supplementary if isinstance(supplementary, dict) else {}
    return next((one for key, one in told.items() if key.lower() == "bucketpolicy"), None)


def _lets_service(statement: Mapping[str, Any], front: ResourceView) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, dict) else None
    if statement.get("Effect") != "Allow" or _SERVICE not in json.dumps(services):
        return False
    condition = json.dumps(statement.get("Condition") or {})
    return ":distribution/" not in condition or f":distribution/{front.native_id}" in condition


def _lets_identity(statement: Mapping[str, Any], user: str) -> bool:
    # A canonical user id does not tell whose it is; a policy that names one is for such an identity.
    principal = json.dumps(statement.get("Principal"))
    named = user in principal or "CanonicalUser" in principal
    return statement.get("Effect") == "Allow" and named


def is_in_network(origin: Mapping[str, Any]) -> bool:
    """Whether an origin is asked inside its network, as a VPC origin."""
    inner = origin.get("vpcOriginConfig")
    return isinstance(inner, dict) and bool(inner.get("vpcOriginId"))


def _prefixed(front: Way, way: Way) -> Way:
    update: dict[str, object] = {"hops": (*front.hops, *way.hops)}
    if way.verdict is ExposureVerdict.REACHABLE:
        update |= {"ports": front.ports, "sources": front.sources}
    return way.model_copy(update=update)


def _inner(view: ResourceView) -> Mapping[str, Any]:
    told = view.configuration.get("distributionConfig")
    return told if isinstance(told, dict) else view.configuration


def _named_by(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    return [namer.source for namer in graph.namers_of(view, type_name=type_name)]


def _targets(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    found = (named.target for named in graph.named_by(view))
    return [one for one in found if one and one.type == type_name and one.state != DELETED]
