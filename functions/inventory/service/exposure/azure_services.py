"""What the internet reaches of Azure's own services: stores, databases, sites, clusters, Front Door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Hop,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.azure import between, properties, public
from functions.inventory.model.exposure.flows import ANYONE, TCP, Flow, Network
from functions.inventory.model.exposure.network import dicts, sifted
from functions.inventory.model.graph.hosts import hosts_of
from functions.inventory.model.paths import getter
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.azure_fronts import GATEWAY, balancer, gateway
from functions.inventory.service.exposure.passage import named
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

SITE, CLUSTER = "Microsoft.Web/sites", "Microsoft.ContainerService/managedClusters"
SITE_CONFIG = "Microsoft.Web/sites/config"
CLASSIC_DOOR, DOOR = "Microsoft.Network/frontDoors", "Microsoft.Cdn/profiles/afdEndpoints"
ORIGIN = "Microsoft.Cdn/profiles/originGroups/origins"
ORIGINS = "Microsoft.Cdn/profiles/originGroups"
ROUTE = "Microsoft.Cdn/profiles/afdEndpoints/routes"
_ANY = ANYONE[4]
_CLOSED = frozenset({"disabled", "securedbyperimeter"})
_AZURE_ITSELF = ("0.0.0.0", "0.0.0.0")  # noqa: S104  # how Azure writes "any of Azure's addresses"


class Walled(NamedTuple):
    """A service with a firewall of addresses: its port, and where its switch and its rules stand."""

    port: int
    switch: str = "properties.publicNetworkAccess"
    lists: str = "properties.networkAcls"
    rules: str = ""


# Source: ARM template reference of each type.
WALLED: Mapping[str, Walled] = MappingProxyType(
    {
        "Microsoft.Storage/storageAccounts": Walled(443),
        "Microsoft.KeyVault/vaults": Walled(443),
        "Microsoft.CognitiveServices/accounts": Walled(443),
        "Microsoft.ContainerRegistry/registries": Walled(443, lists="properties.networkRuleSet"),
        "Microsoft.Sql/servers": Walled(1433, rules="Microsoft.Sql/servers/firewallRules"),
        "Microsoft.DBforPostgreSQL/flexibleServers": Walled(
            5432,
            "properties.network.publicNetworkAccess",
            rules="Microsoft.DBforPostgreSQL/flexibleServers/firewallRules",
        ),
        "Microsoft.DBforMySQL/flexibleServers": Walled(
            3306,
            "properties.network.publicNetworkAccess",
            rules="Microsoft.DBforMySQL/flexibleServers/firewallRules",
        ),
    }
)


def walled(view: ResourceView, graph: Graph) -> list[Way]:
    """The way to a service by its public endpoint: by its switch, then by its firewall."""
    wall = WALLED[view.type]
    switch = str(getter(wall.switch)(view.configuration) or "").lower()
    if switch in _CLOSED:
        here = hop(view, "has public network access disabled")
        return [blocked((here,), f"{named(view)} has public network access disabled")]
    if wall.rules:
        return [_by_rules(view, wall, graph)]
    return [_by_lists(view, wall)]


def _by_lists(view: ResourceView, wall: Walled) -> Way:
    lists = getter(wall.lists)(view.configuration)
    lists = lists if isinstance(lists, dict) else {}
    if str(lists.get("defaultAction") or "Allow").lower() == "allow":
        return open_way(
            (hop(view, "lets in every address"),), [Flow(_ANY, TCP, wall.port, wall.port)]
        )
    sources = public(one.get("value") for one in dicts(lists.get("ipRules")))
    if not sources:
        here = hop(view, "denies all but networks of one's own")
        return blocked((here,), f"the firewall of {named(view)} lets in no public address")
    return _let_in(view, sources, wall)


def _by_rules(view: ResourceView, wall: Walled, graph: Graph) -> Way:
    rules = _named_by(view, graph, wall.rules)
    if not rules:
        missing = f"the firewall rules of {named(view)}"
        return unknown((hop(view, "is known in part"),), missing)
    ends = [_ends(one) for one in rules]
    sources = public(one for pair in ends if pair != _AZURE_ITSELF for one in between(*pair))
    if sources:
        return _let_in(view, sources, wall)
    if _AZURE_ITSELF in ends:
        missing = (
            f"which of Azure's customers call {named(view)}, whose firewall lets all of them in"
        )
        return unknown((hop(view, "lets in all of Azure"),), missing)
    here = hop(view, "lets in no public address")
    return blocked((here,), f"no firewall rule of {named(view)} lets in a public address")


def _ends(rule: ResourceView) -> tuple[str, str]:
    inner = properties(rule.configuration)
    return str(inner.get("startIpAddress")), str(inner.get("endIpAddress"))


def _let_in(view: ResourceView, sources: list[Network], wall: Walled) -> Way:
    text = ", ".join(map(str, sources[:3]))
    flows = [Flow(one, TCP, wall.port, wall.port) for one in sources]
    return open_way((hop(view, f"lets in {text} by its firewall"),), flows)


def site(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a site of App Service: on its own host name, and through what stands in front of it."""
    inner = properties(view.configuration)
    state = inner.get("state")
    if state not in {None, "Running"}:
        return [blocked((hop(view, f"is {state}"),), f"{named(view)} is {state}")]
    if str(inner.get("publicNetworkAccess") or "").lower() in _CLOSED:
        here = hop(view, "has public network access disabled")
        return [blocked((here,), f"{named(view)} has public network access disabled")]
    own = _restricted(view, graph)
    return [own, *_fronted(view, own, graph)]


