"""The relay's functions, from what AWS hands them to what lands behind the bus (moto)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cdk.names import Names
from functions.relay.adapters import aws
from functions.relay.handlers import relay_poke, relay_stream, sweep_outboxes
from functions.relay.manifest import FUNCTIONS
from functions.relay.model import schedule_name
from steward.edge import aws as edge
from steward.edge.armour import Armour
from steward.edge.limiter import Limiter
from steward.edge.resources import Directory, Resources, bind
from steward.edge.session import Opening, commit_all, open_work
from steward.manifest import Function
from steward.secrets import FileSecrets
from steward.store.records import OUTBOX, Key, Put, Store, Transaction
from steward.store.sql import SqlStore
from steward.store.tables import stream_filter
from steward.store.trail import open_part
from steward.store.work import MemoryClaims, Work
from tests.contracts.backends import DynamoBackend, SqliteBackend, dynamodb_client
from tests.contracts.parts import KEEPER, NOW, PARTS, Part, PartMade
from tests.contracts.parts import open_work as open_parts
from tests.data_plane import REGION
from tests.edge_world import KeptLetters
from tests.faults import Faults, Kind

ACCOUNT = "123456789012"
BUS = "steward-test"
ON_STREAM, ON_POKE, ON_SWEEP = FUNCTIONS


class Context:
    """An invocation with plenty of time, or with none to spare."""

    invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:steward-test-relay-relay"

    def __init__(self, remaining_ms: int = 0) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


@dataclass
class Cloud:
    """A bus whose events end in a queue, a schedule group, a relay queue."""

    queue: str
    relay_queue: str
    trail_queue: str
    claims: MemoryClaims
    letters: KeptLetters

    def resources(self, function: Function, store: Store) -> Resources:
        return Resources(
            function=function,
            store=store,
            claims=self.claims,
            secrets=FileSecrets(Path("unused")),
            buckets=_no_bucket,
            dead_letters=self.letters,
            directory=Directory(store, lambda: NOW),
            limiter=Limiter(store),
            armour=Armour(),
            clock=lambda: NOW,
            environment="test",
        )

    def received(self) -> list[dict[str, Any]]:
        """The envelopes that reached the queue behind the bus, until it is empty."""
        return [json.loads(message["Body"]) for message in _drain(self.queue)]

    def pokes(self) -> list[dict[str, Any]]:
        """The messages of the relay's own queue, as Lambda hands them over."""
        return [{"messageId": m["MessageId"], "body": m["Body"]} for m in _drain(self.relay_queue)]

    def traced(self) -> list[dict[str, Any]]:
        """The messages of the audit trail's queue, with their attributes."""
        return list(_drain(self.trail_queue))

    def schedules(self) -> dict[str, dict[str, Any]]:
        client = boto3.client("scheduler")
        names = [s["Name"] for s in client.list_schedules()["Schedules"]]
        return {n: client.get_schedule(Name=n, GroupName=f"{BUS}-timers") for n in names}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    with mock_aws():
        aws._client.cache_clear()
        sqs, events = boto3.client("sqs"), boto3.client("events")
        behind, pokes = (
            sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("behind", "relay-poke")
        )
        events.create_event_bus(Name=BUS)
        events.put_rule(
            Name="all", EventBusName=BUS, EventPattern='{"source": [{"prefix": "steward."}]}'
        )
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:behind"
        events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])
        boto3.client("scheduler").create_schedule_group(Name=f"{BUS}-timers")
        monkeypatch.setenv("STEWARD_BUS", BUS)
        trail = sqs.create_queue(QueueName="trail.fifo", Attributes={"FifoQueue": "true"})[
            "QueueUrl"
        ]
        monkeypatch.setenv("RELAY_QUEUE", pokes)
        monkeypatch.setenv("TRAIL_QUEUE", trail)
        yield Cloud(behind, pokes, trail, MemoryClaims(), KeptLetters())
    aws._client.cache_clear()


def _no_bucket(name: str, tenant: str) -> Any:
    raise AssertionError(name)


def _drain(url: str) -> Iterator[dict[str, Any]]:
    client = boto3.client("sqs")
    while messages := client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield message


