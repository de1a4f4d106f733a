"""What the templates say about each function, read from the templates alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from steward.local.describe import Description

Templates: TypeAlias = Mapping[str, Mapping[str, Any]]

ACCOUNT = "111122223333"
REGION = "us-east-1"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_NAMES = ("FunctionName", "QueueName", "TableName", "BucketName", "Name", "TopicName", "RoleName")
_ARNS = {
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/",
    "AWS::Events::EventBus": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/",
}
# What Lambda does with an asynchronous call unless told otherwise.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_ASYNCHRONOUS_RETRIES = 2
# What each access is in IAM, written down a second time on purpose: a change of one is seen here.
_ACCESS = {
    frozenset({"ConditionCheckItem", "GetItem", "Query"}): "read",
    frozenset({"ConditionCheckItem", "GetItem", "Query", "PutItem", "DeleteItem"}): "read_write",
}


def _leading(tenant: str) -> dict[str, Any]:
    return {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{tenant}#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


_OWN_TENANT = _leading("${aws:PrincipalTag/tenant}")
_OUTBOXES = {
    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["@outbox#*"]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}
_SYSTEM_ONLY = _leading("system")
_SECRET = re.compile(r":secret:steward/(?:dev|staging|production)/([a-z-]+)(?:/\*|-\?{6})$")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of one stack, its properties resolved."""

    stack: str
    id: str
    kind: str
    raw: Mapping[str, Any]
    body: Any