def _restricted(view: ResourceView, graph: Graph) -> Way:
    settings = _settings(view, graph)
    listed = settings.get("ipSecurityRestrictions")
    if not isinstance(listed, list):
        missing = f"the access restrictions of {named(view)}"
        return unknown((hop(view, "is known in part"),), missing)
    default = str(settings.get("ipSecurityRestrictionsDefaultAction") or "").lower()
    rules = sorted(dicts(listed), key=lambda one: int(one.get("priority") or 0))
    ends_open = not rules or default == "allow"
    cuts = [
        (str(one.get("action")).lower() == "allow", Flow(source, TCP, 443, 443))
        for one in rules
        for source in _restriction(one)
    ]
    whole = [(True, Flow(_ANY, TCP, 443, 443))] if ends_open else []
    found = sifted([Flow(_ANY, TCP, 443, 443)], [*cuts, *whole])
    tags = [str(one["ipAddress"]) for one in rules if one.get("tag") == "ServiceTag"]
    if found:
        return open_way((hop(view, "answers on its host name"),), found)
    here = hop(view, "has access restrictions")
    if tags:
        missing = f"which addresses {tags[0]} in the restrictions of {named(view)} stands for"
        return unknown((here,), missing)
    return blocked((here,), f"no access restriction of {named(view)} lets in a public address")


def _restriction(one: Mapping[str, Any]) -> list[Network]:
    return [] if one.get("tag") == "ServiceTag" else public([one.get("ipAddress")])


def _settings(view: ResourceView, graph: Graph) -> Mapping[str, Any]:
    for one in _named_by(view, graph, SITE_CONFIG):
        if "ipSecurityRestrictions" in properties(one.configuration):
            return properties(one.configuration)
    told = properties(view.configuration).get("siteConfig")
    return told if isinstance(told, dict) else {}


def _fronted(view: ResourceView, own: Way, graph: Graph) -> Iterator[Way]:
    fronts = [way for one in _named_by(view, graph, CLASSIC_DOOR) for way in door(one, graph)]
    for origin in _named_by(view, graph, ORIGIN):
        fronts += _by_origin(origin, graph)
    for one in _named_by(view, graph, GATEWAY):
        fronts += gateway(one, graph)
    for front in fronts:
        if front.verdict is not ExposureVerdict.REACHABLE:
            yield front
        else:
            yield _behind(front, view, own, graph)


