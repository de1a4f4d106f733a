"""The three stores as tests open them, and what only a test does to them: empty, list, lag."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import boto3
import psycopg
from botocore.config import Config
from moto import mock_aws

from steward.manifest import Function, Queue, Table
from steward.store import tables
from steward.store.dynamodb import NOBODY, DynamoStore
from steward.store.migrate import migrate
from steward.store.postgres import PostgresDatabase, driver_url
from steward.store.records import Found, Key, Query, Record, Refusal, Session, Store, Transaction
from steward.store.sql import SqliteDatabase, SqlStore
from tests.contracts.parts import TABLES
from tests.data_plane import NAMES, REGION, DataPlane, roles_of


def keeper_of(names: Sequence[str]) -> Function:
    """A function that keeps items in every one of the tables."""
    return Function(
        name="keep",
        handler="functions.parts.handlers.keep_parts.handler",
        trigger=Queue(events=("parts.part.made.v1",)),
        uses=tuple(Table(name) for name in names),
        system=True,
    )


class Live(NamedTuple):
    """One stored item, for snapshots."""

    table: str
    tenant: str
    collection: str
    id: str
    version: int
    body: str
    expires: int | None

    @property
    def key(self) -> Key:
        return Key(self.table, self.tenant, self.collection, self.id)


class Backend(Protocol):
    """A store under test and its whole content."""

    @property
    def store(self) -> Store:
        """The store."""
        ...

    def items(self) -> list[Live]:
        """Everything stored, the expired included, in the order of the keys."""
        ...


class SqliteBackend:
    def __init__(self, path: Path) -> None:
        self.path = path
        migrate(f"sqlite:///{path}")
        self.database = SqliteDatabase(path)
        self.store = SqlStore(self.database)

    def items(self) -> list[Live]:
        connection = self.database.connect()
        try:
            return _sorted(connection.execute(_EVERYTHING).fetchall())
        finally:
            connection.close()


class PostgresBackend:
    def __init__(self, url: str, database: PostgresDatabase) -> None:
        self.url = url
        self.database = database
        self.store = SqlStore(database)
        with psycopg.connect(url) as connection:
            connection.execute("TRUNCATE items")

    def items(self) -> list[Live]:
        with psycopg.connect(self.url) as connection:
            return _sorted(connection.execute(_EVERYTHING).fetchall())


class DynamoBackend:
    def __init__(
        self, client: Any, names: Sequence[str] = TABLES, *, streams: bool = False
    ) -> None:
        self.client = client
        self.names = {name: NAMES.table(name) for name in names}
        for name in self.names.values():
            definition = tables.create_table(name)
            if not streams:
                # moto copies a table with its whole stream for every item of a transaction.
                del definition["StreamSpecification"]
            client.create_table(**definition)
        function = keeper_of(names)
        self.plane = DataPlane(roles_of(function), dynamodb_client)
        lock = threading.Lock()
        self.client_of = self.plane.clients(function)
        # Every call is made with the session of a data role, and decided by the policy that CDK emits.
        # Outboxes of all tenants are read by a function's own role, as in steward.edge.aws.
        self.store = DynamoStore(
            lambda tenant: Serialised(client if tenant == NOBODY else self.client_of(tenant), lock),
            tables=self.names,
        )

    def items(self) -> list[Live]:
        rows = []
        for name, physical in self.names.items():
            for page in self.client.get_paginator("scan").paginate(TableName=physical):
                rows += [_live(name, item) for item in page["Items"]]
        return sorted(rows)

    def remove(self, items: Sequence[Live]) -> None:
        """Take items out behind the store's back."""
        self._write([(item, {"DeleteRequest": {"Key": _primary(item)}}) for item in items])

    def restore(self, items: Sequence[Live]) -> None:
        """Put unindexed items back as they were."""
        self._write([(item, {"PutRequest": {"Item": _attributes(item)}}) for item in items])

    def _write(self, requests: list[tuple[Live, dict[str, Any]]]) -> None:
        for start in range(0, len(requests), 25):
            by_table: dict[str, list[dict[str, Any]]] = {}
            for item, request in requests[start : start + 25]:
                by_table.setdefault(self.names[item.table], []).append(request)
            self.client.batch_write_item(RequestItems=by_table)


class Serialised:
    """A client whose calls happen one at a time: DynamoDB's transactions are atomic, moto's are not."""

    def __init__(self, client: Any, lock: threading.Lock) -> None:
        self._client = client
        self._lock = lock

    def get_item(self, **request: Any) -> dict[str, Any]:
        return self._call("get_item", request)

    def query(self, **request: Any) -> dict[str, Any]:
        return self._call("query", request)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        return self._call("transact_write_items", request)

    def _call(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            answer: dict[str, Any] = getattr(self._client, name)(**request)
        return answer


class Delayed:
    """A store whose queries lag: they see only what ``catch_up`` has let through to ``index``."""

    def __init__(self, inner: Store, index: Store) -> None:
        self.inner = inner
        self.index = index
        self._late: list[Transaction] = []

    def of(self, tenant: str) -> DelayedSession:
        return DelayedSession(self.inner.of(tenant), self.index.of(tenant))

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        refusals = self.inner.commit(transactions)
        self._late += [t for t, refusal in zip(transactions, refusals, strict=True) if not refusal]
        return refusals

    def catch_up(self, count: int | None = None) -> None:
        passing, self._late = self._late[:count], self._late[count:] if count else []
        assert self.index.commit(passing) == [None] * len(passing)


@dataclass(frozen=True, slots=True)
class DelayedSession:
    inner: Session
    index: Session

    def get(self, key: Key, *, now: int) -> Record | None:
        return self.inner.get(key, now=now)

    def query(self, query: Query) -> list[Found]:
        return self.index.query(query)


def dynamodb_client() -> Any:
    """A client that works under moto: account-based endpoints leave its streams unfound."""
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(account_id_endpoint_mode="disabled", retries={"max_attempts": 0}),
    )


@contextmanager
def dynamodb(names: Sequence[str] = TABLES, *, streams: bool = False) -> Iterator[DynamoBackend]:
    """An empty DynamoDB."""
    with mock_aws():
        yield DynamoBackend(dynamodb_client(), names, streams=streams)


@contextmanager
def postgres_database(url: str) -> Iterator[PostgresDatabase]:
    """The migrated database of a server."""
    migrate(driver_url(url))
    database = PostgresDatabase(url, pool_size=8)
    try:
        yield database
    finally:
        database.close()


_EVERYTHING = "SELECT space, tenant, collection, id, version, body, expires FROM items"


def _sorted(rows: Sequence[Sequence[Any]]) -> list[Live]:
    return sorted(Live(*row) for row in rows)


def _primary(item: Live) -> dict[str, Any]:
    return {tables.PK: {"S": f"{item.tenant}#{item.collection}#{item.id}"}}


def _attributes(item: Live) -> dict[str, Any]:
    return _primary(item) | {
        tables.VERSION: {"N": str(item.version)},
        tables.BODY: {"S": item.body},
        tables.EXPIRES: {"N": str(item.expires)},
    }


def _live(table: str, item: dict[str, Any]) -> Live:
    tenant, collection, id_ = item[tables.PK]["S"].split("#", 2)
    expires = int(item[tables.EXPIRES]["N"]) if tables.EXPIRES in item else None
    version = int(item[tables.VERSION]["N"])
    return Live(table, tenant, collection, id_, version, item[tables.BODY]["S"], expires)
