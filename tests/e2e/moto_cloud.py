"""AWS as moto plays it: the synthesised templates created, and the deployed queues and streams driven.

moto creates what the templates describe, routes events and keeps state; it does not start functions. The
driver does that part of Lambda's work: it reads the event sources that were deployed, builds the event that
Lambda would, and calls the handler named in the deployed function with the environment found there.

Taken out of the templates, because moto 5.2.5 misreads it: a rule's MessageGroupId (to moto that means a FIFO
queue), and tags. Put in: the account in a rule's envelope, which moto leaves out.

Not covered: fair queues; IAM and queue policies (moto grants everything; the grants have tests of their own);
the layers and the assets (empty zips); API Gateway, alarms, budget, secrets and schedule groups (moto's
CloudFormation does not know them); encryption; large bodies in S3 (obstore does not go through moto);
Scheduler's ticks.
"""

from __future__ import annotations

import copy
import importlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import boto3
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from steward import patterns
from steward.edge import resources

REGION = "us-east-1"
ACCOUNT = "123456789012"
_ORDER = ("foundation", "", "api", "observability")

Templates = Mapping[str, Mapping[str, Any]]


class Source(NamedTuple):
    """One deployed event source."""

    arn: str
    function: str
    batch_size: int
    filters: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a function of its invocation."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@dataclass(slots=True)
