"""What the detector of daily costs promises."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.cost.model.series.causes import causes
from functions.cost.model.series.detect import ENOUGH, read
from functions.cost.model.series.season import ORDINARY, Array, places_of_month
from functions.cost.model.series.watch import Told, news, watch

MONDAY = date(2026, 1, 5)
LOUD, CALM = 6.0, 4.5


def office(days: int, *, seed: int = 1) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A cost that halves on weekends, with 3 % noise."""
    noise = np.random.default_rng(seed).normal(0, 0.03, days)
    weekend = np.isin(np.arange(days) % 7, (5, 6))
    return np.asarray(100 * np.exp(noise) * np.where(weekend, 0.5, 1.0))


def score(costs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    reading = read(MONDAY, costs)
    assert reading is not None
    return reading.score


def test_too_few_days_say_nothing() -> None:
    assert read(MONDAY, office(ENOUGH - 1)) is None
    assert read(MONDAY, office(ENOUGH)) is not None


def test_a_weekend_is_no_anomaly() -> None:
    costs = office(200)
    assert max(abs(score(costs[: day + 1])) for day in range(180, 200)) < CALM


@pytest.mark.parametrize(("factor", "sign"), [(1.5, 1), (0.6, -1)])
def test_a_jump_and_a_drop_are_found_on_their_day(factor: float, sign: int) -> None:
    costs = office(200)
    costs[-1] *= factor
    assert score(costs) * sign > LOUD


def test_a_small_step_that_stays_is_found_though_none_of_its_days_is() -> None:
    costs = office(200)
    costs[-6:] *= 1.06
    reading = read(MONDAY, costs)
    assert reading is not None
    assert reading.days > 1
    assert reading.score > 3.5
    assert reading.excess == pytest.approx(costs[-reading.days :].sum() * 0.06 / 1.06, rel=0.3)


def test_a_bill_that_always_peaks_at_the_months_end_is_expected_to() -> None:
    costs = office(400)
    places = places_of_month(MONDAY, 400)
    costs[places == ORDINARY - 3] *= 1.8
    last = max(np.flatnonzero(places == ORDINARY - 3))
    assert abs(score(costs[: last + 1])) < CALM
    assert score(costs[:last] * np.append(np.ones(last - 1), 1.8)) > LOUD


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(1, 120))
@settings(max_examples=60)
def test_the_first_and_last_three_days_of_every_month_have_a_place(first: date, days: int) -> None:
    places = places_of_month(first, days)
    for index, place in enumerate(places):
        day = first + timedelta(days=index)
        left = ((day + timedelta(days=4)).replace(day=1) - day).days if day.day > 24 else 99
        wanted = day.day - 1 if day.day <= 3 else 2 + left if 1 <= left <= 3 else ORDINARY
        assert place == wanted


@given(
    st.lists(st.floats(-1e9, 1e9, allow_nan=False) | st.just(0.0), min_size=ENOUGH, max_size=120)
)
@settings(max_examples=60, deadline=None)
def test_any_costs_have_a_finite_reading(costs: list[float]) -> None:
    reading = read(MONDAY, np.array(costs))
    assert reading is not None
    assert np.isfinite([reading.score, reading.expected, reading.low, reading.high]).all()
    assert reading.low <= reading.high


NAMES = [(service, account) for service in ("ec2", "s3", "rds") for account in ("a", "b")]


def test_all_leaves_of_a_service_are_one_cause() -> None:
    expected = np.full(6, 100.0)
    actual = expected * [1.3, 1.3, 1, 1, 1, 1]
    (cause,) = causes(NAMES, actual, expected, expected * 0.05)
    assert cause.names == ("ec2", None)
    assert cause.excess == pytest.approx(60)


def test_two_causes_that_share_nothing_are_told_apart() -> None:
    expected = np.full(6, 100.0)
    actual = expected * [2.0, 1, 1, 1, 0.5, 0.5]
    found = causes(NAMES, actual, expected, expected * 0.05)
    assert {cause.names for cause in found} == {("ec2", "a"), ("rds", None)}


def test_noise_has_no_cause() -> None:
    expected = np.full(6, 100.0)
    assert causes(NAMES, expected * 1.01, expected, expected * 0.05) == []


@pytest.mark.parametrize("seed", [10, 20, 40, 50])
def test_what_one_cause_accounts_for_makes_no_second_one(seed: int) -> None:
    leaves: dict[tuple[str, ...], Array] = {
        names: office(200, seed=seed + place) for place, names in enumerate(NAMES)
    }
    leaves["ec2", "a"][-1] *= 1.5
    # By itself too little to be told of; with the jump of the same account it would be.
    leaves["s3", "a"][-1] *= 1.08
    leaves["rds", "a"][-1] *= 1.08
    assert [alarm.cause.names for alarm in watch(MONDAY, leaves)] == [("ec2", "a")]


def test_a_cause_is_news_once_and_its_end_is_not() -> None:
    leaves = {names: office(200, seed=seed) for seed, names in enumerate(NAMES)}
    for names in NAMES[:2]:
        leaves[names][180:186] *= 1.8
    told: list[Told] = []
    alerts = []
    for day in range(175, 200):
        alarms = watch(
            MONDAY, {name: costs[: day + 1] for name, costs in leaves.items()}, alarm=LOUD
        )
        today = MONDAY + timedelta(days=day)
        fresh, told = news(alarms, told, today, weights=dict.fromkeys(leaves, 1.0))
        alerts += [(day, alarm.cause.names) for alarm in fresh]
    assert alerts == [(180, ("ec2", None))]
