"""Laws of the queue edge: one Work a message, duplicates harmless, poison apart, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.edge import Envelope, on_event, on_raw
from steward.errors import BadInput, Transient
from steward.identity import SYSTEM
from steward.store.unclaimed import UNCLAIMED
from steward.store.work import Entities, Work
from tests.edge_world import (
    COUNTS,
    Counted,
    EdgeWorld,
    Met,
    Welcomed,
    edge_world,
    envelope,
    message,
    record,
)


@dataclass(frozen=True)
class Deps:
    counts: Entities[Counted]
    publish: Callable[..., None]
    work: Work


def wire(work: Work) -> Deps:
    return Deps(work.table("test").of(COUNTS), work.publish, work)


@on_event(Met, wire=wire)
def greet(event: Met, deps: Deps) -> None:
    if event.note == "outage":
        raise Transient("the far side is down; try later")
    if event.note == "bug":
        raise ZeroDivisionError("a defect")
    if event.note == "undeclared":
        deps.publish(Met(name="x"))
    counted = deps.counts.get(event.name) or Counted(id=event.name)
    deps.counts.put(counted.model_copy(update={"count": counted.count + 1}))
    deps.publish(Welcomed(name=event.name, note=event.note))


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    return edge_world(tmp_path)


def test_a_duplicate_delivery_changes_nothing(world: EdgeWorld) -> None:
    for _ in range(3):
        assert world.deliver(greet, [message(Met(name="ada"))]) == []
    assert world.count("ada") == 1
    assert [event["data"]["name"] for event in world.events()] == ["ada"]


def test_a_duplicate_within_one_batch_changes_nothing(world: EdgeWorld) -> None:
    twice = [message(Met(name="ada")), message(Met(name="ada"))]
    assert world.deliver(greet, twice) == []
    assert world.count("ada") == 1


def test_messages_of_one_batch_that_touch_one_entity_all_count(world: EdgeWorld) -> None:
    batch = [message(Met(name="ada"), id_=f"e{number}") for number in range(10)]
    assert world.deliver(greet, batch) == []
    assert world.count("ada") == 10
    assert len(world.events()) == 10


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_shuffle_with_duplicates_ends_in_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    world = edge_world(tmp_path_factory.mktemp("shuffle"))
    originals = [message(Met(name=f"n{number % 3}"), id_=f"e{number}") for number in range(6)]
    sent = data.draw(st.permutations(originals + originals[:4]))
    for start in range(0, len(sent), 3):
        assert world.deliver(greet, sent[start : start + 3]) == []
    assert [world.count(f"n{number}") for number in range(3)] == [2, 2, 2]
    assert len(world.events()) == 6


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{nope", "not JSON"),
        ("[1, 2]", "send one JSON object"),
        ("{}", "CloudEvent"),
        (json.dumps({"detail": {"type": "test.name.met.v1"}}), "CloudEvent: id"),
        ("[" * 100_000, "not JSON"),
        ('"' + "x" * (1024 * 1024) + '"', "at most 1048576"),
    ],
)
def test_poison_is_dead_lettered_alone_whole_and_with_the_reason(
    world: EdgeWorld, body: str, reason: str
) -> None:
    batch = [
        message(Met(name="ada")),
        record(body, id_="poison"),
        message(Met(name="bob"), id_="e2"),
    ]
    assert world.deliver(greet, batch) == []
    assert (world.count("ada"), world.count("bob")) == (1, 1)
    [(kept, why)] = world.letters.letters
    assert kept == body
    assert reason in why["reason"]
    assert why["error"] == "bad-input"


def test_an_unknown_event_type_is_dead_lettered_naming_what_is_taken(world: EdgeWorld) -> None:
    world.deliver(greet, [message(Welcomed(name="ada"))])
    [(_, why)] = world.letters.letters
    assert "'test.name.welcomed.v1'" in why["reason"]
    assert "test.name.met.v1" in why["reason"]


def test_a_missing_tenant_is_dead_lettered(world: EdgeWorld) -> None:
    world.deliver(greet, [message(Met(name="ada"), tenant="")])
    [(_, why)] = world.letters.letters
    assert "tenant" in why["reason"]


def test_an_outage_returns_the_message_and_spares_its_neighbours(world: EdgeWorld) -> None:
    batch = [message(Met(name="ada", note="outage")), message(Met(name="bob"), id_="e2")]
    assert world.deliver(greet, batch) == ["m-e1"]
    assert (world.count("ada"), world.count("bob")) == (0, 1)
    assert world.letters.letters == []


def test_the_last_receive_of_a_failing_message_dead_letters_it_with_the_reason(
    world: EdgeWorld,
) -> None:
    assert world.deliver(greet, [message(Met(name="ada", note="outage"), receives=3)]) == []
    [(_, why)] = world.letters.letters
    assert why["error"] == "transient"
    assert "far side is down" in why["reason"]


def test_a_defect_is_retried_before_it_is_dead_lettered(world: EdgeWorld) -> None:
    defect = Met(name="ada", note="bug")
    assert world.deliver(greet, [message(defect)]) == ["m-e1"]
    assert world.deliver(greet, [message(defect, receives=3)]) == []
    assert [why["error"] for _, why in world.letters.letters] == ["ZeroDivisionError"]


def test_an_unreachable_dead_letter_queue_leaves_the_message_where_it_is(world: EdgeWorld) -> None:
    world.letters.refusing = True
    assert world.deliver(greet, [record("{nope", id_="poison")]) == ["poison"]


def test_an_undeclared_publish_is_refused_and_writes_nothing(world: EdgeWorld) -> None:
    world.deliver(greet, [message(Met(name="ada", note="undeclared"))])
    [(_, why)] = world.letters.letters
    assert why["error"] == "not-granted"
    assert world.count("ada") == 0


def test_a_redelivery_after_a_lost_reply_publishes_the_same_event_ids(tmp_path: Path) -> None:
    ids = []
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        world = edge_world(tmp_path / run)
        world.deliver(greet, [message(Met(name="ada"))])
        ids.append([event["id"] for event in world.events()])
    assert ids[0] == ids[1]


def test_a_raised_replay_generation_applies_a_message_anew(world: EdgeWorld) -> None:
    again = message(Met(name="ada"))
    again["messageAttributes"] = {"generation": {"stringValue": "1", "dataType": "Number"}}
    world.deliver(greet, [message(Met(name="ada"))])
    world.deliver(greet, [again])
    world.deliver(greet, [again])
    assert world.count("ada") == 2


def test_a_large_event_travels_by_claim_check(world: EdgeWorld) -> None:
    note = "ü" * 150_000
    world.deliver(greet, [message(Met(name="ada", note=note))])
    [event] = world.events()
    assert event["data"] == {}
    fetched = json.loads(world.claims.get(event["dataref"]))
    assert fetched == {"name": "ada", "note": note}


def test_a_claim_checked_event_is_handled_like_any_other(world: EdgeWorld) -> None:
    world.claims.put("claims/acme/x.json", json.dumps({"name": "eve"}).encode())
    world.deliver(greet, [message(Met(name=""), data={}, dataref="claims/acme/x.json")])
    assert world.count("eve") == 1


def test_an_event_cannot_point_at_another_tenants_bodies(world: EdgeWorld) -> None:
    world.claims.put("claims/rival/x.json", json.dumps({"name": "eve"}).encode())
    world.deliver(greet, [message(Met(name=""), data={}, dataref="claims/rival/x.json")])
    [(_, why)] = world.letters.letters
    assert "claims/acme/" in why["reason"]
    assert world.count("eve") == 0


def test_the_correlation_id_goes_on_and_the_cause_is_the_message(world: EdgeWorld) -> None:
    world.deliver(greet, [message(Met(name="ada"))])
    [event] = world.events()
    assert event["correlationid"] == "conversation"
    assert event["causationid"] == "e1"


def test_every_commit_carries_its_audit_entry(world: EdgeWorld) -> None:
    world.deliver(greet, [message(Met(name="ada"))])
    world.deliver(greet, [message(Met(name="ada"), id_="e2")])
    entries = [entry for item in world.outbox() for entry in item["audit"]]
    assert sorted(
        (e["verb"], (e["before"] or {}).get("count"), e["after"]["count"]) for e in entries
    ) == [
        ("add", None, 1),
        ("put", 1, 2),
    ]
    assert {item["actor"] for item in world.outbox()} == {"function:test.greet"}


@dataclass(frozen=True)
class Sighting:
    name: str
    event_key: str


def parse(raw: Envelope) -> Sighting:
    if "name" not in raw.detail:
        raise BadInput("detail.name: missing; send who was seen")
    return Sighting(str(raw.detail["name"]), str(raw.detail.get("eventID", "")))


@on_raw(parse, wire=wire)
def sight(seen: Sighting, deps: Deps) -> None:
    counted = deps.counts.get(seen.name) or Counted(id=seen.name)
    deps.counts.put(counted.model_copy(update={"count": counted.count + 1}))


def raw(detail: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return record(json.dumps(envelope(detail, **changes)))


def test_the_account_of_the_envelope_decides_the_tenant_and_never_the_detail(
    world: EdgeWorld,
) -> None:
    world.add_account("123456789012")
    world.deliver(sight, [raw({"name": "ada", "account": "999999999999", "tenantid": "rival"})])
    assert world.count("ada") == 1
    assert world.count("ada", tenant="rival") == 0


def test_an_event_of_an_unknown_account_is_parked_once_with_the_reason(world: EdgeWorld) -> None:
    for _ in range(2):
        assert world.deliver(sight, [raw({"name": "ada"}, account="555555555555")]) == []
    parked = world.work(tenant=SYSTEM).table("test").of(UNCLAIMED)
    [entry] = parked.query(index="by_account", key="aws/555555555555").items
    assert "555555555555" in entry.reason
    assert json.loads(entry.body)["detail"] == {"name": "ada"}
    world.clock.forward(timedelta(days=31))
    assert world.work(tenant=SYSTEM).table("test").of(UNCLAIMED).list().items == ()


def test_two_events_in_envelopes_of_one_id_are_two_events(world: EdgeWorld) -> None:
    world.add_account("123456789012")
    world.deliver(
        sight, [raw({"name": "ada", "eventID": "1"}), raw({"name": "ada", "eventID": "2"})]
    )
    assert world.count("ada") == 2


@pytest.mark.parametrize("missing", ["id", "source", "detail-type", "account", "time", "detail"])
def test_an_envelope_without_a_field_is_refused_by_its_name(world: EdgeWorld, missing: str) -> None:
    broken = envelope({"name": "ada"})
    del broken[missing]
    world.deliver(sight, [record(json.dumps(broken))])
    [(_, why)] = world.letters.letters
    assert repr(missing) in why["reason"]


@on_event(Met, wire=wire, together=(Met,))
def greet_all(event: Met, deps: Deps) -> None:
    greet_one(event, deps)


def greet_one(event: Met, deps: Deps) -> None:
    if event.note == "bug":
        raise ZeroDivisionError("a defect")
    counted = deps.counts.get(event.name) or Counted(id=event.name)
    deps.counts.put(counted.model_copy(update={"count": counted.count + 1}))
    for number in range(int(event.note or 0)):
        deps.counts.put(Counted(id=f"{event.name}-{number}", count=1))
    deps.publish(Welcomed(name=event.name))


def met(*names: str, note: str = "", **changes: Any) -> list[dict[str, Any]]:
    return [message(Met(name=one, note=note), id_=f"e-{one}", **changes) for one in names]


def test_messages_answered_together_leave_one_commit_that_tells_the_cause_of_each_part(
    world: EdgeWorld,
) -> None:
    assert world.deliver(greet_all, met("ada", "bob", "eve")) == []
    (item,) = world.outbox()
    told = [(event["data"]["name"], event["causationid"]) for event in item["events"]]
    assert told == [("ada", "e-ada"), ("bob", "e-bob"), ("eve", "e-eve")]
    assert item["causation"] == "e-ada"
    changed = [(one["id"], one.get("causation")) for one in item["audit"]]
    assert changed == [("ada", None), ("bob", "e-bob"), ("eve", "e-eve")]


def test_messages_answered_together_that_come_again_in_other_company_change_nothing(
    world: EdgeWorld,
) -> None:
    assert world.deliver(greet_all, met("ada", "bob")) == []
    assert world.deliver(greet_all, met("bob", "eve", "ada")) == []
    assert [world.count(name) for name in ("ada", "bob", "eve")] == [1, 1, 1]
    assert len(world.events()) == 3


def test_one_of_those_answered_together_fails_alone(world: EdgeWorld) -> None:
    batch = [*met("ada"), *met("bob", note="bug"), *met("eve")]
    assert world.deliver(greet_all, batch) == ["m-e-bob"]
    assert [world.count(name) for name in ("ada", "bob", "eve")] == [1, 0, 1]


def test_only_messages_of_one_tenant_and_conversation_are_answered_together(
    world: EdgeWorld,
) -> None:
    batch = [
        *met("ada"),
        *met("bob", correlationid="another"),
        *met("eve", tenant="other"),
        *met("joe"),
    ]
    assert world.deliver(greet_all, batch) == []
    told = [[event["data"]["name"] for event in item["events"]] for item in world.outbox()]
    assert sorted(told) == [["ada", "joe"], ["bob"], ["eve"]]
    assert world.count("eve", tenant="other") == 1


def test_those_answered_together_that_change_one_entity_all_count(world: EdgeWorld) -> None:
    batch = [message(Met(name="ada"), id_=f"e{number}") for number in range(10)]
    assert world.deliver(greet_all, [*batch, batch[3]]) == []
    assert world.count("ada") == 10
    assert len(world.events()) == 10


def test_what_one_commit_does_not_hold_goes_to_others(world: EdgeWorld) -> None:
    batch = met("ada", "bob", "eve", "joe", note="45")
    assert world.deliver(greet_all, batch) == []
    assert len(world.outbox()) == 4
    assert [world.count(f"{name}-44") for name in ("ada", "bob", "eve", "joe")] == [1] * 4


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_shuffle_answered_together_ends_in_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    world = edge_world(tmp_path_factory.mktemp("together"))
    originals = [message(Met(name=f"n{number % 3}"), id_=f"e{number}") for number in range(6)]
    sent = data.draw(st.permutations(originals + originals[:4]))
    for start in range(0, len(sent), 3):
        assert world.deliver(greet_all, sent[start : start + 3]) == []
    assert [world.count(f"n{number}") for number in range(3)] == [2, 2, 2]
    assert len(world.events()) == 6