def _behind(front: Way, view: ResourceView, own: Way, graph: Graph) -> Way:
    """A way through a front is open where the site lets the front in, which its tag says."""
    rules = dicts(_settings(view, graph).get("ipSecurityRestrictions"))
    by_tag = any(
        one.get("tag") == "ServiceTag"
        and str(one.get("ipAddress")).lower() == "azurefrontdoor.backend"
        and str(one.get("action")).lower() == "allow"
        for one in rules
    )
    if by_tag or own.verdict is ExposureVerdict.REACHABLE:
        return front.model_copy(update={"hops": (*front.hops, hop(view, "is its origin"))})
    return own.model_copy(update={"hops": (*front.hops, *own.hops)})


def _by_origin(origin: ResourceView, graph: Graph) -> list[Way]:
    if properties(origin.configuration).get("enabledState") == "Disabled":
        here = (hop(origin, "is disabled"),)
        return [blocked(here, f"origin {named(origin)} is disabled")]
    ways = []
    for group in _targets(origin, graph, ORIGINS):
        for route in _named_by(group, graph, ROUTE):
            ways += [_by_route(route, end, (group, origin)) for end in _targets(route, graph, DOOR)]
    return ways


def _by_route(
    route: ResourceView, end: ResourceView, behind: tuple[ResourceView, ResourceView]
) -> Way:
    (front,) = door(end)
    if front.verdict is not ExposureVerdict.REACHABLE:
        return front
    if properties(route.configuration).get("enabledState") == "Disabled":
        return blocked(
            (*front.hops, hop(route, "is disabled")), f"route {named(route)} is disabled"
        )
    hops: tuple[Hop, ...] = tuple(hop(one, "leads on") for one in (route, *behind))
    return front.model_copy(update={"hops": (*front.hops, *hops)})


def door(view: ResourceView, graph: Graph | None = None) -> list[Way]:
    """The way to a Front Door, of either generation: open to the internet as long as it is enabled."""
    del graph
    inner = properties(view.configuration)
    if inner.get("enabledState") == "Disabled":
        return [blocked((hop(view, "is disabled"),), f"{named(view)} is disabled")]
    hosts = hosts_of(view.type, view.region, view.native_id, view.configuration)
    says = f"answers at {hosts[0]}" if hosts else "answers everyone"
    return [open_way((hop(view, says),), [Flow(_ANY, TCP, 80, 80), Flow(_ANY, TCP, 443, 443)])]


def cluster(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a Kubernetes cluster: to its API server, and to what its load balancer publishes."""
    return [_api(view), *_published(view, graph)]


def _api(view: ResourceView) -> Way:
    inner = properties(view.configuration)
    power = inner.get("powerState")
    if isinstance(power, dict) and power.get("code") == "Stopped":
        return blocked((hop(view, "is stopped"),), f"{named(view)} is stopped")
    profile = inner.get("apiServerAccessProfile")
    profile = profile if isinstance(profile, dict) else {}
    if profile.get("enablePrivateCluster") is True:
        here = (hop(view, "has a private API server"),)
        return blocked(here, f"the API server of {named(view)} has no public address")
    allowed = profile.get("authorizedIPRanges")
    sources = public(allowed) if isinstance(allowed, list) and allowed else [_ANY]
    if not sources:
        here = (hop(view, "lets in private addresses alone"),)
        return blocked(here, f"the authorized ranges of {named(view)} have no public address")
    says = f"answers {', '.join(map(str, sources[:3]))} on its API server"
    return open_way((hop(view, says),), [Flow(one, TCP, 443, 443) for one in sources])


def _published(view: ResourceView, graph: Graph) -> Iterator[Way]:
    group = properties(view.configuration).get("nodeResourceGroup")
    if not group:
        return
    where = f"/subscriptions/{view.account}/resourceGroups/{group}/providers"
    front = graph.called("", f"{where}/Microsoft.Network/loadBalancers/kubernetes", near=view)
    if front is None or front.state == DELETED:
        return
    for way in balancer(front, graph):
        if way.verdict is ExposureVerdict.REACHABLE:
            hops = (*way.hops, hop(view, "publishes a service there"))
            yield way.model_copy(update={"hops": hops})


def _named_by(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    return [namer.source for namer in graph.namers_of(view, type_name=type_name)]


def _targets(view: ResourceView, graph: Graph, type_name: str) -> list[ResourceView]:
    found = (one.target for one in graph.named_by(view))
    return [one for one in found if one and one.type == type_name and one.state != DELETED]
