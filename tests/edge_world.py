"""A function's resources over SQLite in a folder of the test, and messages as queues deliver them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from steward.contracts.event import Event
from steward.edge.armour import armour_from
from steward.edge.limiter import Limiter
from steward.edge.resources import Directory, Resources, bind
from steward.identity import SYSTEM, Role
from steward.identity.directory import ACCOUNTS, KEYS, Account, ApiKey, new_key
from steward.manifest import LIMITS, Function, Queue, Table
from steward.objects import Confined, Objects, folder, folder_of
from steward.secrets import FileSecrets
from steward.signing import FileSigner
from steward.store.collection import Collection, Index
from steward.store.migrate import migrate
from steward.store.records import Store
from steward.store.sql import SqliteDatabase, SqlStore
from steward.store.work import MemoryClaims, Scope, Work

# The clock stands still here: a bucket that is empty once would stay so.
UNHURRIED = armour_from({"STEWARD_LIMITS": "every=1000000/minute"})
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANT = "acme"


class Counted(BaseModel):
    """How often a name was met."""

    model_config = ConfigDict(frozen=True)

    id: str
    count: int = 0


class Met(Event):
    """A name was met."""

    type: ClassVar[str] = "test.name.met.v1"

    name: str
    note: str = ""


class Welcomed(Event):
    """A name was welcomed in return."""

    type: ClassVar[str] = "test.name.welcomed.v1"

    name: str
    note: str = ""


COUNTS = Collection(
    "counts",
    Counted,
    id=lambda counted: counted.id,
    indexes=(Index("by_count", lambda counted: "all", lambda counted: f"{counted.count:06d}"),),
)

GREETER = Function(
    name="greet",
    handler="functions.test.handlers.greet.handler",
    trigger=Queue(events=(Met.type,), max_receives=3),
    uses=(Table("test"), LIMITS),
    publishes=(Welcomed.type,),
    system=True,
)
KEEPER = Function(
    name="keep",
    handler="functions.test.handlers.keep.handler",
    trigger=Queue(events=(Met.type,)),
    uses=(Table("directory"),),
)


@dataclass(slots=True)
class KeptLetters:
    """Dead letters in memory; ``refusing`` makes the queue unreachable."""

    letters: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refusing: bool = False

    def send(self, body: str, *, reason: Mapping[str, str]) -> None:
        if self.refusing:
            raise ConnectionError("queue out of reach")
        self.letters.append((body, dict(reason)))


@dataclass(slots=True)
class Clock:
    """A clock that moves by hand."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@dataclass(slots=True)
class EdgeWorld:
    """One function's world."""

    resources: Resources
    clock: Clock
    letters: KeptLetters
    claims: MemoryClaims

    def call(self, handler: Any, event: Mapping[str, Any]) -> Any:
        with bind(self.resources):
            return handler(event, None)

    def deliver(self, handler: Any, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of the messages that come again."""
        answer = self.call(handler, {"Records": list(records)})
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def work(self, *, tenant: str = TENANT, function: Function | None = None) -> Work:
        return Work(
            Scope(
                store=self.resources.store,
                claims=self.claims,
                function=function or self.resources.function,
                tenant=tenant,
                now=self.clock(),
                commit_id=self.resources.new_id(),
                actor="test",
                correlation_id="test",
            )
        )

    def count(self, name: str, *, tenant: str = TENANT) -> int:
        counted = self.work(tenant=tenant).table("test").of(COUNTS).get(name)
        return 0 if counted is None else counted.count

    def outbox(self) -> list[dict[str, Any]]:
        store = self.resources.store
        assert isinstance(store, SqlStore)
        return [json.loads(record.body) for record in store.pending()]

    def events(self) -> list[dict[str, Any]]:
        return [event for item in self.outbox() for event in item["events"]]

    def add_account(self, account: str, *, tenant: str = TENANT) -> None:
        work = self.work(tenant=SYSTEM, function=KEEPER)
        entry = Account(provider="aws", account=account, tenant=tenant, added_at=self.clock())
        work.table("directory").of(ACCOUNTS).put(entry)
        work.commit()
        self.resources.directory.forget()

    def add_key(
        self, role: Role, *, tenant: str = TENANT, changes: Mapping[str, Any] | None = None
    ) -> str:
        plaintext, key = new_key(tenant=tenant, role=role, name="test", now=self.clock())
        return self.keep_key(plaintext, key.model_copy(update=changes))

    def keep_key(self, plaintext: str, key: ApiKey) -> str:
        work = self.work(tenant=key.tenant, function=KEEPER)
        work.table("directory").of(KEYS).put(key)
        work.commit()
        self.resources.directory.forget()
        return plaintext


def edge_world(folder_: Path, function: Function = GREETER) -> EdgeWorld:
    """A fresh world in that folder."""
    migrate(f"sqlite:///{folder_}/steward.db")
    return world_on(SqlStore(SqliteDatabase(folder_ / "steward.db")), folder_, function)


def world_on(store: Store, folder_: Path, function: Function = GREETER) -> EdgeWorld:
    """A world over any store."""
    clock, letters, claims = Clock(), KeptLetters(), MemoryClaims()

    def bucket(name: str, tenant: str) -> Objects:
        return Confined(folder(folder_ / "objects" / name), folder_of(tenant))

    resources = Resources(
        function=function,
        store=store,
        claims=claims,
        secrets=FileSecrets(folder_ / "secrets"),
        buckets=bucket,
        dead_letters=letters,
        directory=Directory(store, clock),
        limiter=Limiter(store),
        armour=replace(UNHURRIED, hosts=None),
        clock=clock,
        signers=lambda name: FileSigner(
            FileSecrets(folder_ / "secrets"), f"signers/{name}", rsa_key=name == "federation"
        ),
    )
    return EdgeWorld(resources, clock, letters, claims)


def record(body: str, *, id_: str = "m1", receives: int = 1) -> dict[str, Any]:
    """One SQS record."""
    return {
        "messageId": id_,
        "receiptHandle": f"receipt-{id_}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives), "MessageGroupId": TENANT},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:test-greet",
        "awsRegion": "eu-central-1",
    }


def envelope(detail: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """One event as EventBridge wraps it."""
    return {
        "version": "0",
        "id": "b2f1a9d4-0000-4000-8000-000000000001",
        "detail-type": "test",
        "source": "aws.test",
        "account": "123456789012",
        "time": "2026-03-01T12:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": dict(detail),
        **changes,
    }


def cloud_event(
    event: Event, *, id_: str = "e1", tenant: str = TENANT, **changes: Any
) -> dict[str, Any]:
    """One contract event on the bus."""
    detail = {
        "specversion": "1.0",
        "id": id_,
        "source": f"steward.{event.concern()}",
        "type": event.type,
        "subject": event.subject,
        "time": NOON.isoformat(),
        "tenantid": tenant,
        "correlationid": "conversation",
        "causationid": "",
        "sequence": "000000",
        "data": event.model_dump(mode="json"),
        **changes,
    }
    return envelope(detail, **{"detail-type": event.type, "source": detail["source"]})


def message(event: Event, *, id_: str = "e1", receives: int = 1, **changes: Any) -> dict[str, Any]:
    """One contract event as a queue delivers it."""
    body = json.dumps(cloud_event(event, id_=id_, **changes))
    return record(body, id_=f"m-{id_}", receives=receives)
