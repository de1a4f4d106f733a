"""The runtime in one thread: what is promised of commits, queues, buses, timers and schedules."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.errors import BadInput
from steward.local.pump import Pump
from steward.local.shapes import Context
from steward.manifest import Function, Queue, Schedule, Table
from steward.store.records import INBOX, OUTBOX, PENDING, Key, Put, Slot, Transaction
from steward.store.sql import SqliteDatabase, SqlStore

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def function(name: str, trigger: Queue | Schedule) -> Function:
    return Function(
        name=name,
        handler="functions.sample.handlers.handle.handler",
        trigger=trigger,
        uses=(Table("sample"),),
    )


TAKES_RAW = function("take-raw", Queue(pattern={"source": ["aws.ec2"]}, bus="default"))
COUNTS = function("count", Queue(events=("sample.thing.happened.v1",), max_receives=3))
ALSO = function("also", Queue(events=("sample.thing.happened.v1",)))
TICKS = function("tick", Schedule("rate(1 hour)"))


class FakeClock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


class Recorder:
    """An invoker that notes what it is called with, and fails what it is told to."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []
        self.failing: set[str] = set()
        self.raising: set[str] = set()

    def __call__(self, called: Function, event: Any, context: Context) -> Any:
        assert context.get_remaining_time_in_millis() > 0
        self.seen.append((called.name, event))
        if called.name in self.raising:
            raise RuntimeError("out of luck")
        failed = called.name in self.failing
        ids = [record["messageId"] for record in event.get("Records", ())] if failed else []
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in ids]}

    def bodies(self, name: str) -> list[dict[str, Any]]:
        return [
            json.loads(record["body"])
            for called, event in self.seen
            if called == name
            for record in event["Records"]
        ]


class Stage:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.clock = FakeClock()
        self.handler = Recorder()
        self.pump = self.open()

    def open(self) -> Pump:
        return Pump(
            self.data,
            functions=(TAKES_RAW, COUNTS, ALSO, TICKS),
            clock=self.clock,
            invoker=self.handler,
            rng=random.Random(7),
        )

    def restart(self) -> None:
        self.pump.close()
        self.pump = self.open()

    def dead(self) -> list[tuple[Any, ...]]:
        return self.pump.connection.execute(
            "SELECT queue, reason, body FROM dead_letters"
        ).fetchall()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.pump.close()


def event(number: int = 1, *, tenant: str = "default") -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "steward.sample",
        "type": "sample.thing.happened.v1",
        "time": START.isoformat(),
        "tenantid": tenant,
        "correlationid": "c",
        "data": {"number": number},
    }


def commit_of(commit: str, *, events: list[Any], timers: list[Any] | None = None) -> Transaction:
    content = {
        "commit": commit,
        "tenant": "default",
        "function": "sample.count",
        "events": events,
        "timers": timers or [],
        "audit": [],
    }
    outbox = Key("sample", "default", OUTBOX, commit)
    inbox = Key("sample", "default", INBOX, commit)
    slots = (None, Slot(PENDING, START.isoformat()))
    writes = (Put(outbox, None, 1, json.dumps(content), slots), Put(inbox, None, 1, "{}"))
    return Transaction(commit, "default", int(START.timestamp()), writes, inbox)


def test_a_committed_event_reaches_every_queue_whose_rule_matches(stage: Stage) -> None:
    assert stage.pump.commit([commit_of("c1", events=[event(5)])]) == [None]
    stage.pump.drain()
    assert [body["detail"]["data"] for body in stage.handler.bodies("count")] == [{"number": 5}]
    assert len(stage.handler.bodies("also")) == 1
    assert stage.handler.bodies("take-raw") == []


def test_a_refused_transaction_publishes_nothing(stage: Stage) -> None:
    stage.pump.commit([commit_of("c1", events=[event(1)])])
    (refusal,) = stage.pump.commit([commit_of("c1", events=[event(2)])])
    assert refusal is not None
    stage.pump.drain()
    assert [body["id"] for body in stage.handler.bodies("count")] == ["e-1"]


def test_one_refused_transaction_does_not_touch_its_neighbours(stage: Stage) -> None:
    stage.pump.commit([commit_of("c1", events=[])])
    outcomes = stage.pump.commit(
        [commit_of(name, events=[event(n)]) for n, name in enumerate(("c0", "c1", "c2"))]
    )
    assert [outcome is None for outcome in outcomes] == [True, False, True]
    stage.pump.drain()
    assert Counter(b["id"] for b in stage.handler.bodies("count")) == {"e-0": 1, "e-2": 1}


