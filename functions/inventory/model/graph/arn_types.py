"""What the first word of an ARN's resource part stands for, beyond the types that calls are recorded of.

Source: AWS service authorization reference, "Resource types defined by ...", and the CloudFormation
resource type names.
"""

from __future__ import annotations

from collections.abc import Mapping

from functions.inventory.model import identity

# service -> word -> type; the word "" is of services whose resource part is the bare name.
_TYPES: Mapping[str, Mapping[str, str]] = {
    "acm": {"certificate": "AWS::CertificateManager::Certificate"},
    "acm-pca": {"certificate-authority": "AWS::ACMPCA::CertificateAuthority"},
    "airflow": {"environment": "AWS::MWAA::Environment"},
    "amplify": {"apps": "AWS::Amplify::App"},
    "apprunner": {"service": "AWS::AppRunner::Service"},
    "appsync": {"apis": "AWS::AppSync::GraphQLApi"},
    "athena": {"workgroup": "AWS::Athena::WorkGroup"},
    "autoscaling": {
        "autoScalingGroup": "AWS::AutoScaling::AutoScalingGroup",
        "launchConfiguration": "AWS::AutoScaling::LaunchConfiguration",
    },
    "backup": {
        "backup-plan": "AWS::Backup::BackupPlan",
        "backup-vault": "AWS::Backup::BackupVault",
        "recovery-point": "AWS::Backup::RecoveryPoint",
    },
    "batch": {
        "compute-environment": "AWS::Batch::ComputeEnvironment",
        "job-definition": "AWS::Batch::JobDefinition",
        "job-queue": "AWS::Batch::JobQueue",
    },
    "cloudformation": {"stack": "AWS::CloudFormation::Stack"},
    "cloudfront": {"function": "AWS::CloudFront::Function"},
    "cloudwatch": {"alarm": "AWS::CloudWatch::Alarm", "dashboard": "AWS::CloudWatch::Dashboard"},
    "codeartifact": {"repository": "AWS::CodeArtifact::Repository"},
    "codebuild": {"project": "AWS::CodeBuild::Project"},
    "codecommit": {"": "AWS::CodeCommit::Repository"},
    "codedeploy": {"application": "AWS::CodeDeploy::Application"},
    "codepipeline": {"": "AWS::CodePipeline::Pipeline"},
    "cognito-idp": {"userpool": "AWS::Cognito::UserPool"},
    "dax": {"cache": "AWS::DAX::Cluster"},
    "dms": {
        "endpoint": "AWS::DMS::Endpoint",
        "rep": "AWS::DMS::ReplicationInstance",
        "task": "AWS::DMS::ReplicationTask",
    },
    "ecr": {"repository": "AWS::ECR::Repository"},
    "ecs": {
        "capacity-provider": "AWS::ECS::CapacityProvider",
        "cluster": "AWS::ECS::Cluster",
        "service": "AWS::ECS::Service",
        "task-definition": "AWS::ECS::TaskDefinition",
    },
    "eks": {
        "addon": "AWS::EKS::Addon",
        "fargateprofile": "AWS::EKS::FargateProfile",
        "nodegroup": "AWS::EKS::Nodegroup",
    },
    "elasticache": {
        "cluster": "AWS::ElastiCache::CacheCluster",
        "replicationgroup": "AWS::ElastiCache::ReplicationGroup",
        "subnetgroup": "AWS::ElastiCache::SubnetGroup",
    },
    "elasticbeanstalk": {
        "application": "AWS::ElasticBeanstalk::Application",
        "environment": "AWS::ElasticBeanstalk::Environment",
    },
    "elasticfilesystem": {
        "access-point": "AWS::EFS::AccessPoint",
        "file-system": "AWS::EFS::FileSystem",
    },
    "elasticloadbalancing": {"listener-rule": "AWS::ElasticLoadBalancingV2::ListenerRule"},
    "elasticmapreduce": {"cluster": "AWS::EMR::Cluster"},
    "es": {"domain": "AWS::OpenSearchService::Domain"},
    "events": {"event-bus": "AWS::Events::EventBus", "rule": "AWS::Events::Rule"},
    "firehose": {"deliverystream": "AWS::KinesisFirehose::DeliveryStream"},
    "fsx": {"file-system": "AWS::FSx::FileSystem"},
    "glue": {
        "crawler": "AWS::Glue::Crawler",
        "database": "AWS::Glue::Database",
        "job": "AWS::Glue::Job",
        "table": "AWS::Glue::Table",
    },
    "guardduty": {"detector": "AWS::GuardDuty::Detector"},
    "iam": {
        "group": "AWS::IAM::Group",
        "instance-profile": "AWS::IAM::InstanceProfile",
        "oidc-provider": "AWS::IAM::OIDCProvider",
        "saml-provider": "AWS::IAM::SAMLProvider",
        "server-certificate": "AWS::IAM::ServerCertificate",
    },
    "kafka": {"cluster": "AWS::MSK::Cluster"},
    "kinesis": {"stream": "AWS::Kinesis::Stream"},
    "kms": {"alias": "AWS::KMS::Alias"},
    "lambda": {
        "event-source-mapping": "AWS::Lambda::EventSourceMapping",
        "layer": "AWS::Lambda::LayerVersion",
    },
    "logs": {"log-group": "AWS::Logs::LogGroup"},
    "memorydb": {"cluster": "AWS::MemoryDB::Cluster"},
    "mq": {"broker": "AWS::AmazonMQ::Broker"},
    "network-firewall": {
        "firewall": "AWS::NetworkFirewall::Firewall",
        "firewall-policy": "AWS::NetworkFirewall::FirewallPolicy",
    },
    "rds": {
        "cluster-pg": "AWS::RDS::DBClusterParameterGroup",
        "es": "AWS::RDS::EventSubscription",
        "og": "AWS::RDS::OptionGroup",
        "pg": "AWS::RDS::DBParameterGroup",
        "subgrp": "AWS::RDS::DBSubnetGroup",
    },
    "redshift": {
        "cluster": "AWS::Redshift::Cluster",
        "parametergroup": "AWS::Redshift::ClusterParameterGroup",
        "subnetgroup": "AWS::Redshift::ClusterSubnetGroup",
    },
    "route53": {
        "healthcheck": "AWS::Route53::HealthCheck",
        "hostedzone": "AWS::Route53::HostedZone",
    },
    "sagemaker": {
        "endpoint": "AWS::SageMaker::Endpoint",
        "model": "AWS::SageMaker::Model",
        "notebook-instance": "AWS::SageMaker::NotebookInstance",
    },
    "secretsmanager": {"secret": "AWS::SecretsManager::Secret"},
    "ses": {"identity": "AWS::SES::EmailIdentity"},
    "ssm": {"document": "AWS::SSM::Document", "parameter": "AWS::SSM::Parameter"},
    "states": {"stateMachine": "AWS::StepFunctions::StateMachine"},
    "transfer": {"server": "AWS::Transfer::Server"},
    "wafv2": {"regional": "AWS::WAFv2::WebACL", "global": "AWS::WAFv2::WebACL"},
}


def type_of(text: str, arn: identity.Arn) -> str:
    """The CloudFormation type that an ARN is of; empty where the inventory cannot tell."""
    known = identity.type_of_arn(text)
    if known is not None:
        return known
    words = _TYPES.get(arn.service, {})
    first, _, rest = arn.resource.lstrip("/").replace(":", "/").partition("/")
    return words.get(first, "") if rest else words.get("", "")
