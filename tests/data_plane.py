"""A function's roles as AWS holds them: STS and DynamoDB clients that IAM's decision stands before.

moto grants everything; here the statements decide, by the tags of the session that a client was made with.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from cdk import grants
from cdk.names import Names
from steward.edge.tenants import LIFE, Credentials, DataRole, TenantClients
from steward.manifest import Function
from steward.store import tables
from tests.iam import Request, Statement, Values, allowed

REGION = "eu-central-1"
ACCOUNT = "123456789012"
NAMES = Names("dev", "aws", REGION, ACCOUNT)
_WRITES = {"Put": "PutItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_EQUAL = re.compile(r"(#\w+) = (:\w+)")


class Roles(NamedTuple):
    """What a function's own role allows, what its data role allows, and who may assume that."""

    arn: str
    own: Sequence[Statement]
    data: Sequence[Statement]
    trust: Sequence[Statement]


def roles_of(function: Function) -> Roles:
    """The roles that the CDK emits for the function, where items are in DynamoDB."""
    around = grants.Surroundings(names=NAMES, store="dynamodb", streams=_AnyStream())
    trust = {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": grants.trust(function),
    }
    return Roles(
        NAMES.role_arn(NAMES.data_role(function)),
        [statement.document() for statement in grants.statements(function, around)],
        [statement.document() for statement in grants.data_statements(function, around)],
        [trust],
    )


class _AnyStream(dict[str, str]):
    def __missing__(self, table: str) -> str:
        return f"{NAMES.table_arn(table)}/stream/1"


@dataclass(slots=True)
class DataPlane:
    """Clients for each tenant, as a deployed function gets them; ``make`` gives a bare client."""

    roles: Roles
    make: Callable[[], Any]
    calls: Counter[str] = field(default_factory=Counter)
    """How many calls were allowed and how many denied."""
    now: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    _tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def clients(self, function: Function, *, most: int = 256) -> TenantClients[Any]:
        """What the store asks for its clients."""
        role = DataRole(self, arn=self.roles.arn, clock=self.clock, most=most)
        own = None if function.works_for_system else self._guarded(self.roles.own, {})
        return TenantClients(role, self._client, own=own, clock=self.clock, most=most)

    def clock(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by

    def assume_role(self, **request: Any) -> dict[str, Any]:
        """STS: both the caller's own policy and the role's trust must allow it, tags included."""
        tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        context: dict[str, Values] = {
            f"aws:RequestTag/{key}": (held,) for key, held in tags.items()
        }
        context["aws:TagKeys"] = tuple(tags)
        for action in ("sts:AssumeRole", "sts:TagSession"):
            call = Request(action, request["RoleArn"], context)
            if not (allowed(self.roles.own, call) and allowed(self.roles.trust, call)):
                raise _denied("AccessDenied", action, "AssumeRole")
        self.calls["assumed"] += 1
        key = f"session-{self.calls['assumed']}"
        self._tags[key] = tags
        assert request["DurationSeconds"] <= LIFE.total_seconds()
        return {
            "Credentials": {
                "AccessKeyId": key,
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": self.now + timedelta(seconds=request["DurationSeconds"]),
            }
        }

    def _client(self, credentials: Credentials) -> Any:
        return self._guarded(self.roles.data, self._tags[credentials.access_key])

    def _guarded(self, statements: Sequence[Statement], tags: Mapping[str, str]) -> Any:
        context = {f"aws:PrincipalTag/{key}": (held,) for key, held in tags.items()}
        client = self.make()

        def decide(params: dict[str, Any], model: Any, **_: Any) -> None:
            for call in requests(model.name, params, context):
                if not allowed(statements, call):
                    self.calls["denied"] += 1
                    raise _denied("AccessDeniedException", call.action, model.name)
            self.calls["allowed"] += 1

        client.meta.events.register("before-parameter-build.dynamodb", decide)
        return client


def requests(
    operation: str, params: Mapping[str, Any], context: Mapping[str, Values]
) -> Iterator[Request]:
    """What IAM is asked about a call: once for each item of a transaction, by the action it amounts to."""
    if operation == "TransactWriteItems":
        for each in params["TransactItems"]:
            ((kind, write),) = each.items()
            key = (write.get("Item") or write["Key"])[tables.PK]["S"]
            yield _request(_WRITES[kind], write["TableName"], (key,), context)
        return
    table = params["TableName"]
    if operation == "Query":
        place = f"{table}/index/{params['IndexName']}" if "IndexName" in params else table
        yield _request(operation, place, (_queried(params),), context)
    elif "Key" in params or "Item" in params:
        key = (params.get("Item") or params["Key"])[tables.PK]["S"]
        yield _request(operation, table, (key,), context)
    else:
        yield _request(operation, table, None, context)


def _queried(params: Mapping[str, Any]) -> str:
    found = _EQUAL.match(params["KeyConditionExpression"])
    assert found is not None
    value: str = params["ExpressionAttributeValues"][found[2]]["S"]
    return value


def _request(
    action: str, place: str, leading: Values | None, context: Mapping[str, Values]
) -> Request:
    keys = {} if leading is None else {"dynamodb:LeadingKeys": leading}
    return Request(
        f"dynamodb:{action}", NAMES.arn("dynamodb", f"table/{place}"), {**context, **keys}
    )


def _denied(code: str, action: str, operation: str) -> ClientError:
    message = f"not authorized to perform: {action}"
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
