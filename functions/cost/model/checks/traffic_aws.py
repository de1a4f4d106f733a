"""Gateways, balancers and traffic of AWS."""

from __future__ import annotations

from typing import Final

from functions.cost.model.checks.case import Case, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.parts import WEEK, assumed, quiet, whole

ENDPOINT: Final = "AWS::EC2::VPCEndpoint"
NAT_BYTES: Final = "NatGateway-Bytes"
BETWEEN_ZONES: Final = "DataTransfer-Regional-Bytes"
_IDLE_BYTES_A_DAY: Final = 70_000
"""Less than one web page."""
_GATEWAY_SERVICES: Final = ("s3", "dynamodb")


def _idle_nat(case: Case) -> Saving | None:
    if case.need("state") != "available" or not case.older_than("createTime", WEEK):
        return None
    passed = case.metric("bytes")
    if passed.total / passed.days > _IDLE_BYTES_A_DAY:
        return None
    return whole(case, "aws_nat_gateway", bytes=int(passed.total))


def _without_endpoints(case: Case) -> Saving | None:
    lacking = [one for one in _GATEWAY_SERVICES if not _reaches(case, one)]
    if case.resource.network is None or not lacking:
        return None
    share = "0.3" if "s3" in lacking else "0.05"
    blocks = "\n".join(_endpoint(case, one) for one in lacking)
    that = f"a share of {share} of what passes it goes to {' and '.join(lacking)}"
    return assumed(case.cost(NAT_BYTES), share, that, terraform=blocks)


def _reaches(case: Case, service: str) -> bool:
    return any(
        one.configuration.get("vpcEndpointType") == "Gateway"
        and str(one.configuration.get("serviceName")).endswith(f".{service}")
        for one in case.peers
    )


def _endpoint(case: Case, service: str) -> str:
    name = f"com.amazonaws.{case.resource.region}.{service}"
    vpc = case.at("vpcId")
    return (
        f'resource "aws_vpc_endpoint" "{service}" {{\n  service_name = "{name}"\n'
        f'  vpc_endpoint_type = "Gateway"\n  vpc_id = "{vpc}"\n}}'
    )


def _idle_balancer(case: Case) -> Saving | None:
    if not case.older_than("createdTime", WEEK) or not quiet(case, "requests", 0):
        return None
    return whole(case, "aws_lb", requests=0, days=case.metric("requests").days)


def _between_zones(case: Case) -> Saving | None:
    cost = case.cost(BETWEEN_ZONES)
    if cost * 5 < case.cost():
        return None
    return assumed(cost, "0.5", "half of it can stay within a zone")


CHECKS: Final = (
    Check(
        id="nat-gateway-idle",
        title="NAT gateway passes nothing on",
        types=("AWS::EC2::NatGateway",),
        category=AdviceCategory.TRAFFIC,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle_nat,
        reads=("state", "createTime"),
        metrics=("bytes",),
        action="Take the routes to {id} out, then delete it.",
    ),
    Check(
        id="nat-gateway-without-endpoints",
        title="Traffic to S3 or DynamoDB is paid for at the NAT gateway",
        types=("AWS::EC2::NatGateway",),
        category=AdviceCategory.TRAFFIC,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_without_endpoints,
        reads=("vpcId",),
        peers=(ENDPOINT,),
        action="Add gateway endpoints, which cost nothing, to the network of {id}.",
        source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
    ),
    Check(
        id="load-balancer-idle",
        title="Load balancer gets no requests",
        types=("AWS::ElasticLoadBalancingV2::LoadBalancer",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle_balancer,
        reads=("createdTime",),
        metrics=("requests",),
        action="Delete {name} once no name points to it any more.",
    ),
    Check(
        id="ec2-traffic-between-zones",
        title="Much traffic goes from zone to zone",
        types=("AWS::EC2::Instance",),
        category=AdviceCategory.TRAFFIC,
        effort=AdviceLevel.HIGH,
        risk=AdviceLevel.MEDIUM,
        look=_between_zones,
        action="Have {name} talk to what is in its own zone: topology-aware routing, zonal endpoints.",
    ),
)
