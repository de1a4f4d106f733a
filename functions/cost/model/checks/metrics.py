"""What each metric of a check is called where the cloud measures it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.cost.model.checks.catalogue import CHECKS, checks_of
from functions.cost.model.checks.kept import Kept, Measured

WINDOW_DAYS: Final = 14
HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudMetric:
    """A metric of CloudWatch, by the hour.

    Of several ``names`` the values are added up; ``a_second`` makes a rate of an hour's sum. One that is
    ``sparse`` has no values while nothing happens: its absence says zero.
    """

    namespace: str
    names: tuple[str, ...]
    dimension: str
    statistic: str
    of: str = "native_id"
    a_second: bool = False
    sparse: bool = False


def _of(
    namespace: str,
    name: str,
    dimension: str,
    statistic: str,
    *,
    of: str = "native_id",
    a_second: bool = False,
    sparse: bool = False,
) -> CloudMetric:
    return CloudMetric(
        namespace=namespace,
        names=tuple(name.split("+")),
        dimension=dimension,
        statistic=statistic,
        of=of,
        a_second=a_second,
        sparse=sparse,
    )


AWS: Final[Mapping[str, Mapping[str, CloudMetric]]] = {
    "AWS::EC2::Instance": {
        "cpu": _of("AWS/EC2", "CPUUtilization", "InstanceId", "Average"),
        "network": _of("AWS/EC2", "NetworkOut", "InstanceId", "Sum"),
    },
    "AWS::EC2::Volume": {
        "operations": _of(
            "AWS/EBS", "VolumeReadOps+VolumeWriteOps", "VolumeId", "Sum", a_second=True
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
            of="name", a_second=True, sparse=True,
        ),
        "writes": _of(
            "AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "Sum",
            of="name", a_second=True, sparse=True,
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


def wanted(type_: str) -> tuple[str, ...]:
    """The metrics that the checks of a type need."""
    return tuple(dict.fromkeys(name for one in checks_of(type_) for name in one.metrics))


def measured_types() -> tuple[str, ...]:
    """The types of which any check needs a metric."""
    return tuple(sorted({type_ for one in CHECKS if one.metrics for type_ in one.types}))


def target(resource: Kept, metric: CloudMetric) -> str | None:
    """What the dimension of a metric says for the resource; None where it has no such metric."""
    if metric.of == "balancer":
        # app/orders/50dc6c495c0c9188 at the end of its ARN; those of networks count no requests.
        found = (resource.arn or resource.native_id).rpartition("loadbalancer/")[2]
        return found if found.startswith("app/") else None
    if metric.of == "name":
        return resource.name or resource.native_id.rpartition(":")[2]
    return resource.native_id.rpartition("/")[2]


def measure(values: Iterable[tuple[datetime, float]], metric: CloudMetric) -> Measured:
    """An hour's values as they are judged: those of several names added up, a sum made a rate."""
    hours: dict[datetime, float] = {}
    for moment, value in values:
        hours[moment] = hours.get(moment, 0.0) + value
    scale = 1 / HOUR if metric.a_second else 1.0
    found = [value * scale for value in hours.values()]
    days = len({moment.date() for moment in hours})
    count = WINDOW_DAYS * 24 if metric.sparse else len(found)
    return Measured(
        average=sum(found) / count if count else 0.0,
        peak=max(found, default=0.0),
        total=sum(found),
        days=WINDOW_DAYS if metric.sparse else min(days, WINDOW_DAYS),
    )
