"""What a function's role may do, derived from its manifest: exact actions on exact resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk.names import Names
from steward.edge.tenants import TAG
from steward.identity import SYSTEM
from steward.manifest import (
    DIRECTORY,
    LIMITS,
    QUEUED,
    Access,
    Bucket,
    Dataset,
    Function,
    Objects,
    Outboxes,
    Poke,
    Routes,
    Secret,
    Signer,
    StoreKind,
    Stream,
    Table,
)
from steward.objects import claims_of, folder_of
from steward.store.tables import INDEXES, OUTBOX_PARTITIONS

# What the DynamoDB store calls; a transaction is authorised by the calls it is made of. A commit may
# rest on an item that it only read: the check changes nothing.
TABLE_READS = ("dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query")
TABLE_WRITES = ("dynamodb:DeleteItem", "dynamodb:PutItem")
TENANT = f"${{aws:PrincipalTag/{TAG}}}"
"""The policy variable that stands for the tenant of a data role's session."""
OBJECT_READS = ("s3:GetObject",)
OBJECT_WRITES = ("s3:DeleteObject", "s3:PutObject")
LOCKED_WRITES = ("s3:PutObject",)
"""Nothing under lock is removed before its time, and nobody is to try."""
SECRET_READS = ("secretsmanager:GetSecretValue",)
SECRET_WRITES = ("secretsmanager:PutSecretValue",)
FAMILY_WRITES = (
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutSecretValue",
)
SIGNER_READS = ("kms:GetPublicKey",)
SIGNER_WRITES = ("kms:Sign",)
CONSUMES = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
)
STREAM_READS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
NETWORK = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)

