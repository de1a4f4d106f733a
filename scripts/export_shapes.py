"""Write what fields AWS's resources have, after botocore's shapes, for checking rules against.

Run it after botocore has moved on: .venv/bin/python scripts/export_shapes.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session

TARGET = Path(__file__).parent.parent / "functions" / "policy" / "adapters" / "shapes.json"
DEPTH = 7
SOURCES = {
    "AWS::ACM::Certificate": "acm DescribeCertificate Certificate",
    "AWS::AutoScaling::AutoScalingGroup": "autoscaling DescribeAutoScalingGroups AutoScalingGroups[]",
    "AWS::CloudFront::Distribution": "cloudfront GetDistribution Distribution",
    "AWS::CloudTrail::Trail": "cloudtrail DescribeTrails trailList[]",
    "AWS::CodeBuild::Project": "codebuild BatchGetProjects projects[]",
    "AWS::DynamoDB::Table": "dynamodb DescribeTable Table",
    "AWS::EC2::Image": "ec2 DescribeImages Images[]",
    "AWS::EC2::Instance": "ec2 DescribeInstances Reservations[].Instances[]",
    "AWS::EC2::NetworkAcl": "ec2 DescribeNetworkAcls NetworkAcls[]",
    "AWS::EC2::NetworkInterface": "ec2 DescribeNetworkInterfaces NetworkInterfaces[]",
    "AWS::EC2::SecurityGroup": "ec2 DescribeSecurityGroups SecurityGroups[]",
    "AWS::EC2::Snapshot": "ec2 DescribeSnapshots Snapshots[]",
    "AWS::EC2::Subnet": "ec2 DescribeSubnets Subnets[]",
    "AWS::EC2::TransitGateway": "ec2 DescribeTransitGateways TransitGateways[]",
    "AWS::EC2::VPC": "ec2 DescribeVpcs Vpcs[]",
    "AWS::EC2::VPCEndpoint": "ec2 DescribeVpcEndpoints VpcEndpoints[]",
    "AWS::EC2::VPNConnection": "ec2 DescribeVpnConnections VpnConnections[]",
    "AWS::EC2::Volume": "ec2 DescribeVolumes Volumes[]",
    "AWS::ECR::Repository": "ecr DescribeRepositories repositories[]",
    "AWS::EFS::FileSystem": "efs DescribeFileSystems FileSystems[]",
    "AWS::EKS::Cluster": "eks DescribeCluster cluster",
    "AWS::ElastiCache::ReplicationGroup": "elasticache DescribeReplicationGroups ReplicationGroups[]",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "elbv2 DescribeLoadBalancers LoadBalancers[]",
    "AWS::Kinesis::Stream": "kinesis DescribeStream StreamDescription",
    "AWS::KMS::Key": "kms DescribeKey KeyMetadata",
    "AWS::Logs::LogGroup": "logs DescribeLogGroups logGroups[]",
    "AWS::RDS::DBCluster": "rds DescribeDBClusters DBClusters[]",
    "AWS::RDS::DBClusterSnapshot": "rds DescribeDBClusterSnapshots DBClusterSnapshots[]",
    "AWS::RDS::DBInstance": "rds DescribeDBInstances DBInstances[]",
    "AWS::RDS::DBSnapshot": "rds DescribeDBSnapshots DBSnapshots[]",
    "AWS::Redshift::Cluster": "redshift DescribeClusters Clusters[]",
    "AWS::SageMaker::NotebookInstance": "sagemaker DescribeNotebookInstance ",
    "AWS::SecretsManager::Secret": "secretsmanager DescribeSecret ",
    "AWS::StepFunctions::StateMachine": "stepfunctions DescribeStateMachine ",
}

CONFIG: dict[str, dict[str, Any]] = {
    "AWS::EC2::SecurityGroup": {
        direction: {"[]": {"ipv4Ranges": {"[]": {"cidrIp": 0, "description": 0}}}}
        for direction in ("ipPermissions", "ipPermissionsEgress")
    },
    "AWS::KMS::Key": {"keyRotationStatus": 0},
}
"""What AWS Config records beside the members of the answer."""


def main() -> None:
    session = botocore.session.get_session()
    shapes = {}
    for kind, source in SOURCES.items():
        service, operation, path = source.split(" ")
        shape = session.get_service_model(service).operation_model(operation).output_shape
        for step in filter(None, path.split(".")):
            shape = shape.members[step.removesuffix("[]")]
            shape = shape.member if step.endswith("[]") else shape
        shapes[kind] = merged(fields(shape, 0), CONFIG.get(kind, {}))
    lines = [
        f"{json.dumps(kind)}: {json.dumps(shape, separators=(',', ':'))}"
        for kind, shape in shapes.items()
    ]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def merged(one: Any, other: Any) -> Any:
    """Both trees in one."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{key: merged(one.get(key), inner) for key, inner in other.items()}}


def fields(shape: Any, depth: int) -> Any:
    """Members with their first letter small, as the inventory keeps them; 0 is a single value."""
    if depth == DEPTH:
        return {"*": 0}
    match shape.type_name:
        case "structure":
            named = shape.members.items()
            return {name[0].lower() + name[1:]: fields(each, depth + 1) for name, each in named}
        case "list":
            return {"[]": fields(shape.member, depth + 1)}
        case "map":
            return {"*": 0}
        case _:
            return 0


main()
