"""What makes two reports be about the same resource: provider, account, region, type and native id."""

from __future__ import annotations

import base64
import hashlib
import json
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, NewType

ResourceId = NewType("ResourceId", str)
ChangeId = NewType("ChangeId", str)

GLOBAL = "global"
UNIQUE_BY_ID = frozenset({"azure", "gcp"})
NOT_TOLD = "not-told"
"""The region in a report that does not say where its resource lies."""


class Arn(NamedTuple):
    """The five parts of an Amazon Resource Name after ``arn``."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


class Naming(StrEnum):
    """Which of a resource's names is its native id here, so that every source agrees on one."""

    ID = "id"
    NAME = "name"
    ARN = "arn"


# AWS Config calls these by an internal id that the API calls never mention (AIDA..., db-ABC...), so
# the name that both use is the native id. Source: AWS Config, "Supported resource types".
_BY_NAME = frozenset(
    {
        "AWS::IAM::User",
        "AWS::IAM::Role",
        "AWS::IAM::Group",
        "AWS::IAM::InstanceProfile",
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBSnapshot",
        "AWS::RDS::DBClusterSnapshot",
        "AWS::RDS::DBSubnetGroup",
        "AWS::EKS::Cluster",
        "AWS::Lambda::Function",
        "AWS::DynamoDB::Table",
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "AWS::CloudTrail::Trail",
        "AWS::AppMesh::Mesh",
        "AWS::SQS::Queue",
        "AWS::SNS::Topic",
        "AWS::SecretsManager::Secret",
        "AWS::ECR::Repository",
        "AWS::Logs::LogGroup",
    }
)
_BY_ARN = frozenset({"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"})
_GLOBAL_SERVICES = frozenset({"IAM", "CloudFront", "Route53", "Organizations"})

# Source: Amazon EC2 user guide, "Resource IDs".
EC2_PREFIXES = {
    "i": "AWS::EC2::Instance",
    "vol": "AWS::EC2::Volume",
    "sg": "AWS::EC2::SecurityGroup",
    "snap": "AWS::EC2::Snapshot",
    "vpc": "AWS::EC2::VPC",
    "subnet": "AWS::EC2::Subnet",
    "eipalloc": "AWS::EC2::EIP",
    "eni": "AWS::EC2::NetworkInterface",
    "rtb": "AWS::EC2::RouteTable",
    "igw": "AWS::EC2::InternetGateway",
    "nat": "AWS::EC2::NatGateway",
    "acl": "AWS::EC2::NetworkAcl",
    "vpce": "AWS::EC2::VPCEndpoint",
    "pcx": "AWS::EC2::VPCPeeringConnection",
    "fl": "AWS::EC2::FlowLog",
    "lt": "AWS::EC2::LaunchTemplate",
}

# (service, first word of the ARN's resource part) -> type. Source: AWS service authorization reference.
ARN_TYPES = {
    ("elasticloadbalancing", "loadbalancer"): "AWS::ElasticLoadBalancingV2::LoadBalancer",
    ("elasticloadbalancing", "targetgroup"): "AWS::ElasticLoadBalancingV2::TargetGroup",
    ("elasticloadbalancing", "listener"): "AWS::ElasticLoadBalancingV2::Listener",
    ("cloudfront", "distribution"): "AWS::CloudFront::Distribution",
    ("rds", "db"): "AWS::RDS::DBInstance",
    ("rds", "cluster"): "AWS::RDS::DBCluster",
    ("rds", "snapshot"): "AWS::RDS::DBSnapshot",
    ("rds", "cluster-snapshot"): "AWS::RDS::DBClusterSnapshot",
    ("kms", "key"): "AWS::KMS::Key",
    ("lambda", "function"): "AWS::Lambda::Function",
    ("dynamodb", "table"): "AWS::DynamoDB::Table",
    ("eks", "cluster"): "AWS::EKS::Cluster",
    ("cloudtrail", "trail"): "AWS::CloudTrail::Trail",
    ("iam", "user"): "AWS::IAM::User",
    ("iam", "role"): "AWS::IAM::Role",
    ("iam", "policy"): "AWS::IAM::Policy",
    ("appmesh", "mesh"): "AWS::AppMesh::Mesh",
    ("sns", ""): "AWS::SNS::Topic",
    ("sqs", ""): "AWS::SQS::Queue",
    ("s3", ""): "AWS::S3::Bucket",
}
_APPLIED_LOAD_BALANCERS = ("app/", "net/", "gwy/")


