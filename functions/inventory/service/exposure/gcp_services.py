"""What the internet reaches of Google's own services: Cloud Run, functions, clusters, databases, buckets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from functions.inventory.model.exposure import gcp
from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.azure import public
from functions.inventory.model.exposure.flows import ANYONE, TCP, Flow
from functions.inventory.model.exposure.network import dicts
from functions.inventory.model.paths import getter
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.gcp_machines import forwarded
from functions.inventory.service.exposure.passage import named
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

SERVICE, FUNCTION = "run.googleapis.com/Service", "cloudfunctions.googleapis.com/CloudFunction"
CLUSTER, DATABASE = "container.googleapis.com/Cluster", "sqladmin.googleapis.com/Instance"
BUCKET = "storage.googleapis.com/Bucket"
_GROUP = "compute.googleapis.com/NetworkEndpointGroup"
_ANY = ANYONE[4]
_HTTPS = Flow(_ANY, TCP, 443, 443)
_INGRESS = "run.googleapis.com/ingress"
_UNASKED = "run.googleapis.com/invoker-iam-disabled"
# How each API spells who may come: everybody, load balancers too, or the project's own networks alone.
_WIDE: Mapping[str, str] = MappingProxyType(
    {
        "all": "all",
        "INGRESS_TRAFFIC_ALL": "all",
        "ALLOW_ALL": "all",
        "internal-and-cloud-load-balancing": "balanced",
        "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER": "balanced",
        "ALLOW_INTERNAL_AND_GCLB": "balanced",
        "internal": "internal",
        "INGRESS_TRAFFIC_INTERNAL_ONLY": "internal",
        "ALLOW_INTERNAL_ONLY": "internal",
    }
)
_PORTS = MappingProxyType({"MYSQL": 3306, "POSTGRES": 5432, "SQLSERVER": 1433})


def run(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a Cloud Run service or a function: on its own host name, and through load balancers."""
    ingress = _ingress(view)
    if ingress == "internal":
        here = hop(view, "takes traffic from inside alone")
        return [blocked((here,), f"the ingress of {named(view)} is internal")]
    fronts = list(_balanced(view, graph))
    if ingress == "balanced" and not fronts:
        here = hop(view, "takes traffic from load balancers alone")
        return [
            blocked(
                (here,), f"the ingress of {named(view)} is for load balancers, and none leads on"
            )
        ]
    own = [] if ingress == "balanced" else [open_way((), [_HTTPS])]
    return [_asked(view, way) for way in (*own, *fronts)]


def _ingress(view: ResourceView) -> str:
    metadata = view.configuration.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, dict) else None
    told = notes.get(_INGRESS) if isinstance(notes, dict) else None
    data = view.configuration
    word = told or data.get("ingress") or data.get("ingressSettings") or "all"
    return _WIDE.get(str(word), "all")


def _asked(view: ResourceView, way: Way) -> Way:
    """What the service's own question, who calls, makes of a way to it."""
    if way.verdict is not ExposureVerdict.REACHABLE:
        return way
    role = "cloudfunctions.invoker" if view.type == FUNCTION else "run.invoker"
    verdict = ExposureVerdict.REACHABLE if _unasked(view) else gcp.invited(view.configuration, role)
    if verdict is ExposureVerdict.REACHABLE:
        return way.model_copy(update={"hops": (*way.hops, hop(view, "lets anyone call it"))})
    if verdict is ExposureVerdict.UNKNOWN:
        missing = f"who may call {named(view)} by its IAM policy"
        return unknown((*way.hops, hop(view, "is known in part")), missing)
    here = hop(view, "asks who calls")
    return blocked((*way.hops, here), f"the IAM policy of {named(view)} lets no stranger call it")


def _unasked(view: ResourceView) -> bool:
    metadata = view.configuration.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, dict) else None
    told = notes.get(_UNASKED) if isinstance(notes, dict) else None
    return str(told).lower() == "true" or view.configuration.get("invokerIamDisabled") is True


