"""One trip of traffic from the internet into a subnet: gateway, route, network ACL, security groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from functions.inventory.model.exposure import network
from functions.inventory.model.exposure.answers import Hop, Way, blocked, hop, open_way, unknown
from functions.inventory.model.exposure.flows import ANYONE, Flow, Network, everything, is_public
from functions.inventory.model.exposure.flows import network as block_of
from functions.inventory.model.exposure.sites import Site
from functions.inventory.model.patch import Json
from functions.inventory.model.resource import DELETED, Frozen
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

VPC, SUBNET = "AWS::EC2::VPC", "AWS::EC2::Subnet"
TABLE, ACL, GROUP = "AWS::EC2::RouteTable", "AWS::EC2::NetworkAcl", "AWS::EC2::SecurityGroup"
GATEWAY, LIST = "AWS::EC2::InternetGateway", "AWS::EC2::PrefixList"
_PAGE = 100
"""Entries of a prefix list that one answer of the API holds."""
_ATTACHED = frozenset({"available", "attached"})
# Why what a route leads to lets nobody in from the internet. Source: Amazon VPC user guide.
_NO_ENTRY = {
    "nat": "a NAT gateway lets out only",
    "eigw": "an egress-only gateway lets out only",
    "tgw": "a transit gateway leads to other networks, not to the internet",
    "pcx": "a peering leads to one other network, not to the internet",
    "vgw": "a private gateway leads to a network of one's own, not to the internet",
    "local": "it stays in the network",
}


class Context(Frozen):
    """Where a trip goes: into which site, on whose behalf, by which version of the protocol."""

    view: ResourceView
    site: Site
    version: int


@dataclass(slots=True)
class Trip:
    """Traffic on its way; ``end`` is set where it goes no further."""

    graph: Graph
    to: Context
    flows: list[Flow] = field(default_factory=list)
    hops: list[Hop] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    end: Way | None = None

    def find(self, type_name: str, id_: str) -> ResourceView | None:
        """A resource on the way; where it is not known or gone, the trip ends."""
        found = self.graph.called(type_name, id_, near=self.to.view)
        if found is None:
            self.lose(f"{type_name} {id_} is not in the inventory")
        elif found.state == DELETED:
            self.stop(hop(found, "is deleted"), f"{id_} is deleted")
        else:
            return found
        return None

    def go(self, view: ResourceView, says: str) -> None:
        """The traffic passes a hop."""
        self.hops.append(hop(view, says))

    def stop(self, at: Hop, why: str) -> None:
        """No traffic passes that hop, unless something is not known that might let it."""
        ways = (*self.hops, at)
        self.end = unknown(ways, *self.missing) if self.missing else blocked(ways, why)

    def lose(self, *missing: str) -> None:
        """Nobody can tell where it goes from here."""
        self.end = unknown(tuple(self.hops), *self.missing, *missing)

    def arrive(self, *, says: str) -> Way:
        """The way, whole or as far as it went."""
        if self.end is not None:
            return self.end
        self.go(self.to.view, says)
        return open_way(tuple(self.hops), self.flows)


def from_internet(graph: Graph, to: Context) -> Trip:
    """A trip from anywhere on the internet to where the site's security groups have let it in."""
    trip = Trip(graph, to, everything([ANYONE[to.version]]))
    for check in (_enter, pass_acl, pass_groups):
        if trip.end is None:
            check(trip)
    return trip


def from_inside(graph: Graph, to: Context, flows: Iterable[Flow], groups: Iterable[str]) -> Trip:
    """A trip within the network: from a front's subnets or groups to the site."""
    trip = Trip(graph, to, list(flows))
    sender = frozenset(groups)
    checks: tuple[Callable[[Trip], None], ...] = (
        pass_acl,
        lambda one: pass_groups(one, sender=sender),
    )
    for check in checks:
        if trip.end is None:
            check(trip)
    return trip


def from_accelerator(graph: Graph, to: Context, flows: Iterable[Flow]) -> Trip:
    """A trip by Global Accelerator, which keeps the caller's address and needs a gateway but no route.

    Source: AWS Global Accelerator developer guide, "Secure VPC connections".
    """
    trip = Trip(graph, to, list(flows))
    for check in (has_gateway, pass_acl, pass_groups):
        if trip.end is None:
            check(trip)
    return trip


