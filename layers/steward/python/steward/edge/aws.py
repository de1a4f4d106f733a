"""The ports of a function in AWS Lambda, built from its environment at the first invocation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from steward import manifest
from steward.edge.resources import Directory, Resources, no_signer, utc_now
from steward.edge.tenants import MARGIN, REMEMBERED, Credentials, DataRole, TenantClients
from steward.errors import NotGranted, Transient
from steward.manifest import Bucket, Dataset, Function, Routes, Table, load_function
from steward.objects import Buckets, Confined, ObjectClaims, Objects, folder_of, s3
from steward.secrets import ManagedSecrets
from steward.store.records import OUTBOX, Store, Transaction

if TYPE_CHECKING:
    from obstore.store import S3Credential

    from steward.edge.armour import Armour
    from steward.edge.limiter import Limiter
    from steward.signing import Signer

_CLIENT = Config(
    retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3, read_timeout=10
)


class QueueDeadLetters:
    """A dead-letter queue of SQS; the reason travels as message attributes."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str, *, reason: Mapping[str, str]) -> None:
        """Keep the message's body with the reason's attributes.

        Raises:
            Transient: SQS did not take it.
        """
        attributes = {
            name: {"DataType": "String", "StringValue": value[:256] or "-"}
            for name, value in reason.items()
        }
        # The group of its message, a tenant or a cloud account: fair queues serve the groups in turn.
        group = {"MessageGroupId": reason["group"]} if reason.get("group") else {}
        # A FIFO queue takes no message without one, and keeps one of those that are alike.
        fifo = self._url.endswith(".fifo")
        once = {"MessageDeduplicationId": _digest(body)} if fifo else {}
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageAttributes=attributes,
                **group,
                **once,
            )
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"dead-letter queue: {error}") from error


class NoDeadLetters:
    """For functions that no queue feeds."""

    def send(self, body: str, *, reason: Mapping[str, str]) -> None:
        """Refuse: there is no queue to keep the message in.

        Raises:
            NotGranted: always.
        """
        raise NotGranted(
            f"function {reason.get('function')}: has no dead-letter queue; {len(body)} "
            "bytes stay with their source"
        )


class NoGuard:
    """For functions that answer no requests: there is nothing to limit and nothing to armour."""

    def __getattr__(self, name: str) -> Any:
        """Refuse: no route is in the manifest.

        Raises:
            NotGranted: always.
        """
        raise NotGranted(f"{name}: only a function with routes has it; declare them")


def resources_from(environ: Mapping[str, str]) -> Resources:
    """The resources that a function's environment describes.

    Raises:
        ManifestError: STEWARD_FUNCTION names no function.
    """
    function = load_function(environ["STEWARD_FUNCTION"])
    role = _data_role(environ)
    store = _store(function, environ, role)
    opened = _opened(role)
    limiter, armour = _guards(function, store, environ)
    return Resources(
        function=function,
        store=store,
        claims=ObjectClaims(lambda tenant: opened(environ["CLAIMS_BUCKET"], None, tenant)),
        secrets=ManagedSecrets(
            _client("secretsmanager"), prefix=f"steward/{environ['STEWARD_ENV']}"
        ),
        buckets=_buckets(function, environ, opened),
        dead_letters=_dead_letters(environ),
        directory=Directory(store, utc_now),
        limiter=limiter,
        armour=armour,
        environment=environ["STEWARD_ENV"],
        signers=_signers(function, environ),
        committed=_poke(environ),
    )


def _guards(function: Function, store: Store, environ: Mapping[str, str]) -> tuple[Limiter, Armour]:
    if not isinstance(function.trigger, Routes):
        none: Any = NoGuard()
        return none, none
    # A twentieth of a cold start, for those who answer requests.
    from steward.edge.armour import armour_from
    from steward.edge.limiter import Limiter

    return Limiter(store), armour_from(environ, hosts=frozenset())


def _client(service: str) -> Any:
    return boto3.client(service, config=_CLIENT)


def _data_role(environ: Mapping[str, str]) -> DataRole:
    # Nothing is asked of STS before the first item or object of a tenant.
    return DataRole(_client("sts"), arn=environ.get("DATA_ROLE", ""), clock=utc_now)


