"""Laws of the shared token bucket: whatever several processes do, no stretch of time admits too much."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.edge.buckets import HOLDERS, Ask, Bucket, Holding, flowed, full, lend, seconds, wait
from steward.edge.limiter import Limiter, Name
from steward.edge.rates import NAMES, Limits, Rate, RateClass, class_of, rates_of
from steward.errors import BadInput, Transient
from steward.store.records import Key, Put, Record, Refusal, StaleVersion, Transaction

START = 1_800_000_000.0
RATES = st.builds(Rate, st.sampled_from([1, 3, 10, 97, 1000]), st.sampled_from([1, 60, 3600]))


@dataclass
class OneTable:
    """A store of single items, for one thread; ``broken`` is out of reach."""

    rows: dict[Key, Put] = field(default_factory=dict)
    broken: bool = False
    asked: int = 0

    def of(self, tenant: str) -> OneTable:
        return self

    def get(self, key: Key, *, now: int) -> Record | None:
        self._ask()
        put = self.rows.get(key)
        if put is None or (put.expires is not None and put.expires <= now):
            return None
        return Record(key, put.version, put.body, put.expires)

    def commit(self, transactions: list[Transaction]) -> list[Refusal | None]:
        self._ask()
        (transaction,) = transactions
        (put,) = transaction.writes
        assert isinstance(put, Put)
        before = self.get(put.key, now=transaction.now)
        if (None if before is None else before.version) != put.expect:
            return [StaleVersion("overtaken")]
        self.rows[put.key] = put
        return [None]

    def _ask(self) -> None:
        self.asked += 1
        if self.broken:
            raise Transient("out of reach")


NAME = Name("acme", "caller", "key:1")


def limiter(store: OneTable, holder: str = "one") -> Limiter:
    return Limiter(store, holder=holder, pause=lambda _: None)  # type: ignore[arg-type]


STEPS = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.floats(0, 90, allow_nan=False),
        st.integers(1, 40),
        st.booleans(),
    ),
    max_size=40,
)


@given(RATES, STEPS)
def test_no_stretch_of_time_admits_more_than_the_bucket_and_what_flows_in(
    rate: Rate, steps: list[tuple[int, float, int, bool]]
) -> None:
    """Eight processes ask in any order; some crash and come back knowing nothing of their leases."""
    store = OneTable()
    processes = [limiter(store, f"p{number}") for number in range(8)]
    now, admitted = START, []
    for process, pause, count, crashes in steps:
        now += pause * rate.seconds / 60
        one = processes[process]
        taken = sum(one.take(NAME, rate, now=now, closed=True).allowed for _ in range(count))
        admitted += [now] * taken
        if crashes:
            processes[process] = limiter(store, f"p{process}-{now}")
    for first, start in enumerate(admitted):
        for last in range(first, len(admitted)):
            allowed = rate.size + (admitted[last] - start) * rate.per_second
            assert last - first + 1 <= allowed + 1e-3


@given(RATES, st.lists(st.integers(0, 7), min_size=1, max_size=200))
def test_tokens_are_all_there_for_those_who_keep_asking(rate: Rate, order: list[int]) -> None:
    store = OneTable()
    processes = [limiter(store, f"p{number}") for number in range(8)]
    admitted = sum(processes[p].take(NAME, rate, now=START, closed=True).allowed for p in order)
    for process in processes:
        while process.take(NAME, rate, now=START, closed=True).allowed:
            admitted += 1
    assert admitted == rate.size


@given(RATES, st.integers(1, 60))
def test_a_crash_forfeits_a_lease_of_at_most_a_tenth_and_nothing_else(
    rate: Rate, used: int
) -> None:
    store = OneTable()
    dying, living = limiter(store, "dying"), limiter(store, "living")
    admitted = sum(dying.take(NAME, rate, now=START, closed=True).allowed for _ in range(used))
    while living.take(NAME, rate, now=START, closed=True).allowed:
        admitted += 1
    assert rate.size - rate.block < admitted <= rate.size


@given(RATES, STEPS)
def test_waiting_as_told_is_waiting_long_enough(
    rate: Rate, steps: list[tuple[int, float, int, bool]]
) -> None:
    store, now = OneTable(), START
    for process, pause, count, _ in steps:
        now += pause * rate.seconds / 60
        for _ in range(count):
            standing = limiter(store, f"p{process}").take(NAME, rate, now=now, closed=True)
            if not standing.allowed:
                later = now + seconds(standing.reset)
                assert limiter(store, "other").take(NAME, rate, now=later, closed=True).allowed
                return


def test_the_wait_is_to_the_second_when_nobody_else_asks() -> None:
    rate = Rate(60, 60)
    empty = Bucket(tokens=0, at=START)
    assert wait(empty, rate) == pytest.approx(1)
    assert not lend(empty, rate, Ask("a", 1), now=START + 0.99).granted
    assert lend(empty, rate, Ask("a", 1), now=START + wait(empty, rate)).granted == 1


def test_a_wait_counts_the_leases_that_keep_the_bucket_from_filling() -> None:
    rate = Rate(2, 60)
    kept = Bucket(tokens=0, at=START, held=(Holding("x", 2, START + 100),))
    assert wait(kept, rate) == pytest.approx(130)


def test_a_clock_that_runs_behind_adds_nothing() -> None:
    rate = Rate(10, 10)
    bucket = Bucket(tokens=3, at=START)
    assert flowed(bucket, rate, now=START - 60) == bucket


def test_a_crowd_of_holders_keeps_the_row_small() -> None:
    rate = Rate(100_000, 60)
    bucket = full(rate, now=START)
    for number in range(3 * HOLDERS):
        bucket = lend(bucket, rate, Ask(f"p{number}", 1000), now=START).bucket
    assert len(bucket.held) == HOLDERS
    assert len(bucket.model_dump_json()) < 8192


def test_a_lease_in_memory_asks_no_store() -> None:
    store, rate = OneTable(), Rate(1000, 60)
    one = limiter(store)
    asked = []
    for _ in range(200):
        assert one.take(NAME, rate, now=START, closed=True).allowed
        asked.append(store.asked)
    renewals = sum(after != before for before, after in pairwise([0, *asked]))
    assert renewals <= 5
    refused = limiter(store, "late")
    store.rows[NAME.key] = store.rows[NAME.key]._replace(
        body=Bucket(tokens=0, at=START).model_dump_json()
    )
    refused.take(NAME, rate, now=START, closed=True)
    before = store.asked
    assert not refused.take(NAME, rate, now=START, closed=True).allowed
    assert store.asked == before


def test_without_its_store_a_closed_class_passes_nothing_and_an_open_one_the_rate() -> None:
    store, rate = OneTable(broken=True), Rate(100, 60)
    one = limiter(store)
    with pytest.raises(Transient, match="nothing passes unchecked"):
        one.take(NAME, rate, now=START, closed=True)
    admitted = sum(
        one.take(NAME, rate, now=START + tenth / 10, closed=False).allowed for tenth in range(600)
    )
    assert 90 <= admitted <= 110


def test_a_token_given_back_can_be_spent_again() -> None:
    store, rate = OneTable(), Rate(1, 60)
    one = limiter(store)
    assert one.take(NAME, rate, now=START, closed=True).allowed
    one.give_back(NAME)
    assert one.take(NAME, rate, now=START, closed=True).allowed
    assert not one.take(NAME, rate, now=START, closed=True).allowed


def test_a_tenant_that_is_granted_more_gets_it_at_once() -> None:
    store = OneTable()
    one = limiter(store)
    while one.take(NAME, Rate(10, 60), now=START, closed=True).allowed:
        pass
    assert not one.take(NAME, Rate(10, 60), now=START, closed=True).allowed
    assert one.take(NAME, Rate(1000, 60), now=START + 1, closed=True).allowed


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("caller", "use NAME=COUNT"),
        ("caller=0/minute", "use NAME=COUNT"),
        ("caller=-1/minute", "use NAME=COUNT"),
        ("caller=1e9/minute", "use NAME=COUNT"),
        ("caller=9999999999/minute", "use NAME=COUNT"),
        ("caller=1/fortnight", "use NAME=COUNT"),
        ("callers=1/minute", "name one of ip, caller"),
        ("=1/minute", "name one of ip, caller"),
    ],
)
def test_a_limit_that_is_none_is_refused_with_what_to_write(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        rates_of(text)


def test_every_name_is_set_at_once_and_one_after_another() -> None:
    limits = Limits(rates_of("every=7/second search=3/hour"))
    assert limits["search"] == Rate(3, 3600)
    assert {limits[name] for name in NAMES if name != "search"} == {Rate(7, 1)}


@pytest.mark.parametrize(
    ("method", "permission", "kind"),
    [
        ("GET", "finding:view", RateClass.READ),
        ("POST", "finding:waive", RateClass.WRITE),
        ("DELETE", "user:manage", RateClass.ADMIN),
        ("GET", "user:view", RateClass.READ),
        ("POST", "audit:verify", RateClass.VERIFY),
        ("GET", "audit:export", RateClass.EXPORT),
    ],
)
def test_a_route_that_names_no_class_gets_one(
    method: str, permission: str, kind: RateClass
) -> None:
    assert class_of(method, permission) is kind
