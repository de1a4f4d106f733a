"""Whether the internet reaches a resource, by type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from functions.inventory.model.exposure.answers import (
    Exposure,
    Way,
    blocked,
    exposure_of,
    hop,
    unknown,
)
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure import (
    azure_fronts,
    azure_machines,
    azure_services,
    clusters,
    fronts,
    gcp_machines,
    gcp_services,
    machines,
    services,
)
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

Judge = Callable[[ResourceView, Graph], list[Way]]

JUDGES: Mapping[str, Judge] = {
    "AWS::EC2::Instance": machines.instance,
    machines.INTERFACE: machines.interface,
    machines.BALANCER: machines.balancer,
    machines.CLASSIC: machines.balancer,
    "AWS::ECS::Service": machines.service,
    "AWS::RDS::DBInstance": machines.database,
    "AWS::Lambda::Function": services.function,
    services.REST_API: services.gateway,
    services.HTTP_API: services.gateway,
    "AWS::S3::Bucket": services.bucket,
    fronts.DISTRIBUTION: fronts.distribution,
    fronts.ACCELERATOR: fronts.accelerator,
    "AWS::EKS::Cluster": clusters.cluster,
    azure_machines.MACHINE: azure_machines.machine,
    azure_machines.SCALE_SET: azure_machines.scale_set,
    azure_machines.INTERFACE: azure_machines.interface,
    azure_fronts.ADDRESS: azure_machines.address,
    azure_fronts.BALANCER: azure_fronts.balancer,
    azure_fronts.GATEWAY: azure_fronts.gateway,
    azure_services.SITE: azure_services.site,
    azure_services.CLUSTER: azure_services.cluster,
    azure_services.CLASSIC_DOOR: azure_services.door,
    azure_services.DOOR: azure_services.door,
    gcp_machines.INSTANCE: gcp_machines.instance,
    **dict.fromkeys(gcp_machines.FORWARDING, gcp_machines.forwarding),
    gcp_services.SERVICE: gcp_services.run,
    gcp_services.FUNCTION: gcp_services.run,
    gcp_services.CLUSTER: gcp_services.cluster,
    gcp_services.DATABASE: gcp_services.database,
    gcp_services.BUCKET: gcp_services.bucket,
    **dict.fromkeys(azure_services.WALLED, azure_services.walled),
}


def exposure(id_: str, *, graph: Graph) -> Exposure:
    """Whether and how the internet reaches a resource.

    Raises:
        NotFound: there is no such resource.
    """
    view = graph.require(id_)
    if view.state == DELETED:
        ways = [blocked((hop(view, "is deleted"),), f"{view.native_id} is deleted")]
        return exposure_of(view, ways)
    judge = JUDGES.get(view.type)
    if judge is None:
        missing = f"how the internet could reach a {view.type}: Steward can tell it of {_known()}"
        return exposure_of(view, [unknown((hop(view, "is of another type"),), missing)])
    ways = judge(view, graph)
    if graph.cut:
        # By what was too wide to read another way may lead; that none is open nobody can tell.
        here = hop(view, "has more around it than was read")
        ways.append(unknown((here,), *dict.fromkeys(graph.cut)))
    return exposure_of(view, ways)


def _known() -> str:
    return ", ".join(sorted(JUDGES))
