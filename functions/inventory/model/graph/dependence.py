"""Which end of a tie needs the other: what breaks, is locked out or goes away when one of them does."""

from __future__ import annotations

from enum import StrEnum


class Needs(StrEnum):
    """Who depends on whom in a tie from its source to its target."""

    SOURCE = "source"
    TARGET = "target"
    BOTH = "both"
    NEITHER = "neither"


_KINDS = {
    "is in": Needs.SOURCE,
    "uses key": Needs.SOURCE,
    "assumes role": Needs.SOURCE,
    "is protected by": Needs.SOURCE,
    "uses": Needs.SOURCE,
    "routes to": Needs.SOURCE,
    "is part of": Needs.SOURCE,
    "logs to": Needs.SOURCE,
    "sends to": Needs.SOURCE,
    "reads from": Needs.SOURCE,
    "runs as": Needs.SOURCE,
    "replicates to": Needs.SOURCE,
    "allows traffic from": Needs.SOURCE,
    "refers to": Needs.SOURCE,
    "backs up": Needs.NEITHER,
    "is a copy of": Needs.NEITHER,
    "was made from": Needs.NEITHER,
    "serves": Needs.TARGET,
    "registers with": Needs.TARGET,
    "is used by": Needs.TARGET,
    "contains": Needs.TARGET,
    "peers with": Needs.BOTH,
}
# AWS Config's words stand on both ends alike; the longest that fits counts.
# Source: AWS Config developer guide, "Supported resource types", column "Relationship".
_CONFIGS = {
    "is contained in": Needs.SOURCE,
    "contains": Needs.TARGET,
}
# What is attached to or associated with another is needed by the one further down.
_LAYERS = (
    "AWS::KMS::Key",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::VPC",
    "AWS::EC2::RouteTable",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::Subnet",
    "AWS::EC2::SecurityGroup",
    "AWS::IAM::Policy",
    "AWS::IAM::Group",
    "AWS::IAM::User",
    "AWS::IAM::Role",
    "AWS::IAM::InstanceProfile",
    "AWS::RDS::DBSubnetGroup",
    "AWS::EC2::EIP",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::Volume",
    "AWS::S3::Bucket",
    "microsoft.compute/disks",
    "microsoft.network/publicipaddresses",
    "microsoft.network/networkinterfaces",
    "compute.googleapis.com/Disk",
    "compute.googleapis.com/Address",
    "compute.googleapis.com/Instance",
    "microsoft.compute/virtualmachines",
    "AWS::EC2::Instance",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
)
_DEPTHS = {name.lower(): depth for depth, name in enumerate(_LAYERS)}


def needs(source_type: str, kind: str, target_type: str) -> Needs:
    """Who depends on whom; where nothing tells, the source on what it names."""
    known = _KINDS.get(kind)
    if known is not None:
        return known
    for word, meaning in _CONFIGS.items():
        if kind.lower().startswith(word):
            return meaning
    return _by_layer(source_type, target_type)


def _by_layer(source_type: str, target_type: str) -> Needs:
    source, target = _DEPTHS.get(source_type.lower()), _DEPTHS.get(target_type.lower())
    if source is None or target is None:
        return Needs.SOURCE
    return Needs.SOURCE if source >= target else Needs.TARGET
