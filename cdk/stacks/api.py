"""The ways in over HTTPS: one HTTP API for the product, one REST API for the public webhook edge."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigateway as rest
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.environments import Environment
from cdk.names import Names
from steward.edge import armour
from steward.edge.armour import GATEWAY_BURST, GATEWAY_RATE
from steward.manifest import Function, Routes

_LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "address": "$context.identity.sourceIp",
}

Routed: TypeAlias = list[tuple[Function, Routes]]


class ApiStack(Stack):
    """The routes of every concern, each to its own function."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        environment: Environment,
        functions: tuple[Function, ...],
    ) -> None:
        super().__init__(scope, construct_id, description=f"Steward {names.env}: ways in")
        self._names = names
        self._environment = environment
        routed = _routed(functions, "http")
        if routed:
            self._http_api(routed)
        public = _routed(functions, "rest")
        if public:
            self._rest_api(public)

    def _http_api(self, routed: Routed) -> None:
        api = http.CfnApi(
            self,
            "Http",
            name=self._names.prefix,
            protocol_type="HTTP",
            cors_configuration=cors(self._environment.origins),
        )
        for function, routes in routed:
            target = self._integration(api, function)
            for key in route_keys(routes):
                construct_id = f"Route{key}"
                http.CfnRoute(self, construct_id, api_id=api.ref, route_key=key, target=target)
        http.CfnStage(
            self,
            "HttpStage",
            api_id=api.ref,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings={
                "destinationArn": self._log_group("http").attr_arn,
                "format": json.dumps(_LOGGED | {"route": "$context.routeKey"}),
            },
            default_route_settings={
                "throttlingRateLimit": GATEWAY_RATE,
                "throttlingBurstLimit": GATEWAY_BURST,
            },
        )

    def _integration(self, api: http.CfnApi, function: Function) -> str:
        identity = f"{function.concern}-{function.name}"
        arn = self._names.function_arn(function)
        integration = http.CfnIntegration(
            self,
            f"Integration-{identity}",
            api_id=api.ref,
            integration_type="AWS_PROXY",
            integration_uri=arn,
            payload_format_version="2.0",
            # API Gateway itself gives up after thirty seconds.
            timeout_in_millis=min(function.timeout, 30) * 1000,
        )
        lambda_.CfnPermission(
            self,
            f"Permission-{identity}",
            action="lambda:InvokeFunction",
            function_name=arn,
            principal="apigateway.amazonaws.com",
            source_arn=self._names.arn("execute-api", f"{api.ref}/*"),
        )
        return f"integrations/{integration.ref}"

    def _rest_api(self, routed: Routed) -> None:
        api = rest.RestApi(
            self,
            "Rest",
            rest_api_name=f"{self._names.prefix}-public",
            cloud_watch_role=True,
            endpoint_types=[rest.EndpointType.REGIONAL],
            deploy_options=self._rest_stage(),
        )
        for function, routes in routed:
            imported = lambda_.Function.from_function_attributes(
                self,
                f"Public-{function.concern}-{function.name}",
                function_arn=self._names.function_arn(function),
                same_environment=True,
            )
            handler = rest.LambdaIntegration(imported, allow_test_invoke=False)
            for path in routes.paths:
                resource = api.root.resource_for_path(path)
                resource.add_method("ANY", handler)
                resource.add_resource("{proxy+}").add_method("ANY", handler)

    def _rest_stage(self) -> rest.StageOptions:
        return rest.StageOptions(
            stage_name="public",
            access_log_destination=rest.LogGroupLogDestination(
                logs.LogGroup.from_log_group_arn(self, "RestLogs", self._log_group("rest").attr_arn)
            ),
            access_log_format=rest.AccessLogFormat.custom(
                json.dumps(_LOGGED | {"route": "$context.resourcePath"})
            ),
            logging_level=rest.MethodLoggingLevel.ERROR,
            tracing_enabled=True,
            throttling_rate_limit=GATEWAY_RATE,
            throttling_burst_limit=GATEWAY_BURST,
        )

    def _log_group(self, kind: str) -> logs.CfnLogGroup:
        group = logs.CfnLogGroup(
            self,
            f"{kind.capitalize()}AccessLogs",
            log_group_name=f"/steward/{self._names.env}/{kind}-access",
            retention_in_days=self._environment.log_days,
        )
        group.apply_removal_policy(RemovalPolicy.DESTROY)
        return group


def cors(origins: tuple[str, ...]) -> dict[str, Any] | None:
    """How API Gateway answers other origins' pages: as the edge does; None for not at all."""
    if not origins:
        return None
    return {
        "allowOrigins": list(origins),
        "allowCredentials": True,
        "allowMethods": list(armour.CORS_METHODS),
        "allowHeaders": list(armour.CORS_HEADERS),
        "exposeHeaders": list(armour.CORS_EXPOSED),
        "maxAge": armour.CORS_SECONDS,
    }


def route_keys(routes: Routes) -> list[str]:
    """Each path itself, and whatever lies below it."""
    return [key for path in routes.paths for key in (f"ANY {path}", f"ANY {path}/{{proxy+}}")]


def _routed(functions: tuple[Function, ...], api: str) -> Routed:
    return [
        (function, function.trigger)
        for function in functions
        if isinstance(function.trigger, Routes) and function.trigger.api == api
    ]
