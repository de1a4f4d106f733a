"""What serves nothing any more, by type: plain data.

Sources: the documentation of each service on what it bills or keeps when nothing uses it; AWS Config
managed rules (ec2-volume-inuse-check, eip-attached, ec2-security-group-attached-to-eni and others).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from functions.inventory.model.graph.kinds import COPY
from functions.inventory.model.patch import Json


class Rule(NamedTuple):
    """What makes a resource of a type an orphan: all of the tests hold.

    ``empty`` are members that must be absent or empty, ``equal`` those that must have a value, ``unless``
    those that must not. ``unnamed`` asks that nobody but the given types names it, ``gone`` that what a tie
    of that kind leads to is not there.
    """

    kind: str
    type: str
    says: str
    empty: tuple[str, ...] = ()
    equal: Mapping[str, Json] = {}
    unless: Mapping[str, Json] = {}
    unnamed: tuple[str, ...] | None = None
    gone: str | None = None


RULES = (
    Rule(
        "unattached-volume",
        "AWS::EC2::Volume",
        "is attached to no instance",
        empty=("attachments",),
    ),
    Rule(
        "idle-address",
        "AWS::EC2::EIP",
        "is associated with nothing",
        empty=("associationId", "instanceId", "networkInterfaceId"),
    ),
    Rule(
        "unused-interface",
        "AWS::EC2::NetworkInterface",
        "is attached to nothing",
        empty=("attachment",),
    ),
    Rule(
        "unused-security-group",
        "AWS::EC2::SecurityGroup",
        "protects nothing",
        unless={"groupName": "default"},
        unnamed=("AWS::EC2::SecurityGroup",),
    ),
    Rule(
        "unused-key",
        "AWS::KMS::Key",
        "encrypts nothing known",
        equal={"keyManager": "CUSTOMER"},
        unless={"keyState": "PendingDeletion"},
        unnamed=("AWS::KMS::Alias",),
    ),
    Rule("unused-key-pair", "AWS::EC2::KeyPair", "lets into no instance", unnamed=()),
    Rule(
        "snapshot-without-volume",
        "AWS::EC2::Snapshot",
        "is of a volume that is not there",
        gone=COPY,
        unnamed=("AWS::EC2::Volume",),
    ),
    Rule(
        "snapshot-without-database",
        "AWS::RDS::DBSnapshot",
        "is of a database that is not there",
        gone=COPY,
        equal={"snapshotType": "manual"},
    ),
    Rule(
        "target-group-without-balancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "no load balancer leads to it",
        empty=("loadBalancerArns",),
        unnamed=("AWS::AutoScaling::AutoScalingGroup", "AWS::ECS::Service"),
    ),
    Rule(
        "balancer-without-listener",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "listens to nobody",
        unnamed=(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::EC2::NetworkInterface",
            "AWS::WAFv2::WebACL",
        ),
    ),
    Rule(
        "classic-balancer-without-instances",
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "leads to no instance",
        empty=("instances",),
    ),
    Rule(
        "unused-role",
        "AWS::IAM::Role",
        "was never used and nothing names it",
        empty=("roleLastUsed.lastUsedDate", "instanceProfileList"),
        unnamed=(),
    ),
    Rule(
        "unused-policy", "AWS::IAM::Policy", "is attached to nobody", equal={"attachmentCount": 0}
    ),
    Rule(
        "unused-instance-profile",
        "AWS::IAM::InstanceProfile",
        "no instance runs with it",
        unnamed=("AWS::IAM::Role",),
    ),
    Rule(
        "detached-internet-gateway",
        "AWS::EC2::InternetGateway",
        "is attached to no network",
        empty=("attachments",),
    ),
    Rule(
        "unused-launch-template", "AWS::EC2::LaunchTemplate", "launches nothing known", unnamed=()
    ),
    Rule("unused-image", "AWS::EC2::Image", "no machine was made from it", unnamed=()),
    Rule(
        "unattached-disk",
        "Microsoft.Compute/disks",
        "is attached to no machine",
        empty=("managedBy", "managedByExtended"),
        unless={"properties.diskState": "ActiveSAS"},
    ),
    Rule(
        "idle-public-address",
        "Microsoft.Network/publicIPAddresses",
        "is associated with nothing",
        empty=("properties.ipConfiguration", "properties.natGateway"),
    ),
    Rule(
        "unused-azure-interface",
        "Microsoft.Network/networkInterfaces",
        "is attached to no machine",
        empty=("properties.virtualMachine", "properties.privateEndpoint"),
    ),
    Rule(
        "unused-network-security-group",
        "Microsoft.Network/networkSecurityGroups",
        "protects nothing",
        empty=("properties.networkInterfaces", "properties.subnets"),
    ),
    Rule(
        "empty-app-service-plan",
        "Microsoft.Web/serverFarms",
        "runs no app",
        equal={"properties.numberOfSites": 0},
    ),
    Rule(
        "unattached-google-disk",
        "compute.googleapis.com/Disk",
        "is attached to no instance",
        empty=("users",),
    ),
    Rule(
        "idle-google-address",
        "compute.googleapis.com/Address",
        "is used by nothing",
        empty=("users",),
        equal={"status": "RESERVED"},
    ),
    Rule(
        "google-snapshot-without-disk",
        "compute.googleapis.com/Snapshot",
        "is of a disk that is not there",
        gone=COPY,
    ),
)
KINDS = {rule.kind: rule for rule in RULES}


def fits(rule: Rule, configuration: Mapping[str, Json]) -> bool:
    """Whether a configuration by itself makes the resource an orphan by the rule."""
    return (
        all(not member(configuration, path) for path in rule.empty)
        and all(_is(configuration, path, value) for path, value in rule.equal.items())
        and not any(_is(configuration, path, value) for path, value in rule.unless.items())
    )


def member(configuration: Mapping[str, Json], path: str) -> Json:
    """The member at a dotted path; None where there is none."""
    value: Json = configuration
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _is(configuration: Mapping[str, Json], path: str, value: Json) -> bool:
    found = member(configuration, path)
    return type(found) is type(value) and bool(found == value)
