"""What the relay promises, whatever the bus and the scheduler do."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.relay.model import Entry, at_expression, schedule_name
from functions.relay.service import relay
from steward.errors import Permanent, StewardError, TooLarge, Transient
from tests.functional.relay.carrying import (
    MALFORMED,
    NOON,
    THROTTLED,
    Answer,
    FakeBus,
    FakeDecisions,
    Van,
    outbox,
    timer,
)

HOUR = timedelta(hours=1)


def ids(commit: str, count: int) -> list[str]:
    return [f"{commit}-{n}" for n in range(count)]


def test_events_go_out_in_tens_and_in_order() -> None:
    van = Van()
    items = {"s1": outbox("a", events=7), "s2": outbox("b", events=16)}
    outcome = relay(items, carriers=van.carriers())
    assert outcome == (23, {})
    assert van.bus.told == ids("a", 7) + ids("b", 16)
    assert [len(request) for request in van.bus.requests] == [10, 10, 3]


def test_a_request_stays_below_what_the_bus_takes() -> None:
    van = Van()
    relay({"s1": outbox(events=9, note="x" * 60_000)}, carriers=van.carriers())
    assert [len(request) for request in van.bus.requests] == [4, 4, 1]
    assert all(sum(e.bytes for e in request) <= 262_144 for request in van.bus.requests)


def test_an_item_without_events_or_timers_is_relayed_by_doing_nothing() -> None:
    van = Van()
    assert relay({"s1": outbox(events=0)}, carriers=van.carriers()) == (0, {})
    assert van.bus.requests == []


def test_only_the_refused_entries_are_offered_again() -> None:
    van = Van(bus=FakeBus(lambda e, n: THROTTLED if n < 3 and e.detail.find('-2"') > 0 else None))
    outcome = relay({"s1": outbox(events=5)}, carriers=van.carriers())
    assert outcome == (5, {})
    assert [len(request) for request in van.bus.requests] == [5, 1, 1]
    assert sorted(van.bus.told) == ids("c1", 5)
    assert van.patience.waits == [1, 2]


def test_a_throttled_request_is_offered_again_whole() -> None:
    van = Van(bus=FakeBus(lambda _, n: Transient("throttled") if n == 1 else None))
    assert relay({"s1": outbox(events=4)}, carriers=van.carriers()) == (4, {})
    assert [len(request) for request in van.bus.requests] == [4, 4]


def test_a_lost_reply_tells_twice_but_never_loses() -> None:
    van = Van(bus=FakeBus(lose_replies=1))
    assert relay({"s1": outbox(events=3)}, carriers=van.carriers()) == (3, {})
    assert van.bus.told == ids("c1", 3) * 2


def test_when_patience_ends_the_items_concerned_have_failed_and_no_others() -> None:
    van = Van(bus=FakeBus(lambda e, _: THROTTLED if '"b-' in e.detail else None))
    items = {"s1": outbox("a"), "s2": outbox("b", events=2), "s3": outbox("c")}
    outcome = relay(items, carriers=van.carriers())
    assert list(outcome.failed) == ["s2"]
    assert isinstance(outcome.failed["s2"], Transient)
    assert "ThrottlingException" in str(outcome.failed["s2"])
    assert van.bus.told == ["a-0", "c-0"]


def test_what_no_retry_can_mend_is_not_tried_again() -> None:
    van = Van(bus=FakeBus(lambda e, _: MALFORMED if '"b-0"' in e.detail else None))
    outcome = relay({"s1": outbox("a"), "s2": outbox("b")}, carriers=van.carriers())
    assert isinstance(outcome.failed["s2"], Permanent)
    assert len(van.bus.requests) == 1
    assert van.patience.waits == []


def test_an_event_too_large_for_any_request_fails_alone() -> None:
    def answer(entry: Entry, _: int) -> Answer:
        return TooLarge("too large") if entry.bytes > 262_144 else None

    van = Van(bus=FakeBus(answer))
    items = {"s1": outbox("a"), "s2": outbox("b", note="x" * 300_000), "s3": outbox("c")}
    outcome = relay(items, carriers=van.carriers())
    assert list(outcome.failed) == ["s2"]
    assert van.bus.told == ["a-0", "c-0"]


@given(seed=st.integers(0, 2**32), sizes=st.lists(st.integers(0, 25), min_size=1, max_size=8))
def test_an_item_is_done_exactly_when_the_bus_took_all_of_its_events(
    seed: int, sizes: list[int]
) -> None:
    rng = random.Random(seed)

    def answer(_: Entry, offer: int) -> Answer:
        chance = rng.random()
        if chance < 0.05:
            return MALFORMED
        return THROTTLED if chance < 0.3 / offer else None

    van = Van(bus=FakeBus(answer, lose_replies=rng.randrange(2)))
    items = {f"s{n}": outbox(f"c{n}", events=size) for n, size in enumerate(sizes)}
    outcome = relay(items, carriers=van.carriers())
    told = set(van.bus.told)
    for n, size in enumerate(sizes):
        whole = told.issuperset(ids(f"c{n}", size))
        assert whole or f"s{n}" in outcome.failed
    assert told <= {id_ for n, size in enumerate(sizes) for id_ in ids(f"c{n}", size)}


def test_a_timer_is_set_under_the_name_of_its_key_and_cancelled_by_it() -> None:
    van = Van()
    name = schedule_name("parts", "acme", "k1")
    relay({"s1": outbox("c1", timers=[timer("k1", due=NOON + HOUR)])}, carriers=van.carriers())
    assert van.schedules.standing[name].due == NOON + HOUR
    relay(
        {"s2": outbox("c2", timers=[timer("k1", due=None)], after=HOUR / 2)},
        carriers=van.carriers(),
    )
    assert van.schedules.standing == {}


def test_the_newest_decision_stands_in_whatever_order_the_commits_arrive() -> None:
    changes = [
        outbox("c1", events=0, timers=[timer("k1", due=NOON + HOUR)]),
        outbox("c2", events=0, timers=[timer("k1", due=None)], after=timedelta(seconds=1)),
        outbox(
            "c3", events=0, timers=[timer("k1", due=NOON + 3 * HOUR)], after=timedelta(seconds=2)
        ),
        outbox("c4", events=0, timers=[timer("k2", due=NOON + HOUR)], after=timedelta(seconds=3)),
        outbox("c5", events=0, timers=[timer("k2", due=None)], after=timedelta(seconds=4)),
    ]
    for seed in range(30):
        shuffled = random.Random(seed).sample(changes * 2, 10)
        van = Van()
        for item in shuffled:
            relay({"s": item}, carriers=van.carriers())
        assert {t.due for t in van.schedules.standing.values()} == {NOON + 3 * HOUR}


def test_a_decision_made_by_another_relay_meanwhile_is_applied_after_ours() -> None:
    later = outbox("c9", events=0, timers=[timer("k1", due=None)], after=HOUR)

    def decide(decisions: FakeDecisions) -> None:
        relay({"s9": later}, carriers=Van(schedules=van.schedules, decisions=decisions).carriers())

    van = Van(decisions=FakeDecisions(between=decide))
    relay({"s1": outbox(timers=[timer("k1", due=NOON + 2 * HOUR)])}, carriers=van.carriers())
    assert van.schedules.standing == {}


def test_a_timer_that_is_due_already_publishes_at_once() -> None:
    van = Van()
    relay({"s1": outbox(events=0, timers=[timer("k1", due=NOON - HOUR)])}, carriers=van.carriers())
    assert van.bus.told == ["c1-900"]
    assert van.schedules.standing == {}


def test_a_timer_that_cannot_be_set_fails_its_item_and_is_set_the_next_time() -> None:
    van = Van()
    van.schedules.trouble = 1
    item = outbox(timers=[timer("k1", due=NOON + HOUR)])
    first = relay({"s1": item}, carriers=van.carriers())
    assert list(first.failed) == ["s1"]
    assert isinstance(first.failed["s1"], StewardError)
    assert relay({"s1": item}, carriers=van.carriers()).failed == {}
    assert len(van.schedules.standing) == 1


def test_timers_of_tenants_and_concerns_never_share_a_name() -> None:
    names = {
        schedule_name(concern, tenant, key)
        for concern in ("parts", "policy")
        for tenant in ("a", "b")
        for key in ("k", "k ", "x" * 512, "ü#/")
    }
    assert len(names) == 16
    assert all(len(name) <= 64 and name.replace("-", "").isalnum() for name in names)


@pytest.mark.parametrize(
    ("microsecond", "expression"), [(0, "at(2026-03-02T12:00:00)"), (1, "at(2026-03-02T12:00:01)")]
)
def test_a_timer_never_fires_before_its_time(microsecond: int, expression: str) -> None:
    assert at_expression(NOON.replace(microsecond=microsecond)) == expression
