"""How resources of each type are made in moto, and what moto has without anybody making it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks.cloud.seed import Made, Maker, Spot

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)
STATES = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
TAGS = [{"Key": "Env", "Value": "seeded"}]

Arguments = Callable[[Spot, int], Mapping[str, Any]]


class One(NamedTuple):
    """One call makes one resource; ``id`` is the path to its id in the answer, or ``=name`` for our own."""

    type: str
    service: str
    operation: str
    arguments: Arguments
    id: str
    home: bool = False
    """Whether its service is global: made in the first region alone."""

    def make(self, spot: Spot, number: int) -> Made:
        """So many of them."""
        client = spot.client(self.service)
        for one in range(number):
            arguments = dict(self.arguments(spot, one))
            answer = getattr(client, self.operation)(**arguments)
            own = self.id.startswith("=")
            yield self.type, arguments[self.id[1:]] if own else _at(answer, self.id)


def named(key: str, kind: str, **more: Any) -> Arguments:
    """Arguments of which one is a name."""
    return lambda spot, one: {key: spot.name(kind, one), **more}


def plain(**arguments: Any) -> Arguments:
    """The same arguments each time."""
    return lambda _, __: arguments


def in_vpc(operation: Callable[[Spot, str, int], Mapping[str, Any]]) -> Arguments:
    """Arguments that name the default VPC."""

    def arguments(spot: Spot, one: int) -> Mapping[str, Any]:
        found = spot.client("ec2").describe_vpcs()["Vpcs"]
        vpc = next(each["VpcId"] for each in found if each.get("IsDefault"))
        return operation(spot, vpc, one)

    return arguments


def _at(answer: Any, path: str) -> Any:
    for word in path.split("."):
        answer = answer[int(word)] if word.isdigit() else answer[word]
    return answer


def _bucket(spot: Spot, one: int) -> dict[str, Any]:
    where = {"CreateBucketConfiguration": {"LocationConstraint": spot.region}}
    return {"Bucket": spot.name("bucket", one), **({} if spot.region == "us-east-1" else where)}


SIMPLE = (
    One("AWS::SQS::Queue", "sqs", "create_queue", named("QueueName", "queue"), "QueueUrl"),
    One("AWS::SNS::Topic", "sns", "create_topic", named("Name", "topic"), "TopicArn"),
    One(
        "AWS::DynamoDB::Table",
        "dynamodb",
        "create_table",
        named(
            "TableName",
            "table",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ),
        "=TableName",
    ),
    One(
        "AWS::Logs::LogGroup",
        "logs",
        "create_log_group",
        named("logGroupName", "log"),
        "=logGroupName",
    ),
    One("AWS::KMS::Key", "kms", "create_key", plain(), "KeyMetadata.KeyId"),
    One(
        "AWS::SecretsManager::Secret",
        "secretsmanager",
        "create_secret",
        named("Name", "secret", SecretString="x"),
        "=Name",
    ),
    One(
        "AWS::SSM::Parameter",
        "ssm",
        "put_parameter",
        named("Name", "parameter", Value="x", Type="String"),
        "=Name",
    ),
    One(
        "AWS::SSM::MaintenanceWindow",
        "ssm",
        "create_maintenance_window",
        named(
            "Name",
            "window",
            Schedule="rate(7 days)",
            Duration=2,
            Cutoff=1,
            AllowUnassociatedTargets=True,
        ),
        "WindowId",
    ),
    One(
        "AWS::Events::Rule",
        "events",
        "put_rule",
        named("Name", "rule", ScheduleExpression="rate(1 day)"),
        "RuleArn",
    ),
    One("AWS::Events::EventBus", "events", "create_event_bus", named("Name", "bus"), "=Name"),
    One(
        "AWS::CloudWatch::Alarm",
        "cloudwatch",
        "put_metric_alarm",
        named(
            "AlarmName",
            "alarm",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="m",
            Namespace="n",
            Period=60,
            Statistic="Sum",
            Threshold=1.0,
        ),
        "=AlarmName",
    ),
    One(
        "AWS::CloudWatch::Dashboard",
        "cloudwatch",
        "put_dashboard",
        named("DashboardName", "board", DashboardBody='{"widgets":[]}'),
        "=DashboardName",
    ),
    One(
        "AWS::ECR::Repository",
        "ecr",
        "create_repository",
        named("repositoryName", "repo"),
        "=repositoryName",
    ),
    One(
        "AWS::ECS::Cluster",
        "ecs",
        "create_cluster",
        named("clusterName", "cluster"),
        "cluster.clusterArn",
    ),
    One(
        "AWS::ECS::TaskDefinition",
        "ecs",
        "register_task_definition",
        named("family", "task", containerDefinitions=[{"name": "a", "image": "a", "memory": 64}]),
        "taskDefinition.taskDefinitionArn",
    ),
    One(
        "AWS::EFS::FileSystem",
        "efs",
        "create_file_system",
        named("CreationToken", "fs"),
        "FileSystemId",
    ),
    One(
        "AWS::RDS::DBInstance",
        "rds",
        "create_db_instance",
        named(
            "DBInstanceIdentifier",
            "db",
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="u",
            MasterUserPassword="password1",
        ),
        "=DBInstanceIdentifier",
    ),
    One(
        "AWS::RDS::DBParameterGroup",
        "rds",
        "create_db_parameter_group",
        named("DBParameterGroupName", "pg", DBParameterGroupFamily="postgres16", Description="d"),
        "=DBParameterGroupName",
    ),
    One(
        "AWS::Redshift::ClusterParameterGroup",
        "redshift",
        "create_cluster_parameter_group",
        named("ParameterGroupName", "rpg", ParameterGroupFamily="redshift-1.0", Description="d"),
        "=ParameterGroupName",
    ),
    One(
        "AWS::ElastiCache::CacheCluster",
        "elasticache",
        "create_cache_cluster",
        named(
            "CacheClusterId",
            "cache",
            Engine="redis",
            NumCacheNodes=1,
            CacheNodeType="cache.t3.micro",
        ),
        "=CacheClusterId",
    ),
    One(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "elb",
        "create_load_balancer",
        lambda spot, one: {
            "LoadBalancerName": f"elb-{one}-{spot.region[:9]}",
            "Listeners": [{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 80}],
            "AvailabilityZones": [f"{spot.region}a"],
        },
        "=LoadBalancerName",
    ),
    One(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "elbv2",
        "create_target_group",
        in_vpc(
            lambda spot, vpc, one: {
                "Name": f"tg-{one}-{spot.region[:9]}",
                "Protocol": "HTTP",
                "Port": 80,
                "VpcId": vpc,
            }
        ),
        "TargetGroups.0.TargetGroupArn",
    ),
    One(
        "AWS::EC2::Volume",
        "ec2",
        "create_volume",
        lambda spot, _: {"AvailabilityZone": f"{spot.region}a", "Size": 8},
        "VolumeId",
    ),
    One(
        "AWS::EC2::SecurityGroup",
        "ec2",
        "create_security_group",
        named("GroupName", "sg", Description="seeded"),
        "GroupId",
    ),
    One(
        "AWS::EC2::InternetGateway",
        "ec2",
        "create_internet_gateway",
        plain(),
        "InternetGateway.InternetGatewayId",
    ),
    One("AWS::EC2::EIP", "ec2", "allocate_address", plain(Domain="vpc"), "AllocationId"),
    One("AWS::EC2::KeyPair", "ec2", "create_key_pair", named("KeyName", "key"), "=KeyName"),
    One(
        "AWS::EC2::LaunchTemplate",
        "ec2",
        "create_launch_template",
        named("LaunchTemplateName", "lt", LaunchTemplateData={"InstanceType": "t3.micro"}),
        "LaunchTemplate.LaunchTemplateId",
    ),
    One(
        "AWS::EC2::RouteTable",
        "ec2",
        "create_route_table",
        in_vpc(lambda _, vpc, __: {"VpcId": vpc}),
        "RouteTable.RouteTableId",
    ),
    One(
        "AWS::EC2::NetworkAcl",
        "ec2",
        "create_network_acl",
        in_vpc(lambda _, vpc, __: {"VpcId": vpc}),
        "NetworkAcl.NetworkAclId",
    ),
    One(
        "AWS::EC2::CustomerGateway",
        "ec2",
        "create_customer_gateway",
        lambda _, one: {
            "Type": "ipsec.1",
            "BgpAsn": 65000,
            "PublicIp": f"203.0.113.{one % 250 + 1}",
        },
        "CustomerGateway.CustomerGatewayId",
    ),
    One(
        "AWS::EC2::VPNGateway",
        "ec2",
        "create_vpn_gateway",
        plain(Type="ipsec.1"),
        "VpnGateway.VpnGatewayId",
    ),
    One(
        "AWS::EC2::TransitGateway",
        "ec2",
        "create_transit_gateway",
        plain(),
        "TransitGateway.TransitGatewayId",
    ),
    One(
        "AWS::EC2::EgressOnlyInternetGateway",
        "ec2",
        "create_egress_only_internet_gateway",
        in_vpc(lambda _, vpc, __: {"VpcId": vpc}),
        "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
    ),
    One(
        "AWS::EC2::DHCPOptions",
        "ec2",
        "create_dhcp_options",
        plain(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.com"]}]),
        "DhcpOptions.DhcpOptionsId",
    ),
    One(
        "AWS::EC2::PrefixList",
        "ec2",
        "create_managed_prefix_list",
        named("PrefixListName", "pl", MaxEntries=2, AddressFamily="IPv4"),
        "PrefixList.PrefixListId",
    ),
    One(
        "AWS::Kinesis::Stream",
        "kinesis",
        "create_stream",
        named("StreamName", "stream", ShardCount=1),
        "=StreamName",
    ),
    One(
        "AWS::KinesisFirehose::DeliveryStream",
        "firehose",
        "create_delivery_stream",
        named(
            "DeliveryStreamName",
            "hose",
            S3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::111111111111:role/r",
                "BucketARN": "arn:aws:s3:::b",
            },
        ),
        "=DeliveryStreamName",
    ),
    One(
        "AWS::StepFunctions::StateMachine",
        "stepfunctions",
        "create_state_machine",
        lambda spot, one: {
            "name": spot.name("machine", one),
            "definition": STATES,
            "roleArn": f"arn:aws:iam::{spot.account}:role/r",
        },
        "stateMachineArn",
    ),
    One(
        "AWS::StepFunctions::Activity",
        "stepfunctions",
        "create_activity",
        named("name", "act"),
        "activityArn",
    ),
    One(
        "AWS::CertificateManager::Certificate",
        "acm",
        "request_certificate",
        lambda spot, one: {
            "DomainName": f"{spot.name('c', one)}.example.com",
            "ValidationMethod": "DNS",
        },
        "CertificateArn",
    ),
    One(
        "AWS::Glue::Job",
        "glue",
        "create_job",
        named("Name", "job", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://a/b"}),
        "=Name",
    ),
    One(
        "AWS::Glue::Crawler",
        "glue",
        "create_crawler",
        named(
            "Name",
            "crawler",
            Role="r",
            DatabaseName="d",
            Targets={"S3Targets": [{"Path": "s3://a"}]},
        ),
        "=Name",
    ),
    One("AWS::Athena::WorkGroup", "athena", "create_work_group", named("Name", "wg"), "=Name"),
    One(
        "AWS::Athena::NamedQuery",
        "athena",
        "create_named_query",
        named("Name", "query", Database="d", QueryString="select 1"),
        "NamedQueryId",
    ),
    One("AWS::ApiGateway::RestApi", "apigateway", "create_rest_api", named("name", "api"), "id"),
    One("AWS::ApiGateway::ApiKey", "apigateway", "create_api_key", named("name", "apikey"), "id"),
    One(
        "AWS::ApiGateway::UsagePlan", "apigateway", "create_usage_plan", named("name", "plan"), "id"
    ),
    One(
        "AWS::ApiGatewayV2::Api",
        "apigatewayv2",
        "create_api",
        named("Name", "http", ProtocolType="HTTP"),
        "ApiId",
    ),
    One(
        "AWS::Cognito::UserPool",
        "cognito-idp",
        "create_user_pool",
        named("PoolName", "pool"),
        "UserPool.Id",
    ),
    One(
        "AWS::Scheduler::ScheduleGroup",
        "scheduler",
        "create_schedule_group",
        named("Name", "group"),
        "=Name",
    ),
    One(
        "AWS::WAFv2::IPSet",
        "wafv2",
        "create_ip_set",
        named("Name", "ips", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=[]),
        "Summary.ARN",
    ),
    One(
        "AWS::Backup::BackupVault",
        "backup",
        "create_backup_vault",
        named("BackupVaultName", "vault"),
        "=BackupVaultName",
    ),
    One(
        "AWS::Backup::BackupPlan",
        "backup",
        "create_backup_plan",
        lambda spot, one: {
            "BackupPlan": {
                "BackupPlanName": spot.name("plan", one),
                "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "vault"}],
            }
        },
        "BackupPlanId",
    ),
    One(
        "AWS::WAFv2::WebACL",
        "wafv2",
        "create_web_acl",
        named(
            "Name",
            "acl",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={
                "SampledRequestsEnabled": False,
                "CloudWatchMetricsEnabled": False,
                "MetricName": "m",
            },
        ),
        "Summary.ARN",
    ),
    One(
        "AWS::SageMaker::Model",
        "sagemaker",
        "create_model",
        lambda spot, one: {
            "ModelName": spot.name("model", one),
            "ExecutionRoleArn": f"arn:aws:iam::{spot.account}:role/StewardReader",
            "PrimaryContainer": {"Image": "a"},
        },
        "ModelArn",
    ),
    One("AWS::Transfer::Server", "transfer", "create_server", plain(), "ServerId"),
    One("AWS::S3::Bucket", "s3", "create_bucket", _bucket, "=Bucket"),
    One("AWS::IAM::User", "iam", "create_user", named("UserName", "user"), "=UserName", home=True),
    One(
        "AWS::IAM::Role",
        "iam",
        "create_role",
        named("RoleName", "role", AssumeRolePolicyDocument=TRUST),
        "=RoleName",
        home=True,
    ),
    One(
        "AWS::IAM::Group",
        "iam",
        "create_group",
        named("GroupName", "group"),
        "=GroupName",
        home=True,
    ),
    One(
        "AWS::IAM::Policy",
        "iam",
        "create_policy",
        named("PolicyName", "policy", PolicyDocument=POLICY),
        "Policy.Arn",
        home=True,
    ),
    One(
        "AWS::IAM::InstanceProfile",
        "iam",
        "create_instance_profile",
        named("InstanceProfileName", "profile"),
        "=InstanceProfileName",
        home=True,
    ),
    One(
        "AWS::Route53::HealthCheck",
        "route53",
        "create_health_check",
        lambda spot, one: {
            "CallerReference": spot.name("ref", one),
            "HealthCheckConfig": {"Type": "TCP", "IPAddress": "203.0.113.9", "Port": 80},
        },
        "HealthCheck.Id",
        home=True,
    ),
)


def _listed(
    type_name: str, service: str, operation: str, key: str, id_: str
) -> Callable[[Spot], Made]:
    """What a list has once everything is made: with the resources that moto has of its own."""

    def found(spot: Spot) -> Iterator[tuple[str, str]]:
        for one in getattr(spot.client(service), operation)()[key]:
            yield type_name, one[id_]

    return found


MAKERS: dict[str, Maker] = {one.type: one.make for one in SIMPLE}
HOME = frozenset(one.type for one in SIMPLE if one.home)
"""Types of global services: made in the first region alone."""
DEFAULTS: tuple[Callable[[Spot], Made], ...] = (
    _listed(
        "AWS::EC2::SecurityGroup", "ec2", "describe_security_groups", "SecurityGroups", "GroupId"
    ),
    _listed("AWS::EC2::RouteTable", "ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    _listed("AWS::EC2::NetworkAcl", "ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    _listed(
        "AWS::EC2::DHCPOptions", "ec2", "describe_dhcp_options", "DhcpOptions", "DhcpOptionsId"
    ),
    _listed(
        "AWS::EC2::InternetGateway",
        "ec2",
        "describe_internet_gateways",
        "InternetGateways",
        "InternetGatewayId",
    ),
    _listed(
        "AWS::EC2::PrefixList",
        "ec2",
        "describe_managed_prefix_lists",
        "PrefixLists",
        "PrefixListId",
    ),
    _listed(
        "AWS::RDS::DBParameterGroup",
        "rds",
        "describe_db_parameter_groups",
        "DBParameterGroups",
        "DBParameterGroupName",
    ),
    _listed(
        "AWS::Redshift::ClusterParameterGroup",
        "redshift",
        "describe_cluster_parameter_groups",
        "ParameterGroups",
        "ParameterGroupName",
    ),
    _listed("AWS::Events::EventBus", "events", "list_event_buses", "EventBuses", "Name"),
    _listed("AWS::Athena::WorkGroup", "athena", "list_work_groups", "WorkGroups", "Name"),
    _listed(
        "AWS::Scheduler::ScheduleGroup",
        "scheduler",
        "list_schedule_groups",
        "ScheduleGroups",
        "Name",
    ),
)