class Deployment:
    """Every resource of every stack, with references followed across stacks."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self.resources = [
            Resource(stack, name, raw["Type"], raw, self.resolve(stack, raw.get("Properties", {})))
            for stack, template in templates.items()
            for name, raw in template["Resources"].items()
        ]

    def of(self, kind: str) -> Iterator[Resource]:
        return (resource for resource in self.resources if resource.kind == kind)

    def resolve(self, stack: str, node: Any) -> Any:
        """The node with every intrinsic function in it evaluated."""
        if isinstance(node, list):
            return [self.resolve(stack, item) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(stack, name, argument)
        return {key: self.resolve(stack, value) for key, value in node.items()}

    def _intrinsic(self, stack: str, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return _PSEUDO.get(argument) or self._name(stack, argument)
            case "Fn::GetAtt":
                return self._attribute(stack, *argument)
            case "Fn::Join":
                return argument[0].join(str(self.resolve(stack, part)) for part in argument[1])
            case "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda found: _PSEUDO[found[1]], argument)
            case "Fn::ImportValue":
                return self._import(argument)
        return {name: argument}

    def _template_of(self, stack: str, logical_id: str) -> Mapping[str, Any]:
        # What a broken template refers to may be missing: that is for the comparison to say.
        found: Mapping[str, Any] = self._templates[stack]["Resources"].get(logical_id, {})
        return found

    def _name(self, stack: str, logical_id: str) -> str:
        properties = self._template_of(stack, logical_id).get("Properties", {})
        for key in _NAMES:
            if key in properties:
                return str(self.resolve(stack, properties[key]))
        return f"{stack}/{logical_id}"

    def _attribute(self, stack: str, logical_id: str, attribute: str) -> str:
        kind = self._template_of(stack, logical_id).get("Type", "")
        arn = _ARNS.get(kind, f"{kind}:") + self._name(stack, logical_id)
        return {"Arn": arn, "StreamArn": f"{arn}/stream/1"}.get(attribute, f"{arn}.{attribute}")

    def _import(self, export: str) -> Any:
        for stack, template in self._templates.items():
            for output in template.get("Outputs", {}).values():
                if output.get("Export", {}).get("Name") == export:
                    return self.resolve(stack, output["Value"])
        raise LookupError(f"no stack exports {export}")


def describe_templates(templates: Templates) -> dict[str, Description]:
    """Every deployed function, in the words in which the local runtime describes its own."""
    deployment = Deployment(templates)
    return {
        function.body["Environment"]["Variables"]["STEWARD_FUNCTION"]: _Reader(
            deployment, function
        ).description()
        for function in deployment.of("AWS::Lambda::Function")
    }


class _Reader:
    """What one function's resources say."""

    def __init__(self, deployment: Deployment, function: Resource) -> None:
        self._deployment = deployment
        self._function = function
        self._environment: dict[str, str] = function.body["Environment"]["Variables"]
        self._name: str = function.body["FunctionName"]
        self._arn = _ARNS["AWS::Lambda::Function"] + self._name
        self._statements = self._grants(function)
        self._data = self._data_role()

    def description(self) -> Description:
        return Description(
            **self._trigger(),
            timeout=self._function.body["Timeout"],
            memory=self._function.body["MemorySize"],
            environment=tuple(sorted(self._environment)),
            tables=self._tables(),
            secrets=self._secrets(),
            signers=self._signers(),
            outboxes=self._reads_outboxes(),
            trail=self._feeds_trail(),
            mail=self._may("ses:SendEmail"),
            enters=self._enters(),
            carried_to=self._carried_to(),
            dead_letters=self._dead_letters(),
        )

    def _trigger(self) -> dict[str, Any]:
        for source in self._sources():
            if ":dynamodb:" in source.body["EventSourceArn"]:
                return {"kind": "stream", "batch_size": source.body["BatchSize"]}
            return self._queued(source)
        for schedule in self._deployment.of("AWS::Scheduler::Schedule"):
            if schedule.body["Target"]["Arn"] == self._arn:
                return self._scheduled(schedule)
        return {"kind": "routes", "routes": tuple(sorted(self._routes()))}

    def _sources(self) -> list[Resource]:
        sources = self._deployment.of("AWS::Lambda::EventSourceMapping")
        return [source for source in sources if source.body["FunctionName"] == self._name]

    def _queued(self, source: Resource) -> dict[str, Any]:
        queue = self._queue(source.body["EventSourceArn"])
        trigger: dict[str, Any] = {
            "kind": "trail" if queue.body.get("FifoQueue") else "poke",
            "batch_size": source.body["BatchSize"],
            "max_receives": queue.body["RedrivePolicy"]["maxReceiveCount"],
            "max_concurrency": source.body["ScalingConfig"]["MaximumConcurrency"],
            "visibility": queue.body["VisibilityTimeout"],
        }
        for rule in self._deployment.of("AWS::Events::Rule"):
            if any(
                target["Arn"] == source.body["EventSourceArn"] for target in rule.body["Targets"]
            ):
                trigger["kind"] = "queue"
                trigger["bus"] = _bus(rule.body.get("EventBusName", "default"))
                trigger["pattern"] = _logical(rule.body["EventPattern"])
        return trigger

    def _scheduled(self, schedule: Resource) -> dict[str, Any]:
        retries = [
            config.body["MaximumRetryAttempts"]
            for config in self._deployment.of("AWS::Lambda::EventInvokeConfig")
            if config.body["FunctionName"] == self._name
        ]
        return {
            "kind": "schedule",
            "expression": schedule.body["ScheduleExpression"],
            "timezone": schedule.body["ScheduleExpressionTimezone"],
            "max_receives": 1 + (retries[0] if retries else _ASYNCHRONOUS_RETRIES),
        }

    def _queue(self, arn: str) -> Resource:
        queues = self._deployment.of("AWS::SQS::Queue")
        return next(queue for queue in queues if arn.endswith(f":{queue.body['QueueName']}"))

    def _routes(self) -> Iterator[str]:
        integrations = {
            f"integrations/{integration.stack}/{integration.id}"
            for integration in self._deployment.of("AWS::ApiGatewayV2::Integration")
            if integration.body["IntegrationUri"] == self._arn
        }
        for route in self._deployment.of("AWS::ApiGatewayV2::Route"):
            if route.body["Target"] in integrations:
                yield f"http {route.body['RouteKey'].removeprefix('ANY ')}"
        for method in self._deployment.of("AWS::ApiGateway::Method"):
            if self._arn in str(method.body["Integration"]["Uri"]):
                yield f"rest {self._rest_path(method)}"

    def _rest_path(self, method: Resource) -> str:
        parents = {
            f"{resource.stack}/{resource.id}": resource
            for resource in self._deployment.of("AWS::ApiGateway::Resource")
        }
        path, place = "", method.body["ResourceId"]
        while place in parents:
            path = f"/{parents[place].body['PathPart']}{path}"
            place = parents[place].body["ParentId"]
        return path

    def _grants(self, function: Resource) -> list[dict[str, Any]]:
        logical_id, _ = function.raw["Properties"]["Role"]["Fn::GetAtt"]
        role = next(
            role
            for role in self._deployment.of("AWS::IAM::Role")
            if (role.stack, role.id) == (function.stack, logical_id)
        )
        statements: list[dict[str, Any]] = []
        for policy in role.body["Policies"]:
            statements += policy["PolicyDocument"]["Statement"]
        return statements

    def _data_role(self) -> list[dict[str, Any]]:
        """What the role allows that the function is told of, if the function alone may assume it."""
        name = self._environment.get("DATA_ROLE", "").rpartition("/")[2]
        for role in self._deployment.of("AWS::IAM::Role"):
            if name and role.body.get("RoleName") == name and self._trusted_by(role):
                policies = role.body["Policies"]
                return [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]
        return []

    def _trusted_by(self, role: Resource) -> bool:
        (trust,) = role.body["AssumeRolePolicyDocument"]["Statement"]
        own, _ = self._function.raw["Properties"]["Role"]["Fn::GetAtt"]
        arn = f"AWS::IAM::Role:{self._function.stack}/{own}"
        tag = trust.get("Condition", {}).get("StringLike", {}).get("aws:RequestTag/tenant")
        return bool(trust["Principal"] == {"AWS": arn} and tag == "?*")

    def _tables(self) -> dict[str, str]:
        prefix = _ARNS["AWS::DynamoDB::Table"]
        found = {}
        for statement in self._data:
            first = statement["Resource"][0]
            if first.startswith(prefix):
                actions = frozenset(a.removeprefix("dynamodb:") for a in statement["Action"])
                access = _ACCESS.get(actions, f"actions {sorted(actions)}")
                reach = "" if statement.get("Condition") == _OWN_TENANT else " of every tenant"
                found[_table(first.removeprefix(prefix))] = access + reach
        for statement in self._statements:
            first = statement["Resource"][0]
            allowed = statement.get("Condition") == _SYSTEM_ONLY or "/stream/" in first
            if first.startswith(prefix) and not allowed and statement.get("Condition") != _OUTBOXES:
                found[_table(first.removeprefix(prefix))] = "of every tenant, by its own role"
        return found

    def _secrets(self) -> dict[str, str]:
        found = {}
        for statement in self._statements:
            named = _SECRET.search(statement["Resource"][0])
            if named is not None:
                actions = [a.removeprefix("secretsmanager:") for a in statement["Action"]]
                writes = "PutSecretValue" in actions
                reads = "GetSecretValue" in actions
                found[named[1]] = ("read_write" if writes else "read") if reads else str(actions)
        return found

    def _signers(self) -> dict[str, str]:
        found = {}
        for statement in self._statements:
            alias = (
                statement.get("Condition", {}).get("StringEquals", {}).get("kms:RequestAlias", "")
            )
            if alias and self._alias_leads_to_a_signing_key(alias):
                signs = "kms:Sign" in statement["Action"]
                found[alias.rpartition("-signer-")[2]] = "read_write" if signs else "read"
        return found

    def _alias_leads_to_a_signing_key(self, alias: str) -> bool:
        aliases = [
            a for a in self._deployment.of("AWS::KMS::Alias") if a.body["AliasName"] == alias
        ]
        keys = [
            k
            for k in self._deployment.of("AWS::KMS::Key")
            if k.body.get("KeyUsage") == "SIGN_VERIFY"
        ]
        return any(
            key.id in str(a.raw["Properties"]["TargetKeyId"]) for a in aliases for key in keys
        )

    def _reads_outboxes(self) -> bool:
        """Whether it may read the outbox partitions of every table, and no other partition."""
        for statement in self._statements:
            conditions = statement.get("Condition", {})
            keys = conditions.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
            if keys == ["@outbox#*"]:
                tables = {t.body["TableName"] for t in self._deployment.of("AWS::DynamoDB::Table")}
                places = [re.search(r"table/(.+)/index/slot1$", r) for r in statement["Resource"]]
                never_empty = conditions.get("Null", {}).get("dynamodb:LeadingKeys") == "false"
                return never_empty and {p[1] for p in places if p is not None} == tables
        return False

    def _feeds_trail(self) -> bool:
        """Whether it is told of a FIFO queue, and may send to it."""
        url = self._environment.get("TRAIL_QUEUE")
        if url is None:
            return False
        arn = f"{_ARNS['AWS::SQS::Queue']}{url.rpartition('/')[2]}"
        fifo = bool(self._queue(arn).body.get("FifoQueue"))
        return fifo and any(
            "sqs:SendMessage" in each["Action"] and arn in each["Resource"]
            for each in self._statements
        )

    def _may(self, action: str) -> bool:
        return any(action in statement["Action"] for statement in self._statements)

    def _enters(self) -> bool:
        # The data role is another statement of the same action.
        return any(
            "sts:AssumeRole" in statement["Action"]
            and ":role/Steward*" in str(statement["Resource"])
            for statement in self._statements
        )

    def _carried_to(self) -> str | None:
        """The bus that a commit's outbox reaches: by table stream and relay, or by relay queue."""
        for relay in self._relays():
            for statement in self._grants(relay):
                if "events:PutEvents" in statement["Action"]:
                    return _bus(statement["Resource"][0].rpartition("/")[2])
        return None

    def _relays(self) -> Iterator[Resource]:
        wanted = {f"{arn}/stream/1" for arn in self._written()} | set(self._poked())
        for source in self._deployment.of("AWS::Lambda::EventSourceMapping"):
            if source.body["EventSourceArn"] in wanted:
                name = source.body["FunctionName"]
                functions = self._deployment.of("AWS::Lambda::Function")
                yield next(f for f in functions if f.body["FunctionName"] == name)

    def _written(self) -> Iterator[str]:
        for statement in self._data:
            if "dynamodb:PutItem" in statement["Action"]:
                yield statement["Resource"][0]

    def _poked(self) -> Iterator[str]:
        url = self._environment.get("RELAY_QUEUE")
        if url is None:
            return
        queue = f"{_ARNS['AWS::SQS::Queue']}{url.rpartition('/')[2]}"
        for statement in self._statements:
            if "sqs:SendMessage" in statement["Action"] and queue in statement["Resource"]:
                yield queue

    def _dead_letters(self) -> bool:
        """Whether failures end in a queue that exists and that the role may send to."""
        target = (
            self._function.body.get("DeadLetterConfig", {}).get("TargetArn") or self._fifo_end()
        )
        told = self._environment.get("DEAD_LETTER_QUEUE", target)
        if target is None or told is None:
            return False
        may_send = any(
            "sqs:SendMessage" in statement["Action"] and target in statement["Resource"]
            for statement in self._statements
        )
        same = told.rpartition("/")[2].rpartition(":")[2] == self._queue(target).body["QueueName"]
        return may_send and same and self._redrives(target)

    def _fifo_end(self) -> str | None:
        # Lambda itself keeps nothing in a FIFO queue: there the source's redrive is all there is.
        queues = [
            self._queue(s.body["EventSourceArn"])
            for s in self._sources()
            if ":sqs:" in s.body["EventSourceArn"]
        ]
        ends = [
            q.body["RedrivePolicy"]["deadLetterTargetArn"]
            for q in queues
            if q.body.get("FifoQueue")
        ]
        return ends[0] if ends else None

    def _redrives(self, target: str) -> bool:
        for source in self._sources():
            on_failure = source.body.get("DestinationConfig", {}).get("OnFailure", {})
            arn = source.body["EventSourceArn"]
            reached = (
                self._queue(arn).body["RedrivePolicy"]["deadLetterTargetArn"]
                if ":sqs:" in arn
                else on_failure.get("Destination")
            )
            if reached != target:
                return False
        return True


def _bus(name: str) -> str:
    return re.sub(r"^steward-(dev|staging|production)$", "steward", name)


def _table(name: str) -> str:
    return re.sub(r"^steward-(dev|staging|production)-", "", name)


def _logical(pattern: Any) -> Any:
    """The pattern with buckets by the names that manifests know."""
    text = json.dumps(pattern)
    text = re.sub(rf"steward-(?:dev|staging|production)-([a-z-]+)-{ACCOUNT}-{REGION}", r"\1", text)
    return json.loads(text)