@lru_cache(maxsize=4096)
def resource_id(
    provider: str, account: str, region: str, type_name: str, native_id: str
) -> ResourceId:
    """The opaque id of a resource: a digest, so that it fits in a path and hides nothing in parsing.

    Azure's and Google's native ids are unique by themselves, and not every message of theirs says where
    a resource lies or spells its type alike, so that neither makes another resource of it.
    """
    if provider in UNIQUE_BY_ID:
        region = type_name = ""
    return ResourceId("res_" + _digest(provider, account, region, type_name, native_id))


@lru_cache(maxsize=4096)
def change_id(resource: ResourceId, source: str, key: str) -> ChangeId:
    """The id of what one source reported once about one resource."""
    return ChangeId("chg_" + _digest(resource, source, key))


def region_of(type_name: str, reported: str) -> str:
    """``global`` for the types that AWS reports from a different region each time."""
    return GLOBAL if type_name.split("::")[1] in _GLOBAL_SERVICES else reported


def naming(type_name: str) -> Naming:
    """Which name of this type's resources is the native id."""
    if type_name in _BY_NAME:
        return Naming.NAME
    return Naming.ARN if type_name in _BY_ARN else Naming.ID


def native_id(type_name: str, reported: str, *, name: str | None = None) -> str:
    """The native id from what a source calls the resource: its id, its ARN, its URL or its name."""
    if naming(type_name) is Naming.NAME and name:
        return name
    arn = parse_arn(reported)
    if type_name == "AWS::ElasticLoadBalancingV2::LoadBalancer" or arn is None:
        return _last(reported) if _is_queue_url(type_name, reported) else reported
    if type_name in {"AWS::KMS::Key", "AWS::CloudFront::Distribution"}:
        return _last(arn.resource)
    return short_name(reported) if naming(type_name) is Naming.NAME else reported


def parse_arn(text: str) -> Arn | None:
    """The parts of an ARN, or None when the text is none."""
    words = text.split(":", len(Arn._fields))
    if words[0] != "arn" or len(words) != len(Arn._fields) + 1:
        return None
    return Arn(*words[1:])


def type_of_arn(text: str) -> str | None:
    """The type that an ARN is of, where the inventory knows it."""
    arn = parse_arn(text)
    if arn is None:
        return None
    if arn.service == "ec2":
        return type_of_ec2_id(_last(arn.resource))
    word, _, rest = arn.resource.replace(":", "/").partition("/")
    if word == "loadbalancer" and not rest.startswith(_APPLIED_LOAD_BALANCERS):
        return "AWS::ElasticLoadBalancing::LoadBalancer"
    return ARN_TYPES.get((arn.service, word if rest else ""))


def type_of_ec2_id(text: str) -> str | None:
    """The type that an EC2 id's prefix stands for."""
    return EC2_PREFIXES.get(text.partition("-")[0]) if "-" in text else None


def short_name(arn: str) -> str:
    """The resource's own name at the end of an ARN: without its type word, path or version."""
    parsed = parse_arn(arn)
    if parsed is None:
        return arn
    words = parsed.resource.split(":")
    if len(words) > 1:
        return words[1]
    return _last(words[0])


def _last(text: str) -> str:
    return text.rstrip("/").rpartition("/")[2]


def _is_queue_url(type_name: str, reported: str) -> bool:
    return type_name == "AWS::SQS::Queue" and reported.startswith("https://")


def _digest(*words: str) -> str:
    packed = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    digest = hashlib.sha256(packed).digest()[:20]
    return base64.b32encode(digest).decode("ascii").lower()
