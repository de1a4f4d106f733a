"""What CloudFront asks inside a network: VPC origins, which take neither a public address nor a route.

CloudFront puts interfaces of its own beside the origin and sends from there, in a security group of its
own; the network has an internet gateway all the same. Source: Amazon CloudFront developer guide, "Restrict
access with VPC origins".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from functions.inventory.model.exposure import network
from functions.inventory.model.exposure.answers import ExposureVerdict, Hop, Way, blocked, hop
from functions.inventory.model.exposure.flows import ANYONE, TCP, Flow
from functions.inventory.model.exposure.flows import network as block_of
from functions.inventory.model.exposure.sites import Site
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.fronts import (
    DISTRIBUTION,
    distribution,
    is_in_network,
    origins_to,
)
from functions.inventory.service.exposure.trip import (
    GROUP,
    LIST,
    SUBNET,
    Context,
    Trip,
    entries,
    has_gateway,
    pass_acl,
    pass_groups,
)
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

ORIGIN = "AWS::CloudFront::VpcOrigin"
_SENDERS = "CloudFront-VPCOrigins-Service-SG"
_FACING = "com.amazonaws.global.cloudfront.origin-facing"
_PORTS = {"http-only": ("hTTPPort",), "https-only": ("hTTPSPort",)}
_USUAL = {"hTTPPort": 80, "hTTPSPort": 443}


class Asker(NamedTuple):
    """A distribution that asks inside a network, and the origin that it does so by, where that is known."""

    front: ResourceView
    origin: ResourceView | None

    @property
    def hops(self) -> tuple[Hop, ...]:
        """What is passed between the distribution and the network."""
        return () if self.origin is None else (hop(self.origin, "asks inside the network"),)

    def ports(self) -> list[Flow]:
        """What is asked, where nothing but the origin tells."""
        told = (
            None
            if self.origin is None
            else self.origin.configuration.get("vpcOriginEndpointConfig")
        )
        inner = told if isinstance(told, dict) else {}
        named = _PORTS.get(str(inner.get("originProtocolPolicy")), tuple(_USUAL))
        found = [inner.get(name, _USUAL[name]) for name in named]
        return [Flow(ANYONE[4], TCP, port, port) for port in found if isinstance(port, int)]


def by_vpc_origins(
    view: ResourceView, found: Sequence[Site], spoken: Sequence[Flow], graph: Graph
) -> list[Way]:
    """The ways to a load balancer or an instance by the distributions that ask it inside its network.

    ``spoken`` is what it listens to; without it the origin tells what is asked.
    """
    return [way for one in _askers(view, graph) for way in _asked(one, view, found, spoken, graph)]


def _askers(view: ResourceView, graph: Graph) -> Iterator[Asker]:
    told: set[str] = set()
    for origin in _namers(view, graph, ORIGIN):
        for front in _namers(origin, graph, DISTRIBUTION):
            told.add(front.id)
            yield Asker(front, origin)
    for front in _namers(view, graph, DISTRIBUTION):
        inside = [one for one in origins_to(front, view) if is_in_network(one)]
        if front.id not in told and inside:
            id_ = str(inside[0]["vpcOriginConfig"]["vpcOriginId"])
            yield Asker(front, graph.called(ORIGIN, id_, near=front))


def _asked(
    asker: Asker, view: ResourceView, found: Sequence[Site], spoken: Sequence[Flow], graph: Graph
) -> Iterator[Way]:
    (front,) = distribution(asker.front, graph)
    if front.verdict is not ExposureVerdict.REACHABLE:
        yield front
        return
    if asker.origin is not None and asker.origin.state == DELETED:
        here = hop(asker.origin, "is deleted")
        yield blocked((*front.hops, here), f"{asker.origin.native_id} is deleted")
        return
    for site in found:
        trip = Trip(graph, Context(view=view, site=site, version=4), list(spoken or asker.ports()))
        for check in (has_gateway, _from_beside, pass_acl, _pass_groups):
            if trip.end is None:
                check(trip)
        inner = trip.arrive(says="answers as a VPC origin")
        update: dict[str, object] = {"hops": (*front.hops, *asker.hops, *inner.hops)}
        if inner.verdict is ExposureVerdict.REACHABLE:
            update |= {"ports": front.ports, "sources": front.sources}
        yield inner.model_copy(update=update)


def _from_beside(trip: Trip) -> None:
    """The traffic comes from an interface in the origin's own subnet."""
    subnet = trip.find(SUBNET, trip.to.site.subnet)
    block = None if subnet is None else block_of(subnet.configuration.get("cidrBlock"))
    if block is not None:
        trip.flows = [flow._replace(source=block) for flow in trip.flows]
    elif trip.end is None:
        trip.lose(f"the addresses of {trip.to.site.subnet} are not in the inventory")


def _pass_groups(trip: Trip) -> None:
    senders, facing = {_SENDERS}, []
    for id_ in trip.to.site.groups:
        group = trip.graph.called(GROUP, id_, near=trip.to.view)
        rules = network.permissions({} if group is None else group.configuration)
        senders |= {one for one, _ in rules.from_groups if _sends(trip, one)}
        facing += [
            each for one, _ in rules.from_lists if _faces(trip, one) for each in entries(trip, one)
        ]
    trip.flows += [flow._replace(source=one) for flow in trip.flows[:] for one in facing]
    pass_groups(trip, sender=frozenset(senders))


def _sends(trip: Trip, id_: str) -> bool:
    """Whether a group is that of CloudFront's interfaces; of one that is not known nobody can tell."""
    found = trip.graph.called(GROUP, id_, near=trip.to.view)
    if found is None:
        trip.missing.append(f"whose group {id_} is")
        return False
    return found.configuration.get("groupName") == _SENDERS


def _faces(trip: Trip, id_: str) -> bool:
    found = trip.graph.called(LIST, id_, near=trip.to.view)
    if found is None:
        trip.missing.append(f"the entries of {id_} are not in the inventory")
        return False
    return found.configuration.get("prefixListName") == _FACING


def _namers(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    return [namer.source for namer in graph.namers_of(view, type_name=type_name)]