UNSCOPED = {
    "xray:PutTraceSegments": "X-Ray has no resources to name when a segment is sent",
    "xray:PutTelemetryRecords": "X-Ray has no resources to name when telemetry is sent",
    "dynamodb:ListStreams": "the call lists, and takes no resource",
    **dict.fromkeys(NETWORK, "Lambda attaches its network interfaces before their ids are known"),
}
"""The actions allowed on ``*``, each with the reason that no resource can be named."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One allowance: these actions on these resources."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The statement as a policy document holds it."""
        body: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": sorted(self.actions),
            "Resource": list(self.resources),
        }
        return body | ({"Condition": self.conditions} if self.conditions else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What of the deployment a function's grants name."""

    names: Names
    store: StoreKind
    pokes: tuple[Function, ...] = ()
    """The functions that relay by a queue of their own (Aurora flavour)."""
    trails: tuple[Function, ...] = ()
    """The function that the audit parts are brought to."""
    tables: frozenset[str] = frozenset()
    """Every concern's table."""
    streams: Mapping[str, str] = field(default_factory=dict)
    """The ARN of each table's stream (DynamoDB flavour)."""
    database_user: str | None = None
    """The ARN of the database user, where there is a database."""


def statements(function: Function, around: Surroundings) -> tuple[Statement, ...]:
    """Everything the function's own role is allowed: tenants' items and objects are not among it."""
    return (
        *_telemetry(function, around.names),
        *_state(function, around),
        *_assuming(function, around),
        *_secrets(function, around.names),
        *_signers(function, around.names),
        *_mail(function, around.names),
        *_accounts(function, around.names),
        *_trigger(function, around),
        *_outbox(function, around),
    )


def data_statements(function: Function, around: Surroundings) -> tuple[Statement, ...]:
    """Everything a session of the function's data role is allowed, for the tenant of its tag."""
    return (
        *_tables(function, around),
        *_objects(function, around.names),
        *_claims(function, around.names),
    )


def trust(function: Function) -> dict[str, Any]:
    """Under which conditions the function's own role may assume its data role.

    The tag is required and the only one; the system tenant's is for functions that work for it.
    """
    request_tag = f"aws:RequestTag/{TAG}"
    conditions: dict[str, Any] = {
        "StringLike": {request_tag: "?*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": [TAG]},
    }
    if not function.works_for_system:
        conditions["StringNotEquals"] = {request_tag: SYSTEM}
    return conditions


def _telemetry(function: Function, names: Names) -> Iterator[Statement]:
    group = names.arn("logs", f"log-group:{names.log_group(function)}")
    yield Statement(
        "Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), (f"{group}:log-stream:*",)
    )
    yield Statement("Traces", ("xray:PutTelemetryRecords", "xray:PutTraceSegments"), ("*",))


def _state(function: Function, around: Surroundings) -> Iterator[Statement]:
    if around.store == "dynamodb":
        yield from _of_the_system(function, around.names)
        if any(isinstance(resource, Outboxes) for resource in function.uses):
            yield _all_outboxes(around)
        return
    yield Statement("Network", NETWORK, ("*",))
    if around.database_user is not None:
        yield Statement("Database", ("rds-db:connect",), (around.database_user,))


def _of_the_system(function: Function, names: Names) -> Iterator[Statement]:
    """What of the system tenant every function needs: whose an account or key is, who called how often."""
    tables = {resource.name for resource in function.resources if isinstance(resource, Table)}
    yield _table(DIRECTORY, names, sid="SystemDirectory", tenant=SYSTEM)
    if LIMITS.name in tables and isinstance(function.trigger, Routes):
        yield _table(LIMITS, names, sid="SystemLimits", tenant=SYSTEM)


def _assuming(function: Function, around: Surroundings) -> Iterator[Statement]:
    if function.keeps_tenants_apart(around.store):
        role = around.names.role_arn(around.names.data_role(function))
        yield Statement("Tenants", ("sts:AssumeRole", "sts:TagSession"), (role,))


def _tables(function: Function, around: Surroundings) -> Iterator[Statement]:
    if around.store == "dynamodb":
        for resource in function.resources:
            if isinstance(resource, Table):
                sid = f"Table{_pascal(resource.name)}"
                yield _table(resource, around.names, sid=sid, tenant=TENANT)


def _table(table: Table, names: Names, *, sid: str, tenant: str) -> Statement:
    arn = names.table_arn(table.name)
    indexes = tuple(f"{arn}/index/{index.name}" for index in INDEXES)
    return Statement(
        sid,
        _by_access(table.access, TABLE_READS, TABLE_WRITES),
        (arn, *indexes),
        # Of no keys at all "for all values" holds: a call that names none is refused by the second.
        {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{tenant}#*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )


def _all_outboxes(around: Surroundings) -> Statement:
    """Every table's outbox items by the hour, and nothing else of any table.

    ``ForAllValues`` holds of nothing at all as well, hence the second condition.
    """
    index = INDEXES[1].name
    places = tuple(
        f"{around.names.table_arn(name)}/index/{index}" for name in sorted(around.tables)
    )
    return Statement(
        "Outboxes",
        ("dynamodb:Query",),
        places,
        {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{OUTBOX_PARTITIONS}*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )


def _objects(function: Function, names: Names) -> Iterator[Statement]:
    for resource in function.resources:
        if isinstance(resource, Bucket):
            yield from _bucket(resource, names.bucket_arn(resource.name), folder_of(TENANT))
        elif isinstance(resource, Dataset):
            below = f"{resource.name}/{folder_of(TENANT)}"
            yield from _bucket(resource, names.bucket_arn("lake"), below)
    if isinstance(function.trigger, Objects):
        place = f"{names.bucket_arn(function.trigger.bucket)}/{folder_of(TENANT)}*"
        yield Statement("NewObjects", OBJECT_READS, (place,))


def _bucket(resource: Bucket | Dataset, bucket: str, below: str) -> Iterator[Statement]:
    name = f"{type(resource).__name__}{_pascal(resource.name)}"
    locked = isinstance(resource, Bucket) and resource.locked
    writes = LOCKED_WRITES if locked else OBJECT_WRITES
    actions = _by_access(resource.access, OBJECT_READS, writes)
    yield Statement(name, actions, (f"{bucket}/{below}*",))
    listed = {"StringLike": {"s3:prefix": [f"{below}*"]}}
    yield Statement(f"{name}List", ("s3:ListBucket",), (bucket,), listed)


def _claims(function: Function, names: Names) -> Iterator[Statement]:
    if function.home is not None:
        place = f"{names.bucket_arn('claims')}/{claims_of(TENANT)}*"
        yield Statement("Claims", ("s3:GetObject", "s3:PutObject"), (place,))


def _secrets(function: Function, names: Names) -> Iterator[Statement]:
    for resource in function.resources:
        if isinstance(resource, Secret):
            writes = FAMILY_WRITES if resource.family else SECRET_WRITES
            actions = _by_access(resource.access, SECRET_READS, writes)
            yield Statement(
                f"Secret{_pascal(resource.name)}", actions, (names.secret_arn(resource),)
            )


def _signers(function: Function, names: Names) -> Iterator[Statement]:
    for resource in function.resources:
        if isinstance(resource, Signer):
            # KMS names keys by ids that are made up with them: the alias says which one it is.
            yield Statement(
                f"Signer{_pascal(resource.name)}",
                _by_access(resource.access, SIGNER_READS, SIGNER_WRITES),
                (names.arn("kms", "key/*"),),
                {"StringEquals": {"kms:RequestAlias": names.signer(resource.name)}},
            )


def _mail(function: Function, names: Names) -> Iterator[Statement]:
    if function.mail:
        # Whose addresses SES has verified for the account is known only there.
        yield Statement("Mail", ("ses:SendEmail",), (names.arn("ses", "identity/*"),))


def _accounts(function: Function, names: Names) -> Iterator[Statement]:
    if function.enters:
        # Whose accounts they are, only the claims know; each role asks for an id made up for its claim.
        roles = f"arn:{names.partition}:iam::*:role/Steward*"
        yield Statement("Accounts", ("sts:AssumeRole",), (roles,))


def _trigger(function: Function, around: Surroundings) -> Iterator[Statement]:
    names = around.names
    if isinstance(function.trigger, QUEUED):
        yield Statement("Queue", CONSUMES, (names.queue_arn(names.queue(function)),))
    if isinstance(function.trigger, Stream):
        yield Statement("Streams", STREAM_READS, streams_of(function.trigger, around))
        yield Statement("ListStreams", ("dynamodb:ListStreams",), ("*",))
    if has_dead_letters(function):
        queue = names.queue_arn(names.dead_letters(function))
        yield Statement("DeadLetters", ("sqs:SendMessage",), (queue,))


def _outbox(function: Function, around: Surroundings) -> Iterator[Statement]:
    names = around.names
    if function.home is not None and around.pokes:
        queues = tuple(names.queue_arn(names.function(poke)) for poke in around.pokes)
        yield Statement("Poke", ("sqs:SendMessage",), queues)
    if relays(function):
        yield from _relay(names)
        trails = tuple(names.queue_arn(names.queue(trail)) for trail in around.trails)
        yield Statement("Trail", ("sqs:SendMessage",), trails)


def _relay(names: Names) -> Iterator[Statement]:
    yield Statement("Bus", ("events:PutEvents",), (names.bus_arn(),))
    schedules = names.arn("scheduler", f"schedule/{names.timers}/*")
    yield Statement(
        "Timers", ("scheduler:CreateSchedule", "scheduler:DeleteSchedule"), (schedules,)
    )
    yield Statement(
        "TimersRole",
        ("iam:PassRole",),
        (names.role_arn(names.timers),),
        {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
    )


def streams_of(trigger: Stream, around: Surroundings) -> tuple[str, ...]:
    """The ARNs of the streams that the trigger names; ``*`` is every table's."""
    chosen = sorted(around.streams) if "*" in trigger.tables else trigger.tables
    return tuple(around.streams[table] for table in chosen)


def relays(function: Function) -> bool:
    """Whether the function carries outboxes to the bus."""
    return isinstance(function.trigger, Stream | Poke)


def has_dead_letters(function: Function) -> bool:
    """Whether the function is started without a caller who would see it fail."""
    return not isinstance(function.trigger, Routes)


def _by_access(access: Access, reads: Iterable[str], writes: Iterable[str]) -> tuple[str, ...]:
    return (*reads, *writes) if access is Access.READ_WRITE else tuple(reads)


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))
