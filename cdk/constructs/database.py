"""The Aurora flavour's database: PostgreSQL that sleeps when nobody asks, in a network of its own.

The choices, with their prices, are in docs/adr/0006-aurora.md.
"""

from __future__ import annotations

from aws_cdk import CfnDeletionPolicy, Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from cdk.constructs.function import Network
from cdk.constructs.role import service_role
from cdk.environments import Environment
from cdk.grants import Statement
from cdk.names import Names

VERSION = "17.7"
# Not PostgreSQL's own: whoever scans for databases looks there first.
PORT = 5433
DATABASE = "steward"
USER = "steward"
PAUSE_AFTER = Duration.minutes(5)


class Database(Construct):
    """A Serverless v2 cluster and the only network that reaches it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        environment: Environment,
        key_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._names = names
        self._environment = environment
        self.vpc = self._network()
        self._flow_logs()
        functions = self._group("Functions", "Steward functions: out to AWS and the internet")
        self._cluster = self._serverless_cluster(key_arn, functions)
        self.network = Network(
            tuple(self.vpc.select_subnets(subnet_group_name="functions").subnet_ids),
            functions.attr_group_id,
        )

    @property
    def url(self) -> str:
        """Where the database is; the password is a token that IAM signs for each connection."""
        host = self._cluster.attr_endpoint_address
        return f"postgresql://{USER}@{host}:{PORT}/{DATABASE}?sslmode=require"

    @property
    def user_arn(self) -> str:
        """The database user that a function's role may connect as."""
        resource = self._cluster.attr_db_cluster_resource_id
        return self._names.arn("rds-db", f"dbuser:{resource}/{USER}")

    def _network(self) -> ec2.Vpc:
        vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=self._environment.nat_gateways,
            restrict_default_security_group=False,
            subnet_configuration=[
                _subnets("public", ec2.SubnetType.PUBLIC, mask=26),
                _subnets("functions", ec2.SubnetType.PRIVATE_WITH_EGRESS, mask=20),
                _subnets("database", ec2.SubnetType.PRIVATE_ISOLATED, mask=26),
            ],
        )
        # Free of charge, and the lake's traffic is what a NAT gateway would be paid for.
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        return vpc

    def _flow_logs(self) -> None:
        name = f"/steward/{self._environment.name}/network"
        group = logs.CfnLogGroup(
            self,
            "FlowLogGroup",
            log_group_name=name,
            retention_in_days=self._environment.log_days,
        )
        group.apply_removal_policy(RemovalPolicy.DESTROY)
        streams = f"{self._names.arn('logs', f'log-group:{name}')}:log-stream:*"
        role = service_role(
            self,
            "FlowLogRole",
            service="vpc-flow-logs.amazonaws.com",
            statements=[
                Statement("Write", ("logs:CreateLogStream", "logs:PutLogEvents"), (streams,))
            ],
        )
        ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_id=self.vpc.vpc_id,
            resource_type="VPC",
            # What was refused tells of an intruder or a mistake; what passed would be paid for.
            traffic_type="REJECT",
            log_group_name=group.ref,
            deliver_logs_permission_arn=role.attr_arn,
        )

    def _group(self, construct_id: str, description: str) -> ec2.CfnSecurityGroup:
        return ec2.CfnSecurityGroup(
            self,
            construct_id,
            group_description=description,
            vpc_id=self.vpc.vpc_id,
            security_group_egress=[
                {"ipProtocol": "-1", "cidrIp": "0.0.0.0/0", "description": "Out to anywhere"}
            ],
        )

    def _serverless_cluster(
        self, key_arn: str, functions: ec2.CfnSecurityGroup
    ) -> rds.CfnDBCluster:
        keep = self._environment.keep
        cluster = rds.CfnDBCluster(
            self,
            "Cluster",
            engine="aurora-postgresql",
            engine_version=VERSION,
            database_name=DATABASE,
            master_username="owner",
            # RDS makes and rotates the owner's password; only migrations ever use it.
            manage_master_user_password=True,
            master_user_secret={"kmsKeyId": key_arn},
            enable_iam_database_authentication=True,
            enable_http_endpoint=False,
            port=PORT,
            db_subnet_group_name=self._subnet_group(),
            vpc_security_group_ids=[self._database_group(functions)],
            storage_encrypted=True,
            kms_key_id=key_arn,
            deletion_protection=keep,
            backup_retention_period=35 if keep else 1,
            copy_tags_to_snapshot=True,
            enable_cloudwatch_logs_exports=["postgresql"],
            serverless_v2_scaling_configuration={
                "minCapacity": 0,
                "maxCapacity": self._environment.max_capacity,
                "secondsUntilAutoPause": PAUSE_AFTER.to_seconds(),
            },
        )
        policy = CfnDeletionPolicy.SNAPSHOT if keep else CfnDeletionPolicy.DELETE
        cluster.cfn_options.deletion_policy = policy
        cluster.cfn_options.update_replace_policy = policy
        rds.CfnDBInstance(
            self,
            "Writer",
            db_cluster_identifier=cluster.ref,
            db_instance_class="db.serverless",
            engine="aurora-postgresql",
            publicly_accessible=False,
            auto_minor_version_upgrade=True,
        )
        return cluster

    def _subnet_group(self) -> str:
        subnets = self.vpc.select_subnets(subnet_group_name="database").subnet_ids
        return rds.CfnDBSubnetGroup(
            self,
            "Subnets",
            db_subnet_group_description="Steward: without a way to the internet",
            subnet_ids=subnets,
        ).ref

    def _database_group(self, functions: ec2.CfnSecurityGroup) -> str:
        group = ec2.CfnSecurityGroup(
            self,
            "DatabaseGroup",
            group_description="Steward database: in from the functions alone",
            vpc_id=self.vpc.vpc_id,
            security_group_ingress=[
                {
                    "ipProtocol": "tcp",
                    "fromPort": PORT,
                    "toPort": PORT,
                    "sourceSecurityGroupId": functions.attr_group_id,
                    "description": "PostgreSQL from the functions",
                }
            ],
            security_group_egress=[
                {"ipProtocol": "-1", "cidrIp": "127.0.0.1/32", "description": "Out to nowhere"}
            ],
        )
        return group.attr_group_id


def _subnets(name: str, kind: ec2.SubnetType, *, mask: int) -> ec2.SubnetConfiguration:
    return ec2.SubnetConfiguration(name=name, subnet_type=kind, cidr_mask=mask)