def _store(function: Function, environ: Mapping[str, str], role: DataRole) -> Store:
    if environ["STEWARD_STORE"] == "dynamodb":
        from steward.store.dynamodb import NOBODY, DynamoStore

        tables = {
            resource.name: environ[resource.env]
            for resource in function.resources
            if isinstance(resource, Table)
        }
        # Known by name, granted by their outboxes' partitions alone: the role sees nothing else there.
        tables |= json.loads(environ.get("OUTBOX_TABLES", "{}"))
        own = None if function.works_for_system else _client("dynamodb")
        clients: TenantClients[Any] = TenantClients(role, _dynamodb, own=own, clock=utc_now)
        store: Store = DynamoStore(
            lambda tenant: _client("dynamodb") if tenant == NOBODY else clients(tenant),
            tables=tables,
        )
        return store
    from steward.store.postgres import PostgresDatabase
    from steward.store.sql import SqlStore

    return SqlStore(PostgresDatabase(environ["STEWARD_STORE"], password=_iam_token(environ)))


def _dynamodb(credentials: Credentials) -> Any:
    return boto3.client(
        "dynamodb",
        config=_CLIENT,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
    )


def _opened(role: DataRole) -> Callable[[str, str | None, str], Objects]:
    """Buckets of S3, or what lies below a prefix of one, with a tenant's credentials; kept once opened."""

    @lru_cache(maxsize=REMEMBERED)
    def opened(name: str, below: str | None, tenant: str) -> Objects:
        def provide() -> S3Credential:
            credentials = role.of(tenant)
            return {
                "access_key_id": credentials.access_key,
                "secret_access_key": credentials.secret_key,
                "token": credentials.token,
                "expires_at": credentials.expires - MARGIN,
            }

        return s3(name, below=below, credentials=provide)

    return opened


def _iam_token(environ: Mapping[str, str]) -> Callable[[str, int, str], str]:
    # A token lasts 15 minutes and only opens connections; an open one outlives it.
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
    client = _client("rds")

    def token(host: str, port: int, user: str) -> str:
        signed: str = client.generate_db_auth_token(
            DBHostname=host, Port=port, DBUsername=user, Region=environ["AWS_REGION"]
        )
        return signed

    return token


def _buckets(
    function: Function,
    environ: Mapping[str, str],
    opened: Callable[[str, str | None, str], Objects],
) -> Buckets:
    # A dataset is a prefix of the lake: there, too, keys start with the tenant's folder.
    names = {
        resource.name: (
            environ[resource.env],
            None if isinstance(resource, Bucket) else resource.name,
        )
        for resource in function.resources
        if isinstance(resource, Bucket | Dataset)
    }

    def bucket(name: str, tenant: str) -> Objects:
        if name not in names:
            raise NotGranted(
                f"function {function.id}: bucket {name!r} is not among its uses; "
                "declare it in the manifest"
            )
        return Confined(opened(*names[name], tenant), folder_of(tenant))

    return bucket


def _signers(function: Function, environ: Mapping[str, str]) -> Callable[[str], Signer]:
    keys = {r.name: environ[r.env] for r in function.resources if isinstance(r, manifest.Signer)}

    def signer(name: str) -> Signer:
        if name not in keys:
            return no_signer(name)
        from steward.signing import KmsSigner  # 100 ms of cryptography, paid by those who sign

        return KmsSigner(lambda: _client("kms"), keys[name])

    return signer


def _dead_letters(environ: Mapping[str, str]) -> QueueDeadLetters | NoDeadLetters:
    url = environ.get("DEAD_LETTER_QUEUE")
    return QueueDeadLetters(_client("sqs"), url) if url else NoDeadLetters()


def _poke(environ: Mapping[str, str]) -> Callable[[Sequence[Transaction]], None] | None:
    url = environ.get("RELAY_QUEUE")
    if not url:
        return None
    client = _client("sqs")

    def poke(transactions: Sequence[Transaction]) -> None:
        # Best effort: what a lost poke leaves behind, the relay's five-minute sweep finds.
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(_waiting(each)),
                "MessageGroupId": each.tenant,
            }
            for number, each in enumerate(transactions[:10])
        ]
        try:
            client.send_message_batch(QueueUrl=url, Entries=entries)
        except (ClientError, BotoCoreError):
            return

    return poke


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _waiting(transaction: Transaction) -> dict[str, str]:
    """Where the transaction's outbox item waits."""
    table = next(w.key.table for w in transaction.writes if w.key.collection == OUTBOX)
    return {"table": table, "tenant": transaction.tenant, "commit": transaction.id}