def call(
    handler: Callable[..., Any], event: Any, resources: Resources, **context: Any
) -> list[str]:
    """The identifiers that the answer reports as failed."""
    with bind(resources):
        answer = handler(event, Context(**context))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def make(store: Store, cloud: Cloud, commit: str, *, note: str = "", count: int = 1) -> None:
    work = open_parts(store, commit=commit, claims=cloud.claims)
    work.table("parts").of(PARTS).put(Part(id=commit))
    for n in range(count):
        work.publish(PartMade(part_id=f"{commit}/{n}", note=note))
    work.commit()


# DynamoDB flavour


@pytest.fixture
def dynamo(cloud: Cloud) -> DynamoBackend:
    return DynamoBackend(dynamodb_client(), ("parts", "relay", "directory", "stock"), streams=True)


def stream_records(backend: DynamoBackend) -> list[dict[str, Any]]:
    """The new records of the parts table, as the filtered event source would hand them over."""
    table = backend.client.describe_table(TableName=backend.names["parts"])["Table"]
    client = boto3.client("dynamodbstreams")
    stream = client.describe_stream(StreamArn=table["LatestStreamArn"])["StreamDescription"]
    shard = client.get_shard_iterator(
        StreamArn=table["LatestStreamArn"],
        ShardId=stream["Shards"][0]["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )
    records: list[dict[str, Any]] = client.get_records(ShardIterator=shard["ShardIterator"])[
        "Records"
    ]
    wanted = stream_filter()["dynamodb"]["NewImage"]["collection"]["S"]
    image = [r["dynamodb"].get("NewImage", {}).get("collection", {}).get("S") for r in records]
    return [r for r, kind in zip(records, image, strict=True) if kind in wanted]


def number(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def test_what_a_commit_publishes_reaches_the_queues_behind_the_bus(
    cloud: Cloud, dynamo: DynamoBackend
) -> None:
    make(dynamo.store, cloud, "c1", count=12)
    make(dynamo.store, cloud, "c2")
    records = stream_records(dynamo)
    assert len(records) == 2
    resources = cloud.resources(ON_STREAM, dynamo.store)
    assert call(relay_stream.handler, {"Records": records}, resources) == []
    envelopes = cloud.received()
    assert {e["detail"]["id"] for e in envelopes} == {f"c1-{n}" for n in range(12)} | {"c2-0"}
    one = next(e for e in envelopes if e["detail"]["id"] == "c2-0")
    assert (one["source"], one["detail-type"]) == ("steward.parts", "parts.part.made.v1")
    assert one["detail"]["tenantid"] == "acme"
    assert one["detail"]["data"] == {"part_id": "c2/0", "note": ""}
    assert one["time"].startswith("2026-03-02T08:15:30")


def test_the_audit_part_goes_to_the_trail_in_its_tenants_line(
    cloud: Cloud, dynamo: DynamoBackend
) -> None:
    for name in ("c1", "c2"):
        make(dynamo.store, cloud, name)
    resources = cloud.resources(ON_STREAM, dynamo.store)
    for _ in range(2):  # delivered twice: the queue knows a commit by its id
        assert call(relay_stream.handler, {"Records": stream_records(dynamo)}, resources) == []
    messages = cloud.traced()
    parts = [json.loads(message["Body"]) for message in messages]
    assert [(part["commit"], part["actor"]) for part in parts] == [
        ("c1", "tester"),
        ("c2", "tester"),
    ]
    assert [entry["id"] for part in parts for entry in part["audit"]] == ["c1", "c2"]
    assert all("events" not in part and "timers" not in part for part in parts)
    assert {m["Attributes"]["MessageGroupId"] for m in messages} == {"acme"}


def test_an_audit_part_too_large_for_a_message_points_to_where_the_outbox_lies(
    cloud: Cloud, dynamo: DynamoBackend
) -> None:
    work = open_parts(dynamo.store, commit="c1", claims=cloud.claims)
    work.table("parts").of(PARTS).put(Part(id="p1", note="x" * 210_000))
    work.commit()
    resources = cloud.resources(ON_STREAM, dynamo.store)
    assert call(relay_stream.handler, {"Records": stream_records(dynamo)}, resources) == []
    (message,) = cloud.traced()
    assert len(message["Body"]) < 300
    part = open_part(message["Body"], cloud.claims, tenant="acme")
    assert part["audit"][0]["after"]["note"] == "x" * 210_000


def test_a_trail_that_is_gone_keeps_the_item_pending(
    cloud: Cloud, dynamo: DynamoBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(dynamo.store, cloud, "c1")
    (record,) = stream_records(dynamo)
    resources = cloud.resources(ON_STREAM, dynamo.store)
    monkeypatch.setenv("TRAIL_QUEUE", cloud.trail_queue + "-not-there")
    assert call(relay_stream.handler, {"Records": [record]}, resources) == [number(record)]
    monkeypatch.setenv("TRAIL_QUEUE", cloud.trail_queue)
    assert call(relay_stream.handler, {"Records": [record]}, resources) == []
    assert [json.loads(message["Body"])["commit"] for message in cloud.traced()] == ["c1"]


def test_an_outbox_kept_in_the_object_store_is_fetched(cloud: Cloud, dynamo: DynamoBackend) -> None:
    make(dynamo.store, cloud, "c1", note="x" * 60_000, count=5)
    assert len(cloud.claims.bodies) == 1
    resources = cloud.resources(ON_STREAM, dynamo.store)
    assert call(relay_stream.handler, {"Records": stream_records(dynamo)}, resources) == []
    assert {len(e["detail"]["data"]["note"]) for e in cloud.received()} == {60_000}


def test_the_stream_is_resumed_at_the_first_record_that_cannot_go_out(
    cloud: Cloud, dynamo: DynamoBackend
) -> None:
    for n in range(5):
        make(dynamo.store, cloud, f"c{n}", note="x" * 60_000, count=5 if n == 2 else 1)
    records = stream_records(dynamo)
    cloud.claims.bodies.clear()
    resources = cloud.resources(ON_STREAM, dynamo.store)
    assert call(relay_stream.handler, {"Records": records}, resources) == [number(records[2])]
    assert {e["detail"]["id"] for e in cloud.received()} == {"c0-0", "c1-0", "c3-0", "c4-0"}


@pytest.mark.parametrize(
    "image",
    [
        {"collection": {"S": OUTBOX}},
        {"collection": {"S": OUTBOX}, "body": {"S": "no json"}},
        {"collection": {"S": OUTBOX}, "body": {"S": "[]"}},
        {"collection": {"S": OUTBOX}, "body": {"S": '{"commit": "c"}'}},
        {"collection": {"S": OUTBOX}, "body": {"N": "1"}},
    ],
    ids=json.dumps,
)
def test_a_broken_record_is_reported_and_its_neighbours_go_out(
    cloud: Cloud, dynamo: DynamoBackend, image: dict[str, Any]
) -> None:
    make(dynamo.store, cloud, "c1")
    make(dynamo.store, cloud, "c2")
    first, last = stream_records(dynamo)
    broken = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "7", "NewImage": image}}
    resources = cloud.resources(ON_STREAM, dynamo.store)
    assert call(relay_stream.handler, {"Records": [first, broken, last]}, resources) == ["7"]
    assert {e["detail"]["id"] for e in cloud.received()} == {"c1-0", "c2-0"}


def test_records_that_are_no_new_outbox_items_are_passed_over(
    cloud: Cloud, dynamo: DynamoBackend
) -> None:
    make(dynamo.store, cloud, "c1")
    (record,) = stream_records(dynamo)
    others = [
        {**record, "eventName": "REMOVE"},
        {
            "eventName": "INSERT",
            "dynamodb": {"SequenceNumber": "8", "NewImage": {"pk": {"S": "x"}}},
        },
        {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "9"}},
    ]
    resources = cloud.resources(ON_STREAM, dynamo.store)
    assert call(relay_stream.handler, {"Records": others}, resources) == []
    assert cloud.received() == []


def test_a_bus_that_is_gone_reports_the_first_record_and_loses_nothing(
    cloud: Cloud, dynamo: DynamoBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(dynamo.store, cloud, "c1")
    make(dynamo.store, cloud, "c2")
    records = stream_records(dynamo)
    resources = cloud.resources(ON_STREAM, dynamo.store)
    monkeypatch.setenv("STEWARD_BUS", "not-there")
    failed = call(relay_stream.handler, {"Records": records}, resources)
    monkeypatch.setenv("STEWARD_BUS", BUS)
    assert failed == [number(records[0])]
    assert call(relay_stream.handler, {"Records": records}, resources) == []
    assert {e["detail"]["id"] for e in cloud.received()} == {"c1-0", "c2-0"}


def test_a_stream_read_through_faults_of_both_kinds_tells_every_event(
    cloud: Cloud, dynamo: DynamoBackend
) -> None:
    for n in range(18):
        make(dynamo.store, cloud, f"c{n:02d}", count=1 + n % 3)
    waiting = stream_records(dynamo)
    faults = Faults(0.5, frozenset({"PutEvents"}), random.Random(8))
    faults.attach(aws._client("events"))
    resources = cloud.resources(ON_STREAM, dynamo.store)
    for _ in range(200):
        if not waiting:
            break
        # As Lambda does it: a batch, then everything from the first failure on.
        failed = call(relay_stream.handler, {"Records": waiting[:3]}, resources)
        numbers = [number(record) for record in waiting]
        waiting = waiting[numbers.index(failed[0]) if failed else 3 :]
    assert waiting == []
    assert min(faults.landed[kind] for kind in Kind) >= 2
    told = [e["detail"]["id"] for e in cloud.received()]
    assert set(told) == {f"c{n:02d}-{e}" for n in range(18) for e in range(1 + n % 3)}
    assert len(told) > len(set(told))  # a lost reply tells twice, under the same ids


def test_a_timer_becomes_a_one_shot_schedule_that_publishes_on_the_bus(
    cloud: Cloud, dynamo: DynamoBackend
) -> None:
    work = open_parts(dynamo.store, commit="c1")
    work.at(NOW + timedelta(days=2), PartMade(part_id="p1"), key="remind p1")
    work.commit()
    resources = cloud.resources(ON_STREAM, dynamo.store)
    for _ in range(2):  # delivered twice
        assert call(relay_stream.handler, {"Records": stream_records(dynamo)}, resources) == []
    (schedule,) = cloud.schedules().values()
    assert schedule["Name"] == schedule_name("parts", "acme", "remind p1")
    assert schedule["ScheduleExpression"] == "at(2026-03-04T08:15:30)"
    assert schedule["ActionAfterCompletion"] == "DELETE"
    names = Names(env="test", partition="aws", region=REGION, account=ACCOUNT)
    assert schedule["GroupName"] == names.timers
    assert schedule["Target"]["RoleArn"] == names.role_arn(names.timers)
    assert schedule["Target"]["Arn"] == names.bus_arn()
    assert schedule["Target"]["EventBridgeParameters"]["DetailType"] == "parts.part.made.v1"
    assert json.loads(schedule["Target"]["Input"])["data"]["part_id"] == "p1"


def test_the_same_key_replaces_a_timer_and_cancelling_removes_it(
    cloud: Cloud, dynamo: DynamoBackend
) -> None:
    resources = cloud.resources(ON_STREAM, dynamo.store)

    def after_commit(name: str, change: Callable[[Work], None], seconds: int) -> list[str]:
        work = open_parts(dynamo.store, commit=name, now=NOW + timedelta(seconds=seconds))
        change(work)
        work.commit()
        assert call(relay_stream.handler, {"Records": stream_records(dynamo)}, resources) == []
        return [schedule["ScheduleExpression"] for schedule in cloud.schedules().values()]

    def set_to(days: int) -> Callable[[Work], None]:
        due = NOW + timedelta(days=days)
        return partial(Work.at, when=due, event=PartMade(part_id="p"), key="k")

    assert after_commit("c1", set_to(1), 0) == ["at(2026-03-03T08:15:30)"]
    assert after_commit("c2", set_to(5), 1) == ["at(2026-03-07T08:15:30)"]
    assert after_commit("c3", partial(Work.cancel, key="k"), 2) == []


# Aurora flavour


@pytest.fixture
def sql(cloud: Cloud, tmp_path: Path) -> Iterator[SqlStore]:
    backend = SqliteBackend(tmp_path / "steward.db")
    yield backend.store
    backend.database.close()


def test_a_commit_pokes_the_relay_which_publishes_and_marks(cloud: Cloud, sql: SqlStore) -> None:
    poke = edge._poke({"RELAY_QUEUE": cloud.relay_queue})
    resources = replace(cloud.resources(KEEPER, sql), committed=poke)
    work = open_work(resources, Opening("acme", "tester", ""))
    work.table("parts").of(PARTS).put(Part(id="p1"))
    work.publish(PartMade(part_id="p1"))
    transaction = work.stage()
    assert isinstance(transaction, Transaction)
    assert commit_all(resources, [transaction]) == [None]
    assert len(sql.pending()) == 1
    pokes = cloud.pokes()
    relaying = cloud.resources(ON_POKE, sql)
    assert call(relay_poke.handler, {"Records": pokes}, relaying) == []
    assert [e["detail"]["data"]["part_id"] for e in cloud.received()] == ["p1"]
    assert sql.pending() == []


def test_a_lost_poke_is_made_up_for_by_the_sweep(cloud: Cloud, sql: SqlStore) -> None:
    for n in range(23):
        make(sql, cloud, f"c{n:02d}")
    tick = {"schedule": "relay.relay-sweep", "time": NOW.isoformat()}
    later = {**tick, "time": (NOW + timedelta(minutes=5)).isoformat()}
    with bind(cloud.resources(ON_SWEEP, sql)):
        sweep_outboxes.handler(tick, Context())
    pokes = cloud.pokes()
    assert sorted(json.loads(p["body"])["commit"] for p in pokes) == [
        f"c{n:02d}" for n in range(23)
    ]
    assert call(relay_poke.handler, {"Records": pokes}, cloud.resources(ON_POKE, sql)) == []
    assert len(cloud.received()) == 23
    with bind(cloud.resources(ON_SWEEP, sql)):
        sweep_outboxes.handler(later, Context())
    assert cloud.pokes() == []


def test_the_sweep_removes_what_has_expired_and_nothing_else(cloud: Cloud, sql: SqlStore) -> None:
    now = int(NOW.timestamp())
    old, kept = (Key("parts", "acme", "parts", id_) for id_ in ("old", "kept"))
    writes = (Put(old, None, 1, "{}", (), now), Put(kept, None, 1, "{}", (), now + 3600))
    assert sql.commit([Transaction("t1", "acme", now - 60, writes)]) == [None]
    tick = {"schedule": "relay.relay-sweep", "time": NOW.isoformat()}
    with bind(cloud.resources(ON_SWEEP, sql)):
        sweep_outboxes.handler(tick, Context())
    # Asked as of a time when neither had expired: only what was removed is missing.
    assert sql.of(old.tenant).get(old, now=now - 60) is None
    assert sql.of(kept.tenant).get(kept, now=now - 60) is not None


def _poke(**body: str) -> dict[str, Any]:
    return {"messageId": body.get("commit", "m"), "body": json.dumps(body)}


def test_one_broken_poke_is_buried_with_its_reason_and_the_others_are_relayed(
    cloud: Cloud, sql: SqlStore
) -> None:
    make(sql, cloud, "c1")
    records = [
        {"messageId": "bad", "body": "no json"},
        _poke(table="parts", tenant="acme", commit="c1"),
        _poke(tenant="acme", commit="short"),
        _poke(table="parts", tenant="acme", commit="never-was"),
        _poke(table="parts", tenant="rival", commit="c1"),
    ]
    assert call(relay_poke.handler, {"Records": records}, cloud.resources(ON_POKE, sql)) == []
    assert [letter[1]["message_id"] for letter in cloud.letters.letters] == ["bad", "short"]
    assert cloud.letters.letters[0][0] == "no json"
    assert "table" in cloud.letters.letters[1][1]["reason"]
    assert [e["detail"]["id"] for e in cloud.received()] == ["c1-0"]


def test_an_item_whose_claim_is_gone_stays_pending_and_its_poke_is_buried(
    cloud: Cloud, sql: SqlStore
) -> None:
    make(sql, cloud, "big", note="x" * 60_000, count=5)
    cloud.claims.bodies.clear()
    records = [_poke(table="parts", tenant="acme", commit="big")]
    assert call(relay_poke.handler, {"Records": records}, cloud.resources(ON_POKE, sql)) == []
    assert cloud.letters.letters[0][1]["error"] == "not-found"
    assert [record.key.id for record in sql.pending()] == ["big"]