def test_an_outbox_item_left_by_a_crash_is_relayed_at_the_start(stage: Stage) -> None:
    transaction = commit_of("c1", events=[event(9)])
    assert SqlStore(SqliteDatabase(stage.data / "steward.db")).commit([transaction]) == [None]
    stage.restart()
    stage.pump.drain()
    assert [body["id"] for body in stage.handler.bodies("count")] == ["e-9"]
    stage.restart()
    assert stage.pump.drain() == 0


def test_an_outbox_item_whose_body_is_gone_does_not_hold_up_those_behind_it(stage: Stage) -> None:
    stuck = commit_of("c0", events=[])
    (outbox, inbox) = stuck.writes
    assert isinstance(outbox, Put)
    gone = outbox._replace(body=json.dumps({"claim": "claims/default/c0/outbox.json", "bytes": 9}))
    stuck = stuck._replace(writes=(gone, inbox))
    store = SqlStore(SqliteDatabase(stage.data / "steward.db"))
    assert store.commit([stuck, commit_of("c1", events=[event(9)])]) == [None, None]
    stage.restart()
    stage.pump.runtime.sweep()
    stage.pump.drain()
    assert [body["id"] for body in stage.handler.bodies("count")] == ["e-9"]
    assert [record.key.id for record in store.pending()] == ["c0"]


def test_everything_left_in_the_outbox_is_swept_page_by_page_past_what_is_stuck(
    stage: Stage,
) -> None:
    store = SqlStore(SqliteDatabase(stage.data / "steward.db"))
    stuck = []
    for number in range(3):
        transaction = commit_of(f"a{number}", events=[])
        (outbox, inbox) = transaction.writes
        assert isinstance(outbox, Put)
        gone = outbox._replace(body=json.dumps({"claim": "claims/default/x.json", "bytes": 9}))
        stuck.append(transaction._replace(writes=(gone, inbox)))
    good = [commit_of(f"b{number:03d}", events=[event(number)]) for number in range(250)]
    assert store.commit([*stuck, *good]) == [None] * 253
    stage.restart()
    stage.pump.runtime.sweep()
    stage.pump.drain()
    assert len(stage.handler.bodies("count")) == 250
    assert [record.key.id for record in store.pending()] == ["a0", "a1", "a2"]


def test_an_unacknowledged_message_is_there_again_after_a_restart(stage: Stage) -> None:
    stage.pump.put_events(event(1), event(2))
    assert len(stage.pump.runtime.take("sample.count")) == 2
    stage.restart()
    stage.pump.drain()
    assert sorted(body["id"] for body in stage.handler.bodies("count")) == ["e-1", "e-2"]


def test_a_failed_message_comes_back_later_each_time_and_dies_after_its_last_chance(
    stage: Stage,
) -> None:
    stage.handler.failing.add("count")
    stage.pump.put_events(event(1))
    waits = []
    for _ in range(2):
        stage.pump.drain()
        wake = stage.pump.next_wake()
        assert wake is not None
        waits.append(wake - stage.clock.now)
        stage.clock.now = wake
    assert timedelta(0) < waits[0] <= timedelta(seconds=1) <= waits[1] <= timedelta(seconds=2)
    assert stage.dead() == []
    stage.pump.drain()
    ((queue, reason, body),) = stage.dead()
    assert (queue, reason) == ("sample.count", "returned")
    assert json.loads(body)["id"] == "e-1"
    assert stage.pump.connection.execute("SELECT count(*) FROM messages").fetchone() == (0,)


def test_a_handler_that_raises_costs_the_whole_batch_one_receive(stage: Stage) -> None:
    stage.handler.raising.add("count")
    stage.pump.put_events(event(1), event(2))
    stage.pump.drain()
    stage.handler.raising.clear()
    stage.clock.pass_by(timedelta(seconds=2))
    stage.pump.drain()
    records = [r for name, e in stage.handler.seen if name == "count" for r in e["Records"]]
    assert [r["attributes"]["ApproximateReceiveCount"] for r in records] == ["1", "1", "2", "2"]


def test_a_message_not_settled_in_its_visibility_timeout_is_ready_again(stage: Stage) -> None:
    stage.pump.put_events(event(1))
    stage.pump.runtime.take("sample.count")
    stage.clock.pass_by(COUNTS.visibility_timeout - timedelta(seconds=1))
    stage.pump.step()
    assert stage.handler.bodies("count") == []
    stage.clock.pass_by(timedelta(seconds=1))
    stage.pump.drain()
    assert len(stage.handler.bodies("count")) == 1


