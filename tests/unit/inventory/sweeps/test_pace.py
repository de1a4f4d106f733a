from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.model.pace import (
    FASTEST,
    FIRST,
    GAIN,
    SLOWEST,
    Pace,
    Quota,
    begun,
    complained,
    lend,
)

STEPS = st.lists(
    st.tuples(st.floats(0, 5), st.sampled_from(["ask", "complain"]), st.integers(1, 50)),
    max_size=60,
)


def test_a_first_complaint_sets_a_pace_and_a_second_one_at_once_says_the_same() -> None:
    first = complained(None, now=0.0)
    assert first.rate == FIRST
    assert complained(first, now=0.5).rate >= FIRST
    assert complained(first, now=2.0).rate == (FIRST + 2 * GAIN) / 2


def test_a_pace_without_complaints_ends() -> None:
    assert lend(complained(None, now=0.0), 0, now=FASTEST / GAIN).pace.over


@given(STEPS)
def test_no_more_calls_are_lent_than_the_rate_allows(steps: list[tuple[float, str, int]]) -> None:
    pace: Pace = complained(None, now=0.0)
    now, lent, allowed = 0.0, 0, 1.0
    for passed, step, want in steps:
        before = pace
        now += passed
        allowed += passed * min(FASTEST, before.rate + GAIN * passed)
        if step == "complain":
            pace = complained(pace, now=now)
        else:
            answer = lend(pace, want, now=now)
            pace, lent = answer.pace, lent + answer.calls
        assert SLOWEST <= pace.rate <= FASTEST
        assert lent <= allowed + 1e-6


def test_a_clock_behind_the_last_writers_adds_nothing() -> None:
    pace = complained(None, now=100.0)
    assert lend(pace, 5, now=50.0).calls == 0


@given(
    quota=st.sampled_from([Quota(15, 5), Quota(100, 60), Quota(3, 1), Quota(2, 1)]),
    gaps=st.lists(st.floats(0, 3), min_size=1, max_size=150),
    complaints=st.sets(st.integers(0, 149), max_size=3),
)
def test_a_quota_is_passed_in_no_window_whoever_asks_and_whenever(
    quota: Quota, gaps: list[float], complaints: set[int]
) -> None:
    now, made, known = 0.0, list[float](), begun(quota, now=0.0)
    for number, gap in enumerate(gaps):
        now += gap
        if number in complaints:
            known = complained(known, now=now, quota=quota)
        lent = lend(known, 1, now=now, quota=quota)
        known = lent.pace
        made += [now] * lent.calls
        since = now - quota.seconds
        assert sum(at > since for at in made) <= quota.calls


def test_whoever_waits_as_long_as_told_gets_the_whole_quota_in_the_long_run() -> None:
    quota, now, made = Quota(15, 5), 0.0, 0
    known = begun(quota, now=now)
    while now < 60:
        lent = lend(known, 1, now=now, quota=quota)
        known, made, now = lent.pace, made + lent.calls, now + lent.wait
    assert made >= 60 * quota.rate
