"""Recorded answers of the AWS API, and real clients of boto3's that give them instead of calling."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel

from benchmarks.replays.leaves import revived

_ENDPOINTS = {"Endpoints": [{"Address": "recorded.example", "CachePeriodInMinutes": 1440}]}
_CONFIG = Config(parameter_validation=False, retries={"max_attempts": 0})


@dataclass(frozen=True)
class Recorded:
    """One answer; ``service`` is the name of boto3's client that gets it."""

    flight: str
    service: str
    operation: str
    n: int
    status: int
    data: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """The service and the operation."""
        return self.service, self.operation


def recordings(path: Path) -> Iterator[Recorded]:
    """The answers of a file, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            name = f"{record['endpoint_prefix']}.{record['operation']}"
            prefix, _, operation = name.rpartition(".")
            data = revived({k: v for k, v in record["data"].items() if k != "ResponseMetadata"})
            service = service_of(prefix, operation, data)
            if service == "iam":
                data = _as_sent(
                    service_model(service).operation_model(operation).output_shape, data
                )
            yield Recorded(
                record["flight"], service, operation, record["n"], record["status"], data
            )


def _as_sent(shape: Any, value: Any) -> Any:
    """A recorded answer of IAM as its API sends it: botocore had decoded the policies in it."""
    match getattr(shape, "type_name", ""):
        case "string" if isinstance(value, dict):
            return quote(json.dumps(value))
        case "structure" if isinstance(value, dict):
            return {key: _as_sent(shape.members.get(key), one) for key, one in value.items()}
        case "list" if isinstance(value, list):
            return [_as_sent(shape.member, one) for one in value]
        case _:
            return value


# Endpoints whose clients have other names than they; every other endpoint bears its client's.
_CLIENTS: Mapping[str, Sequence[str]] = {
    "access-analyzer": ("accessanalyzer",),
    "aidevops": ("devops-agent",),
    "airflow": ("mwaa",),
    "aoss": ("opensearchserverless",),
    "api.ecr": ("ecr",),
    "api.sagemaker": ("sagemaker",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "cassandra": ("keyspaces",),
    "cloudcontrolapi": ("cloudcontrol",),
    "connect-campaigns": ("connectcampaigns", "connectcampaignsv2"),
    "controlplane.payment-cryptography": ("payment-cryptography",),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elb", "elbv2"),
    "elasticmapreduce": ("emr",),
    "email": ("ses", "sesv2"),
    "es": ("opensearch", "es"),
    "ingest.timestream": ("timestream-write",),
    "kinesisanalytics": ("kinesisanalytics", "kinesisanalyticsv2"),
    "mail-manager": ("mailmanager",),
    "memory-db": ("memorydb",),
    "monitoring": ("cloudwatch",),
    "s3-control": ("s3control",),
    "servicequotas": ("service-quotas",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}


def service_of(prefix: str, operation: str, data: Mapping[str, Any]) -> str:
    """The client that makes a recorded call: several may share an endpoint, so the answer decides."""
    candidates = [name for name in _CLIENTS.get(prefix, (prefix,)) if _knows(name, operation)]
    return max(candidates, key=lambda name: _fit(name, operation, data), default="")


@cache
def service_model(service: str) -> ServiceModel:
    """Botocore's model of a service."""
    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


@cache
def _loader() -> Any:
    return create_loader()


def _knows(service: str, operation: str) -> bool:
    known = service in _loader().list_available_services("service-2")
    return known and operation in service_model(service).operation_names


def _fit(service: str, operation: str, data: Mapping[str, Any]) -> int:
    return _known_members(service_model(service).operation_model(operation).output_shape, data)


def _known_members(shape: Any, value: Any) -> int:
    match getattr(shape, "type_name", ""):
        case "structure" if isinstance(value, dict):
            known = [
                (shape.members[key], one) for key, one in value.items() if key in shape.members
            ]
            return len(known) + sum(_known_members(member, one) for member, one in known)
        case "list" if isinstance(value, list):
            return sum(_known_members(shape.member, one) for one in value)
        case _:
            return 0


@dataclass
class Flight:
    """The answers of one flight by operation, each given in order of ``n`` and over again."""

    answers: dict[tuple[str, str], list[Recorded]] = field(default_factory=dict)
    given: list[Recorded] = field(default_factory=list)

    def add(self, recorded: Recorded) -> None:
        """Take an answer into the flight."""
        known = self.answers.setdefault(recorded.key, [])
        known.append(recorded)
        known.sort(key=lambda one: one.n)

    def next(self, service: str, operation: str) -> Recorded:
        """The next answer of an operation; that nothing was recorded is an error answer, too."""
        known = self.answers.get((service, operation))
        if known is None:
            message = f"no answer of {service} {operation} was recorded"
            error = {"Error": {"Code": "AccessDenied", "Message": message}}
            return Recorded("", service, operation, 0, 403, error)
        times = sum(1 for one in self.given if one.key == (service, operation))
        recorded = known[times % len(known)]
        self.given.append(recorded)
        return recorded


class Player:
    """Makes clients that answer from whichever flight is being played."""

    def __init__(self) -> None:
        self.flight = Flight()
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        """A client of boto3's without a network."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._made(service, region)
        return self._clients[key]

    def _made(self, service: str, region: str) -> Any:
        client = boto3.client(
            service,
            region_name=region,
            config=_CONFIG,
            aws_access_key_id="recorded",
            aws_secret_access_key="recorded",  # noqa: S106 - nothing is signed with it that leaves
        )

        def answer(model: OperationModel, **_: Any) -> tuple[Any, dict[str, Any]]:
            if (
                model.name == "DescribeEndpoints"
                and (service, model.name) not in self.flight.answers
            ):
                return _Http(200), dict(_ENDPOINTS)
            recorded = self.flight.next(service, model.name)
            # A copy: botocore decodes policies where they stand.
            parsed = {
                **deepcopy(recorded.data),
                "ResponseMetadata": {"HTTPStatusCode": recorded.status},
            }
            return _Http(recorded.status), parsed

        client.meta.events.register_first("before-call.*.*", answer)
        return client


@dataclass(frozen=True)
class _Http:
    """The little of an HTTP response that botocore looks at."""

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: None = None


def least_parameters(operation: OperationModel) -> dict[str, Any]:
    """Parameters that a call cannot do without, filled with anything of their kind."""
    shape = operation.input_shape
    return {} if shape is None else _least(shape)


def _least(shape: Any) -> Any:
    match shape.type_name:
        case "structure":
            return {name: _named(name, shape.members[name]) for name in shape.required_members}
        case "list":
            return [_least(shape.member)]
        case "map":
            return {}
        case "integer" | "long" | "float" | "double":
            return 1
        case "boolean":
            return True
        case "timestamp":
            return 0
        case "blob":
            return b""
        case _:
            return shape.enum[0] if shape.enum else "recorded"


def _named(name: str, shape: Any) -> Any:
    # Some endpoints are chosen by the account and region in an ARN.
    if shape.type_name == "string" and name.lower().endswith("arn"):
        return "arn:aws:kinesis:us-east-1:111122223333:stream/recorded"
    return _least(shape)