def test_a_loud_tenant_does_not_keep_a_quiet_one_waiting(stage: Stage) -> None:
    stage.pump.put_events(*(event(n, tenant="loud") for n in range(100)))
    stage.pump.put_events(event(1000, tenant="quiet"))
    first = stage.pump.runtime.take("sample.count")
    assert "quiet" in {message.tenant for message in first}
    assert len(first) == 10


def test_raw_events_go_by_pattern_and_an_envelope_at_fault_is_refused_by_field(
    stage: Stage,
) -> None:
    raw = {"detail-type": "x", "source": "aws.ec2", "account": "111122223333", "detail": {"a": 1}}
    assert stage.pump.put_raw(raw) == ["sample.take-raw"]
    assert stage.pump.put_raw(raw | {"source": "aws.s3"}) == []
    with pytest.raises(BadInput, match="'detail-type': missing"):
        stage.pump.put_raw({"source": "aws.ec2", "detail": {}})
    with pytest.raises(BadInput, match="'detail': is not an object"):
        stage.pump.put_raw(raw | {"detail": "text"})
    stage.pump.drain()
    (body,) = stage.handler.bodies("take-raw")
    assert body["account"] == "111122223333"
    assert body["time"] == "2026-03-01T12:00:00Z"


def test_a_timer_fires_once_when_due(stage: Stage) -> None:
    due = START + timedelta(minutes=5)
    timer = {"op": "set", "key": "k", "at": due.isoformat(), "event": event(3)}
    stage.pump.commit([commit_of("c1", events=[], timers=[timer])])
    stage.clock.pass_by(timedelta(minutes=4))
    assert stage.pump.drain() == 0
    stage.restart()
    stage.clock.pass_by(timedelta(minutes=1))
    stage.pump.drain()
    stage.clock.pass_by(timedelta(days=1))
    stage.pump.drain()
    assert [body["id"] for body in stage.handler.bodies("count")] == ["e-3"]


def test_a_timer_that_could_not_be_fired_is_fired_later(stage: Stage) -> None:
    timer = {"op": "set", "key": "k", "at": START.isoformat(), "event": event(3)}
    stage.pump.commit([commit_of("c1", events=[], timers=[timer])])
    stage.pump.connection.execute(
        "CREATE TRIGGER stuck BEFORE DELETE ON timers BEGIN SELECT RAISE(ABORT, 'stuck'); END"
    )
    stage.pump.drain()
    stage.pump.connection.execute("DROP TRIGGER stuck")
    stage.clock.pass_by(timedelta(minutes=1))
    stage.pump.drain()
    assert [body["id"] for body in stage.handler.bodies("count")] == ["e-3"]


def test_a_cancelled_timer_never_fires_and_a_set_one_is_replaced(stage: Stage) -> None:
    def timer(key: str, number: int) -> dict[str, Any]:
        at = (START + timedelta(minutes=5)).isoformat()
        return {"op": "set", "key": key, "at": at, "event": event(number)}

    stage.pump.commit([commit_of("c1", events=[], timers=[timer("a", 1), timer("b", 2)])])
    stage.pump.commit(
        [commit_of("c2", events=[], timers=[{"op": "cancel", "key": "a"}, timer("b", 3)])]
    )
    stage.clock.pass_by(timedelta(minutes=6))
    stage.pump.drain()
    assert [body["id"] for body in stage.handler.bodies("count")] == ["e-3"]


def test_each_slot_of_a_schedule_is_one_tick_over_restarts(stage: Stage) -> None:
    for _ in range(6):
        stage.clock.pass_by(timedelta(minutes=30))
        stage.pump.drain()
        stage.restart()
        stage.pump.drain()
    ticks = [e for name, e in stage.handler.seen if name == "tick"]
    assert ticks == [
        {"schedule": "sample.tick", "time": f"2026-03-01T{hour}:00:00Z"} for hour in (13, 14, 15)
    ]


def test_slots_missed_while_stopped_are_made_up_for_a_day(stage: Stage) -> None:
    stage.pump.close()
    stage.clock.pass_by(timedelta(days=3))
    stage.pump = stage.open()
    stage.pump.drain()
    assert len([name for name, _ in stage.handler.seen if name == "tick"]) == 24


def test_records_look_as_sqs_sends_them(stage: Stage) -> None:
    stage.pump.put_events(event(1))
    stage.pump.drain()
    record = next(e for name, e in stage.handler.seen if name == "count")["Records"][0]
    assert set(record) == {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }
    assert record["eventSource"] == "aws:sqs"
    assert record["attributes"]["MessageGroupId"] == "default"
    assert record["attributes"]["SentTimestamp"] == str(int(START.timestamp() * 1000))
