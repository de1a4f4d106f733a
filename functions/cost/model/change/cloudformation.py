"""What CloudFormation calls the resources and properties that Terraform names otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NAMED: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "AWS::EC2::Instance": ("aws_instance", {"BlockDeviceMappings": "ebs_block_device"}),
    "AWS::EC2::Volume": ("aws_ebs_volume", {"VolumeType": "type"}),
    "AWS::RDS::DBInstance": (
        "aws_db_instance",
        {"DBInstanceClass": "instance_class", "MultiAZ": "multi_az"},
    ),
    "AWS::ElastiCache::CacheCluster": (
        "aws_elasticache_cluster",
        {"CacheNodeType": "node_type"},
    ),
    "AWS::ElastiCache::ReplicationGroup": (
        "aws_elasticache_replication_group",
        {"CacheNodeType": "node_type"},
    ),
    "AWS::EC2::NatGateway": ("aws_nat_gateway", {}),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("aws_lb", {}),
    "AWS::EC2::EIP": ("aws_eip", {}),
    "AWS::Lambda::Function": ("aws_lambda_function", {}),
    "AWS::DynamoDB::Table": ("aws_dynamodb_table", {}),
    "AWS::S3::Bucket": ("aws_s3_bucket", {}),
    "AWS::Logs::LogGroup": ("aws_cloudwatch_log_group", {}),
    "AWS::EFS::FileSystem": ("aws_efs_file_system", {}),
    "AWS::OpenSearchService::Domain": (
        "aws_opensearch_domain",
        {
            "ClusterConfig": "cluster_config",
            "EBSOptions": "ebs_options",
            "EBSEnabled": "ebs_enabled",
        },
    ),
    "AWS::Redshift::Cluster": ("aws_redshift_cluster", {}),
    "AWS::Kinesis::Stream": ("aws_kinesis_stream", {}),
    "AWS::EC2::VPCEndpoint": ("aws_vpc_endpoint", {}),
    "AWS::EKS::Nodegroup": ("aws_eks_node_group", {}),
    "AWS::SageMaker::NotebookInstance": ("aws_sagemaker_notebook_instance", {}),
    "AWS::EKS::Cluster": ("aws_eks_cluster", {}),
    "AWS::KMS::Key": ("aws_kms_key", {}),
    "AWS::SecretsManager::Secret": ("aws_secretsmanager_secret", {}),
    "AWS::Route53::HostedZone": ("aws_route53_zone", {}),
}
"""CloudFormation's types by Terraform's, with the properties that are named otherwise."""
FREE_TYPES: Final = (
    "AWS::IAM::", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet", "AWS::EC2::Route",
    "AWS::EC2::InternetGateway", "AWS::EC2::VPCGatewayAttachment", "AWS::S3::BucketPolicy",
    "AWS::Lambda::Permission", "AWS::Lambda::Version", "AWS::Lambda::LayerVersion",
    "AWS::Events::Rule", "AWS::KMS::Alias", "AWS::CDK::Metadata", "AWS::Logs::LogStream",
    "AWS::EC2::LaunchTemplate", "AWS::RDS::DBSubnetGroup", "AWS::SQS::QueuePolicy",
    "AWS::SNS::TopicPolicy", "AWS::Lambda::EventSourceMapping", "AWS::EC2::NetworkAcl",
    "AWS::ECS::Cluster", "AWS::ECS::TaskDefinition", "AWS::Scheduler::ScheduleGroup",
    "AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::TargetGroup",
)  # fmt: skip


def renamed(kind: str, properties: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A CloudFormation resource by Terraform's names."""
    type_, names = NAMED[kind]
    found = _snaked(properties, names)
    if kind == "AWS::EC2::Instance":
        blocks = found.get("ebs_block_device")
        listed = blocks if isinstance(blocks, list) else []
        found["ebs_block_device"] = [one["ebs"] for one in listed if "ebs" in one]
        found["root_block_device"] = {"volume_size": "8"} if not found["ebs_block_device"] else []
    if kind == "AWS::DynamoDB::Table":
        throughput = found.get("provisioned_throughput")
        units = throughput if isinstance(throughput, Mapping) else {}
        found["read_capacity"] = units.get("read_capacity_units")
        found["write_capacity"] = units.get("write_capacity_units")
    return type_, found


def _snaked(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {names.get(key, _snake(key)): _snaked(one, names) for key, one in value.items()}
    return [_snaked(one, names) for one in value] if isinstance(value, list) else value


def _snake(name: str) -> str:
    parts = [
        f"_{one.lower()}" if one.isupper() and n else one.lower() for n, one in enumerate(name)
    ]
    return "".join(parts)
