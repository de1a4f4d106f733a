"""One manifest entry, deployed: role, log group, dead letters, Lambda function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk import assets, grants, settings
from cdk.constructs.queue import DeadLetterQueue
from cdk.constructs.role import chained_role, service_role
from cdk.environments import Environment
from cdk.names import Names
from steward.manifest import Function, Trail


@dataclass(frozen=True, slots=True)
class Network:
    """Where functions run that talk to the database."""

    subnets: tuple[str, ...]
    security_group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every function of a deployment shares."""

    environment: Environment
    names: Names
    deployment: settings.Deployment
    surroundings: grants.Surroundings
    network: Network | None = None


class DeployedFunction(Construct):
    """A function as AWS runs it, derived from its manifest entry."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: Function,
        setting: Setting,
        code: lambda_.Code,
        layers: dict[str, lambda_.LayerVersion],
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = function
        self.setting = setting
        self.dead_letters = self._dead_letters()
        self.resource = self._lambda(code, layers)

    @property
    def _ordered(self) -> bool:
        return isinstance(self.function.trigger, Trail)

    def _dead_letters(self) -> DeadLetterQueue | None:
        if not grants.has_dead_letters(self.function):
            return None
        name = self.setting.names.dead_letters(self.function)
        return DeadLetterQueue(self, "DeadLetters", name=name, fifo=self._ordered)

    def _lambda(
        self, code: lambda_.Code, layers: dict[str, lambda_.LayerVersion]
    ) -> lambda_.CfnFunction:
        function, setting = self.function, self.setting
        role = service_role(
            self,
            "Role",
            service="lambda.amazonaws.com",
            statements=grants.statements(function, setting.surroundings),
        )
        self._data_role(role)
        bound = code.bind(self).s3_location
        assert bound is not None  # noqa: S101  # an asset of a folder always has a place in S3
        wanted = ("steward", *function.layers)
        resource = lambda_.CfnFunction(
            self,
            "Function",
            function_name=setting.names.function(function),
            description=function.id,
            runtime=assets.RUNTIME.name,
            architectures=[assets.ARCHITECTURE.name],
            handler=function.handler,
            code=lambda_.CfnFunction.CodeProperty(
                s3_bucket=bound.bucket_name, s3_key=bound.object_key
            ),
            layers=[layers[name].layer_version_arn for name in wanted],
            role=role.attr_arn,
            memory_size=function.memory,
            ephemeral_storage=lambda_.CfnFunction.EphemeralStorageProperty(size=function.storage),
            timeout=function.timeout,
            environment={"variables": settings.values(function, setting.deployment)},
            tracing_config={"mode": "Active"},
            logging_config={"logGroup": self._log_group(), "logFormat": "JSON"},
            **self._failure(),
            **self._network(),
        )
        code.bind_to_resource(resource)
        return resource

    def _data_role(self, own: iam.CfnRole) -> None:
        function, around = self.function, self.setting.surroundings
        if not function.keeps_tenants_apart(around.store):
            return
        chained_role(
            self,
            "DataRole",
            by=own,
            statements=grants.data_statements(function, around),
            name=around.names.data_role(function),
            conditions=grants.trust(function),
        )

    def _log_group(self) -> str:
        environment = self.setting.environment
        group = logs.CfnLogGroup(
            self,
            "Logs",
            log_group_name=self.setting.names.log_group(self.function),
            retention_in_days=environment.log_days,
        )
        # Logs are evidence only as long as the retention says.
        group.apply_removal_policy(RemovalPolicy.DESTROY)
        return group.ref

    def _failure(self) -> dict[str, Any]:
        # Scheduler's calls are asynchronous: Lambda itself keeps what failed three times.
        # It keeps nothing in a FIFO queue, nor calls what one feeds by itself: there the redrive does.
        if self.dead_letters is None or self._ordered:
            return {}
        return {"dead_letter_config": {"targetArn": self.dead_letters.arn}}

    def _network(self) -> dict[str, Any]:
        network = self.setting.network
        if network is None:
            return {}
        return {
            "vpc_config": {
                "subnetIds": list(network.subnets),
                "securityGroupIds": [network.security_group],
            }
        }
