"""What the internet reaches of a Kubernetes cluster of Amazon's: its API, and the services it publishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.flows import ANYONE, TCP, Flow, is_public, network
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.machines import BALANCER, CLASSIC, balancer
from functions.inventory.service.exposure.trip import VPC
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

# Whose service a load balancer is. Sources: cloud-provider-aws, aws-load-balancer-controller, "tags".
_OWNED, _CONTROLLED = "kubernetes.io/cluster/{}", "elbv2.k8s.aws/cluster"


def cluster(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a cluster: to its API server, and to what its load balancers publish."""
    return [_api(view), *_published(view, graph)]


def _api(view: ResourceView) -> Way:
    inner = _inner(view)
    public = inner.get("endpointPublicAccess")
    if public is None:
        return unknown((hop(view, "is known in part"),), f"the endpoint of {view.native_id}")
    if public is not True:
        here = (hop(view, "has a private endpoint"),)
        return blocked(here, f"the API server of {view.native_id} has no public endpoint")
    listed = inner.get("publicAccessCidrs")
    allowed = [str(one) for one in listed] if isinstance(listed, list) else []
    read = [found for one in allowed if (found := network(one)) is not None]
    sources = [one for one in read if is_public(one)] if allowed else [ANYONE[4]]
    if not sources:
        here = (hop(view, "lets in private addresses alone"),)
        return blocked(here, f"publicAccessCidrs of {view.native_id}: {', '.join(allowed)}")
    says = f"answers {', '.join(map(str, sources[:3]))} on its API server"
    return open_way((hop(view, says),), [Flow(one, TCP, 443, 443) for one in sources])


def _published(view: ResourceView, graph: Graph) -> Iterator[Way]:
    vpc_id = _inner(view).get("vpcId")
    vpc = graph.called(VPC, str(vpc_id), near=view) if vpc_id else None
    if vpc is None:
        return
    for type_name in (BALANCER, CLASSIC):
        for namer in graph.namers_of(vpc, type_name=type_name):
            if namer.source.state != DELETED and _is_of(namer.source, view):
                yield from _behind(namer.source, view, graph)


def _behind(front: ResourceView, view: ResourceView, graph: Graph) -> Iterator[Way]:
    for way in balancer(front, graph):
        if way.verdict is ExposureVerdict.REACHABLE:
            hops = (*way.hops, hop(view, "publishes a service there"))
            yield way.model_copy(update={"hops": hops})
        else:
            yield way


def _is_of(front: ResourceView, view: ResourceView) -> bool:
    tagged = _OWNED.format(view.native_id) in front.tags
    return tagged or front.tags.get(_CONTROLLED) == view.native_id


def _inner(view: ResourceView) -> dict[str, Any]:
    told = view.configuration.get("resourcesVpcConfig")
    return told if isinstance(told, dict) else {}