def _balanced(view: ResourceView, graph: Graph) -> Iterator[Way]:
    """The ways through the serverless endpoint groups that name the service in its region."""
    name = view.native_id.rpartition("/")[2]
    field = "cloudFunction.function" if view.type == FUNCTION else "cloudRun.service"
    for group in graph.of_type(_GROUP):
        here = group.account == view.account and group.region == view.region
        if not here or getter(field)(group.configuration) != name:
            continue
        for _, way in forwarded(group, graph):
            open_ = way.verdict is ExposureVerdict.REACHABLE
            hops = (*way.hops, hop(group, "leads on")) if open_ else way.hops
            yield way.model_copy(update={"hops": hops})


def cluster(view: ResourceView, graph: Graph) -> list[Way]:
    """The way to the API server of a Kubernetes cluster."""
    del graph
    data = view.configuration
    endpoints = getter("controlPlaneEndpointsConfig.ipEndpointsConfig.enablePublicEndpoint")(data)
    private = getter("privateClusterConfig.enablePrivateEndpoint")(data)
    if private is True or endpoints is False:
        here = (hop(view, "has a private endpoint"),)
        return [blocked(here, f"the API server of {named(view)} has no public endpoint")]
    networks = data.get("masterAuthorizedNetworksConfig")
    networks = networks if isinstance(networks, dict) else {}
    sources = [_ANY]
    if networks.get("enabled") is True or "cidrBlocks" in networks:
        sources = public(one.get("cidrBlock") for one in dicts(networks.get("cidrBlocks")))
    if not sources:
        here = (hop(view, "authorizes no public network"),)
        return [blocked(here, f"the authorized networks of {named(view)} have no public address")]
    says = f"answers {', '.join(map(str, sources[:3]))} on its API server"
    return [open_way((hop(view, says),), [Flow(one, TCP, 443, 443) for one in sources])]


def database(view: ResourceView, graph: Graph) -> list[Way]:
    """The way to a Cloud SQL instance by its public address."""
    del graph
    data = view.configuration
    if getter("settings.activationPolicy")(data) == "NEVER":
        return [blocked((hop(view, "is stopped"),), f"{named(view)} is stopped")]
    inner = getter("settings.ipConfiguration")(data)
    inner = inner if isinstance(inner, dict) else {}
    if inner.get("ipv4Enabled") is None:
        missing = f"whether {named(view)} has a public address"
        return [unknown((hop(view, "is known in part"),), missing)]
    if inner.get("ipv4Enabled") is not True:
        return [
            blocked((hop(view, "has no public address"),), f"{named(view)} has no public address")
        ]
    sources = public(one.get("value") for one in dicts(inner.get("authorizedNetworks")))
    if not sources:
        here = (hop(view, "authorizes no network"),)
        return [blocked(here, f"{named(view)} authorizes no public network")]
    kind = str(data.get("databaseVersion") or "").partition("_")[0]
    port = _PORTS.get(kind, 3306)
    says = f"authorizes {', '.join(map(str, sources[:3]))}"
    return [open_way((hop(view, says),), [Flow(one, TCP, port, port) for one in sources])]


def bucket(view: ResourceView, graph: Graph) -> list[Way]:
    """The way to a bucket's objects: by its IAM policy and, where they count, its access controls."""
    del graph
    if view.state == DELETED:
        return [blocked((hop(view, "is deleted"),), f"{named(view)} is deleted")]
    data = view.configuration
    if getter("iamConfiguration.publicAccessPrevention")(data) == "enforced":
        here = hop(view, "prevents public access")
        return [blocked((here,), f"{named(view)} enforces public access prevention")]
    verdict = gcp.invited(data)
    uniform = getter("iamConfiguration.uniformBucketLevelAccess.enabled")(data) is True
    entities = {one.get("entity") for one in dicts(data.get("acl"))}
    listed = not uniform and bool(entities & {"allUsers", "allAuthenticatedUsers"})
    if listed or verdict is ExposureVerdict.REACHABLE:
        by = "access controls" if listed else "IAM policy"
        return [open_way((hop(view, f"lets anyone in by its {by}"),), [_HTTPS])]
    if verdict is ExposureVerdict.UNKNOWN:
        missing = f"the IAM policy of {named(view)}"
        return [unknown((hop(view, "is known in part"),), missing)]
    return [
        blocked(
            (hop(view, "lets no stranger in"),), f"no binding of {named(view)} is for everybody"
        )
    ]
