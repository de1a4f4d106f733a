from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.model.pace import (
    FASTEST,
    FIRST,
    GAIN,
    SLOWEST,
    Pace,
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