def has_gateway(trip: Trip) -> None:
    """The network has an internet gateway, whatever its routes say."""
    subnet = trip.find(SUBNET, trip.to.site.subnet)
    vpc = None if subnet is None else trip.find(VPC, _vpc_of(trip, subnet))
    if vpc is None:
        return
    for gateway in _namers(trip, vpc, GATEWAY):
        if _is_attached(trip, gateway.native_id, vpc.native_id):
            return
    if trip.end is None:
        why = f"{vpc.native_id} has no internet gateway, which an accelerator asks for"
        trip.stop(hop(vpc, "has no internet gateway"), why)


def _enter(trip: Trip) -> None:
    subnet = trip.find(SUBNET, trip.to.site.subnet)
    if subnet is None:
        return
    table = _table_of(trip, subnet)
    if table is None:
        return
    found = _with_lists(trip, network.routes(table.configuration))
    parts = [part for flow in trip.flows[:1] for part in network.taken(flow.source, found)]
    gated = [(source, one.gate) for source, one in parts if one.gate.startswith("igw-")]
    gates = dict.fromkeys(gate for _, gate in gated)
    open_ = [gate for gate in gates if _is_attached(trip, gate, _vpc_of(trip, subnet))]
    if trip.end is None and not open_:
        trip.stop(hop(table, "has no way in"), _no_entry(table, found, parts))
    if trip.end is None:
        sources = [source for source, gate in gated if gate in open_]
        trip.flows = everything(sources)
        trip.go(table, f"routes {', '.join(map(str, _most(sources)))} to {', '.join(open_)}")


def _table_of(trip: Trip, subnet: ResourceView) -> ResourceView | None:
    for table in _namers(trip, subnet, TABLE):
        return table
    vpc = trip.find(VPC, _vpc_of(trip, subnet))
    if vpc is None:
        return None
    for table in _namers(trip, vpc, TABLE):
        if network.is_main(table.configuration):
            return table
    trip.lose(
        f"no route table of {subnet.native_id}, nor the main one of {vpc.native_id}, is known"
    )
    return None


def _with_lists(trip: Trip, found: tuple[network.Route, ...]) -> list[network.Route]:
    routes: list[network.Route] = []
    for route in found:
        if route.prefix_list is None:
            # Nobody on the internet has a private address, so such a route takes nobody away.
            routes += [route] if route.to is None or is_public(route.to) else []
        elif route.gate.startswith("igw-"):
            routes += [route._replace(to=one) for one in entries(trip, route.prefix_list)]
    return routes


def _is_attached(trip: Trip, gate: str, vpc: str) -> bool:
    gateway = trip.find(GATEWAY, gate)
    if gateway is None:
        return False
    attachments = network.dicts(gateway.configuration.get("attachments"))
    if any(one.get("vpcId") == vpc and one.get("state") in _ATTACHED for one in attachments):
        trip.go(gateway, f"is attached to {vpc}")
        return True
    trip.stop(hop(gateway, "is not attached"), f"{gate} is not attached to {vpc}")
    return False


def _no_entry(
    table: ResourceView,
    found: Iterable[network.Route],
    parts: Iterable[tuple[Network, network.Route]],
) -> str:
    for source, route in parts:
        kind = route.gate.partition("-")[0]
        reason = _NO_ENTRY.get(kind, "which is no internet gateway")
        return f"{table.native_id} sends {source} to {route.gate or 'nowhere'}: {reason}"
    dead = [one.gate for one in found if not one.active]
    if dead:
        return f"{table.native_id}: the route to {dead[0]} is a black hole"
    return f"{table.native_id} has no route to an internet gateway"


def pass_acl(trip: Trip) -> None:
    """The traffic passes the subnet's network ACL, and so do its answers."""
    subnet = trip.find(SUBNET, trip.to.site.subnet)
    acl = None if subnet is None else _acl_of(trip, subnet)
    if acl is None:
        return
    incoming = network.passed(acl.configuration, trip.flows)
    if not incoming:
        trip.stop(hop(acl, "lets nothing in"), f"{acl.native_id} lets nothing in from there")
        return
    trip.flows = network.answered(acl.configuration, incoming)
    if not trip.flows:
        trip.stop(hop(acl, "lets no answer out"), f"{acl.native_id} lets no answer out")
        return
    trip.go(acl, "lets it in, and the answers out")


