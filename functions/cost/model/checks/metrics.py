"""What each metric of a check is called where its cloud measures it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from functions.cost.model.checks.catalogue import CHECKS, checks_of
from functions.cost.model.checks.kept import Kept
from functions.cost.model.checks.samples import JUDGED_DAYS
from steward.contracts.metrics import MetricQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudMetric:
    """A metric by the hour, in its cloud's words; see `MetricQuery`.

    ``of`` says what of a resource the dimension names.
    """

    namespace: str
    names: tuple[str, ...]
    dimension: str
    statistic: str
    of: str = "native_id"
    scale: float = 1.0
    sparse: bool = False


A_SECOND: Final = 1 / 3600
"""What makes an hour's sum a rate."""


def _of(  # a row of a table, short by intention
    namespace: str,
    name: str,
    dimension: str,
    statistic: str,
    *,
    of: str = "native_id",
    scale: float = 1.0,
    sparse: bool = False,
) -> CloudMetric:
    return CloudMetric(
        namespace=namespace,
        names=tuple(name.split("+")),
        dimension=dimension,
        statistic=statistic,
        of=of,
        scale=scale,
        sparse=sparse,
    )


AWS: Final[Mapping[str, Mapping[str, CloudMetric]]] = {
    "AWS::EC2::Instance": {
        "cpu": _of("AWS/EC2", "CPUUtilization", "InstanceId", "Average"),
        "network": _of("AWS/EC2", "NetworkOut", "InstanceId", "Sum"),
    },
    "AWS::EC2::Volume": {
        "operations": _of(
            "AWS/EBS", "VolumeReadOps+VolumeWriteOps", "VolumeId", "Sum", scale=A_SECOND
        ),
    },
    "AWS::EC2::NatGateway": {
        "bytes": _of("AWS/NATGateway", "BytesOutToDestination", "NatGatewayId", "Sum"),
    },
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "requests": _of(
            "AWS/ApplicationELB", "RequestCount", "LoadBalancer", "Sum", of="balancer", sparse=True
        ),
    },
    "AWS::RDS::DBInstance": {
        "cpu": _of("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "Average", of="name"),
        "connections": _of(
            "AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", "Maximum", of="name"
        ),
    },
    "AWS::DynamoDB::Table": {
        "reads": _of(
            "AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", "Sum",
            of="name", scale=A_SECOND, sparse=True,
        ),
        "writes": _of(
            "AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "Sum",
            of="name", scale=A_SECOND, sparse=True,
        ),
    },
    "AWS::ElastiCache::CacheCluster": {
        "connections": _of(
            "AWS/ElastiCache", "CurrConnections", "CacheClusterId", "Maximum", of="name"
        ),
    },
    "AWS::Redshift::Cluster": {
        "connections": _of(
            "AWS/Redshift", "DatabaseConnections", "ClusterIdentifier", "Maximum", of="name"
        ),
    },
    "AWS::Lambda::Function": {
        "provisioned": _of(
            "AWS/Lambda", "ProvisionedConcurrencyUtilization", "FunctionName", "Maximum", of="name"
        ),
    },
}  # fmt: skip
"""By type and by the name that checks have for it. Source: the services' pages of CloudWatch metrics."""
_VM: Final = "Microsoft.Compute/virtualMachines"
AZURE: Final[Mapping[str, Mapping[str, CloudMetric]]] = {
    _VM: {"cpu": _of(_VM, "Percentage CPU", "", "average")},
}
"""Source: "Supported metrics with Azure Monitor", Microsoft.Compute/virtualMachines."""
_INSTANCE_CPU: Final = "compute.googleapis.com/instance/cpu/utilization"
_SQL_CONNECTIONS: Final = "cloudsql.googleapis.com/database/network/connections"
GCP: Final[Mapping[str, Mapping[str, CloudMetric]]] = {
    "compute.googleapis.com/Instance": {
        # A share of 1 there, percent here.
        "cpu": _of(
            "gce_instance", _INSTANCE_CPU, "metric.labels.instance_name+resource.labels.zone",
            "ALIGN_MEAN", of="name and zone", scale=100.0,
        ),
    },
    "sqladmin.googleapis.com/Instance": {
        "connections": _of(
            "cloudsql_database", _SQL_CONNECTIONS, "resource.labels.database_id", "ALIGN_MAX",
            of="project and name",
        ),
    },
}  # fmt: skip
"""Source: "Google Cloud metrics" of compute and cloudsql, with the labels of their monitored resources."""
_EVERY: Final = {
    type_.lower(): metrics for one in (AWS, AZURE, GCP) for type_, metrics in one.items()
}


def wanted(type_: str) -> tuple[str, ...]:
    """The metrics that the checks of a type need."""
    return tuple(dict.fromkeys(name for one in checks_of(type_) for name in one.metrics))


def measured_types() -> tuple[str, ...]:
    """The types of which any check needs a metric."""
    return tuple(sorted({type_ for one in CHECKS if one.metrics for type_ in one.types}))


def metrics_of(type_: str) -> Mapping[str, CloudMetric]:
    """The metrics that a type's checks need, as its cloud calls them."""
    known = _EVERY.get(type_.lower(), {})
    return {name: known[name] for name in wanted(type_) if name in known}


def queries(resource: Kept, *, until: date) -> Iterator[MetricQuery]:
    """What to ask the cloud for: the days that are not known yet, and the last one that is, once more."""
    first = until - timedelta(days=JUDGED_DAYS)
    born = resource.created_at
    if born is not None:
        first = max(first, born.date() + timedelta(days=1))
    for name, metric in metrics_of(resource.type).items():
        named = target(resource, metric)
        known = resource.measured.get(name)
        since = first if known is None or known.until is None else max(first, known.until)
        if named is not None and since < until:
            yield MetricQuery(
                resource=resource.id,
                metric=name,
                region=resource.region,
                namespace=metric.namespace,
                names=metric.names,
                dimension=metric.dimension,
                target=named,
                statistic=metric.statistic,
                scale=metric.scale,
                sparse=metric.sparse,
                since=since,
            )


def target(resource: Kept, metric: CloudMetric) -> str | None:
    """What the dimension of a metric says for the resource; None where it has no such metric."""
    native = resource.native_id
    last = native.rpartition("/")[2]
    if metric.of == "balancer":
        # app/orders/50dc6c495c0c9188 at the end of its ARN; those of networks count no requests.
        found = (resource.arn or native).rpartition("loadbalancer/")[2]
        return found if found.startswith("app/") else None
    if metric.of == "name":
        return resource.name or native.rpartition(":")[2]
    if metric.of == "name and zone":
        zone = native.partition("/zones/")[2].partition("/")[0]
        return f"{last}+{zone}" if zone else None
    if metric.of == "project and name":
        project = native.partition("/projects/")[2].partition("/")[0]
        return f"{project or resource.account}:{last}"
    return native if resource.provider == "azure" else last