class Cloud:
    """A deployment in moto, driven by hand."""

    sources: list[Source]
    invocations: list[str] = field(default_factory=list)
    _positions: dict[str, str] = field(default_factory=dict)

    def put_event(self, envelope: Mapping[str, Any], *, bus: str = "default") -> None:
        """Put a raw event on a bus, as the cloud's own services do."""
        entry = {
            "Source": envelope["source"],
            "DetailType": envelope["detail-type"],
            "Detail": json.dumps(envelope["detail"]),
            "Resources": envelope.get("resources", []),
            "EventBusName": bus,
        }
        answer = client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer

    def drain(self, *, rounds: int = 20) -> None:
        """Serve every event source in turn until a round finds nothing to do."""
        for _ in range(rounds):
            if not sum([self._serve(source) for source in self.sources]):
                return
        raise AssertionError(f"still busy after {rounds} rounds: {self.invocations[-20:]}")

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Call the deployed function's handler with its own environment."""
        deployed = client("lambda").get_function_configuration(FunctionName=function)
        module, _, name = deployed["Handler"].rpartition(".")
        handler = getattr(importlib.import_module(module), name)
        self.invocations.append(function)
        with _environment(deployed["Environment"]["Variables"]):
            answer = handler(event, Context(function, deployed["MemorySize"]))
        assert isinstance(answer, dict)
        return answer

    def get(self, path: str, *, function: str, key: str) -> Any:
        """What the function answers to a request that API Gateway passes on."""
        event = {
            "version": "2.0",
            "routeKey": f"ANY {path}",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {
                "authorization": f"Bearer {key}",
                "host": "a1b2c3.execute-api.us-east-1.amazonaws.com",
            },
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": "api",
                "http": {"method": "GET", "path": path, "sourceIp": "192.0.2.1"},
                "requestId": "request-1",
                "stage": "$default",
                "timeEpoch": 0,
            },
            "isBase64Encoded": False,
        }
        answer = self.invoke(function, event)
        assert answer["statusCode"] == 200, answer
        return json.loads(answer["body"])

    def _serve(self, source: Source) -> int:
        return self._serve_queue(source) if ":sqs:" in source.arn else self._serve_stream(source)

    def _serve_queue(self, source: Source) -> int:
        queue = queue_url(source.arn.rpartition(":")[2])
        received = client("sqs").receive_message(
            QueueUrl=queue, MaxNumberOfMessages=source.batch_size, AttributeNames=["All"]
        )
        messages = received.get("Messages", [])
        if not messages:
            return 0
        records = [_sqs_record(message, source.arn) for message in messages]
        failed = _failures(self.invoke(source.function, {"Records": records}))
        for message in messages:
            if message["MessageId"] not in failed:
                client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        assert not failed, f"{source.function} returned {failed}"
        return len(messages)

    def _serve_stream(self, source: Source) -> int:
        records = [r for r in self._stream_records(source) if _passes(r, source.filters)]
        for start in range(0, len(records), source.batch_size):
            batch = records[start : start + source.batch_size]
            failed = _failures(self.invoke(source.function, {"Records": batch}))
            assert not failed, f"{source.function} returned {failed}"
        return len(records)

    def _stream_records(self, source: Source) -> Iterator[dict[str, Any]]:
        streams = client("dynamodbstreams")
        if source.arn not in self._positions:
            stream = streams.describe_stream(StreamArn=source.arn)["StreamDescription"]
            (shard,) = stream["Shards"]
            self._positions[source.arn] = streams.get_shard_iterator(
                StreamArn=source.arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
        answer = streams.get_records(ShardIterator=self._positions[source.arn])
        self._positions[source.arn] = answer["NextShardIterator"]
        for record in answer["Records"]:
            yield {**record, "eventSourceARN": source.arn, "eventSource": "aws:dynamodb"}


def deploy(templates: Templates) -> Cloud:
    """Create every stack, each after those it needs."""
    _bootstrap(templates)
    for name in sorted(templates, key=_rank):
        client("cloudformation").create_stack(
            StackName=name,
            TemplateBody=json.dumps(_playable(templates[name])),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
    sources = list(_sources())
    _unplug(sources)
    return Cloud(sources=sources)


def client(service: str) -> Any:
    """boto3's client for the service, in moto's region."""
    return boto3.client(service, region_name=REGION)


def queue_url(name: str) -> str:
    """A queue's address."""
    url: str = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url


def _rank(stack: str) -> int:
    kind = stack.rpartition("-")[2]
    return _ORDER.index(kind) if kind in _ORDER else 1


def _playable(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template as moto can play it; what is taken away is named at the top of this file."""
    playable = copy.deepcopy(dict(template))
    for resource in playable["Resources"].values():
        resource.get("Properties", {}).pop("Tags", None)
        if resource["Type"] == "AWS::Events::Rule":
            for target in resource["Properties"]["Targets"]:
                target.pop("SqsParameters", None)
    return playable


def _bootstrap(templates: Templates) -> None:
    """What `cdk bootstrap` leaves in an account, and an empty zip for every asset."""
    client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    bucket = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
    client("s3").create_bucket(Bucket=bucket)
    for key in _asset_keys(templates):
        client("s3").put_object(Bucket=bucket, Key=key, Body=_empty_zip())


def _asset_keys(templates: Templates) -> set[str]:
    bodies = [
        resource.get("Properties", {}).get(place, {})
        for template in templates.values()
        for resource in template["Resources"].values()
        for place in ("Code", "Content")
    ]
    return {body["S3Key"] for body in bodies if "S3Key" in body}


def _empty_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("empty", "")
    return buffer.getvalue()


def _sources() -> Iterator[Source]:
    for mapping in client("lambda").list_event_source_mappings()["EventSourceMappings"]:
        filters = mapping.get("FilterCriteria", {}).get("Filters", [])
        yield Source(
            arn=mapping["EventSourceArn"],
            function=mapping["FunctionArn"].rpartition(":")[2],
            batch_size=mapping["BatchSize"],
            filters=tuple(json.loads(each["Pattern"]) for each in filters),
        )


def _unplug(sources: list[Source]) -> None:
    """Keep moto from serving the event sources itself: it would want Docker, or take the messages."""
    for source in sources:
        name = source.arn.split(":")[5].removeprefix("table/").split("/")[0]
        if ":sqs:" in source.arn:
            queue = sqs_backends[ACCOUNT][REGION].queues[name]
            queue.lambda_event_source_mappings.clear()
        else:
            table = dynamodb_backends[ACCOUNT][REGION].tables[name]
            table.lambda_event_source_mappings.clear()


def _passes(record: Mapping[str, Any], filters: tuple[dict[str, Any], ...]) -> bool:
    return not filters or any(patterns.compile(pattern)(record) for pattern in filters)


def _sqs_record(message: Mapping[str, Any], arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        # moto's rules leave the account out of the envelope; EventBridge never does.
        "body": json.dumps({"account": ACCOUNT, **json.loads(message["Body"])}),
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def _failures(answer: Mapping[str, Any]) -> set[str]:
    return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The process's environment as the function would find it."""
    before = dict(os.environ)
    os.environ.update(variables)
    resources._lambda_resources.cache_clear()
    try:
        yield
    finally:
        resources._lambda_resources.cache_clear()
        os.environ.clear()
        os.environ.update(before)