def _acl_of(trip: Trip, subnet: ResourceView) -> ResourceView | None:
    for acl in _namers(trip, subnet, ACL):
        return acl
    vpc = trip.find(VPC, _vpc_of(trip, subnet))
    if vpc is None:
        return None
    for acl in _namers(trip, vpc, ACL):
        if acl.configuration.get("isDefault") is True:
            return acl
    trip.lose(f"no network ACL of {subnet.native_id} is known")
    return None


def pass_groups(trip: Trip, *, sender: frozenset[str] = frozenset()) -> None:
    """The traffic passes the site's security groups; ``sender`` are the groups that it comes from, if any."""
    if not trip.to.site.groups:
        return
    before, passed, closed = trip.flows, [], []
    for id_ in trip.to.site.groups:
        group = _group(trip, id_)
        if group is None:
            continue
        allowed = _let_in(trip, before, group, sender)
        passed += allowed
        if allowed:
            trip.go(group, f"lets in {', '.join(sorted({flow.text for flow in allowed}))}")
        else:
            closed.append(group)
    trip.flows = list(dict.fromkeys(passed))
    if not passed and closed:
        _closed(trip, closed, outside=not sender)
    elif not passed and trip.end is None:
        trip.lose()


def _closed(trip: Trip, groups: list[ResourceView], *, outside: bool) -> None:
    names = ", ".join(one.native_id for one in groups)
    whom = "anybody on the internet" if outside else "what stands in front of it"
    trip.stop(hop(groups[0], "lets nobody in from there"), f"no rule of {names} lets in {whom}")


def _group(trip: Trip, id_: str) -> ResourceView | None:
    found = trip.graph.called(GROUP, id_, near=trip.to.view)
    if found is None or "ipPermissions" not in found.configuration:
        trip.missing.append(f"the rules of {id_} are not in the inventory")
        return None
    if found.state == DELETED:
        return found.model_copy(update={"configuration": {"ipPermissions": []}})
    return found


def _let_in(
    trip: Trip, flows: list[Flow], group: ResourceView, sender: frozenset[str]
) -> list[Flow]:
    rules = network.permissions(group.configuration)
    allowed = list(rules.flows)
    for id_, ports in rules.from_lists:
        allowed += [ports._replace(source=one) for one in entries(trip, id_)]
    inside = [ports for id_, ports in rules.from_groups if id_ in sender]
    allowed += [ports._replace(source=flow.source) for ports in inside for flow in flows]
    found = network.let_in(flows, allowed)
    return found if sender else [flow for flow in found if is_public(flow.source)]


def entries(trip: Trip, id_: str) -> list[Network]:
    """The networks in a prefix list, as far as they are known."""
    found = trip.graph.called(LIST, id_, near=trip.to.view)
    listed = None if found is None else _listed(found.configuration)
    if listed is None:
        trip.missing.append(f"the entries of {id_} are not in the inventory")
    elif len(network.dicts(listed)) >= _PAGE:
        trip.missing.append(
            f"the entries of {id_} after the first {_PAGE} are not in the inventory"
        )
    read = (block_of(one.get("cidr")) for one in network.dicts(listed))
    return [one for one in read if one is not None]


def _listed(configuration: Mapping[str, Json]) -> Json:
    supplementary = configuration.get("supplementary")
    told = supplementary.get("Entries") if isinstance(supplementary, dict) else None
    return configuration.get("entries") if told is None else told


def _namers(trip: Trip, view: ResourceView, type_name: str) -> list[ResourceView]:
    found = [namer.source for namer in trip.graph.namers_of(view, type_name=type_name)]
    key = "associations"
    if view.type != SUBNET:
        return found
    return [
        one
        for one in found
        if view.native_id in network.ids(one.configuration.get(key), "subnetId")
    ]


def _vpc_of(trip: Trip, subnet: ResourceView) -> str:
    return str(subnet.configuration.get("vpcId") or trip.to.site.vpc)


def _most(sources: list[Network]) -> list[Network]:
    return sorted(sources, key=lambda one: one.prefixlen)[:3]
