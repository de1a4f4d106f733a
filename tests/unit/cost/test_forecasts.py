"""What the forecaster of daily costs promises."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.cost.model.series.forecast import LEAST, forecast
from functions.cost.model.series.season import places_of_month

MONDAY = date(2025, 1, 6)
WEEK = np.array([1.0, 1.1, 1.1, 1.0, 0.9, 0.4, 0.3])


def test_a_bill_that_repeats_its_weeks_goes_on_repeating_them() -> None:
    costs = np.tile(100 * WEEK, 20)
    made = forecast(MONDAY, costs, 14)
    assert made.days == pytest.approx(np.tile(100 * WEEK, 2), rel=0.02)
    assert made.low <= made.total <= made.high


def test_steady_growth_is_carried_on() -> None:
    costs = 100 * np.exp(np.arange(300) * 0.004)
    made = forecast(MONDAY, costs, 30)
    actual = float(np.sum(100 * np.exp(np.arange(300, 330) * 0.004)))
    flat = 30 * float(costs[-7:].mean())
    assert abs(made.total - actual) < 0.5 * abs(flat - actual)


def test_a_fee_on_the_first_is_expected_on_the_next_first() -> None:
    costs = np.full(364, 100.0)
    places = places_of_month(MONDAY, 364 + 31)
    costs[places[:364] == 0] = 400.0
    made = forecast(MONDAY, costs, 31)
    (first,) = np.flatnonzero(places[364:] == 0)
    assert made.days[first] == pytest.approx(400, rel=0.05)
    assert np.delete(made.days, first) == pytest.approx(100, rel=0.05)


def test_one_odd_day_does_not_bend_the_forecast() -> None:
    costs = np.tile(100 * WEEK, 20)
    calm = forecast(MONDAY, costs, 30).total
    costs[-3] *= 20
    assert forecast(MONDAY, costs, 30).total == pytest.approx(calm, rel=0.1)


def test_the_interval_is_wider_the_surer_it_has_to_be() -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 200)
    costs = 100 * np.exp(noise)
    narrow, wide = (forecast(MONDAY, costs, 30, sure=sure) for sure in (0.5, 0.95))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_interval_holds_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    held = 0
    for _ in range(60):
        costs = 100 * np.exp(np.cumsum(random.normal(0, 0.01, 400)) + random.normal(0, 0.05, 400))
        made = forecast(MONDAY, costs[:370], 30)
        held += made.low <= costs[370:].sum() <= made.high
    assert 48 <= held <= 60


@pytest.mark.parametrize(("days", "ahead"), [(LEAST - 1, 30), (100, 0)])
def test_too_little_to_go_by_is_refused(days: int, ahead: int) -> None:
    with pytest.raises(ValueError, match=f"{days} days of cost, {ahead} to forecast"):
        forecast(MONDAY, np.ones(days), ahead)


@given(
    st.lists(st.floats(-1e6, 1e9) | st.just(0.0), min_size=LEAST, max_size=90), st.integers(1, 90)
)
@settings(max_examples=60, deadline=None)
def test_any_costs_have_a_finite_forecast(costs: list[float], ahead: int) -> None:
    made = forecast(MONDAY, np.array(costs), ahead)
    assert len(made.days) == ahead
    assert np.isfinite([made.total, made.low, made.high, *made.days]).all()
    assert 0 <= made.low <= made.total <= made.high
