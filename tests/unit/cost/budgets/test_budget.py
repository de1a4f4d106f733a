"""The shapes of budgets, and when they ring."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.cost.model.budgets.budget import BudgetDraft, Threshold, judged

AMOUNTS = st.decimals(0, 200, places=2)


def budget(**fields: Any) -> BudgetDraft:
    thresholds = [{"basis": "actual", "percent": 80}]
    return BudgetDraft.model_validate(
        {"name": "x", "currency": "USD", "thresholds": thresholds, **fields}
    )


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("month", date(2026, 11, 1), date(2026, 12, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_periods_are_the_calendars(period: str, start: date, end: date) -> None:
    found = budget(period=period, amount="1")
    assert (found.start(date(2026, 11, 21)), found.end(date(2026, 11, 21))) == (start, end)


def test_a_ramp_grows_from_its_first_period_up_to_its_most() -> None:
    ramp = {"since": date(2026, 1, 15), "first": 100, "growth": 10, "most": 125}
    found = budget(ramp=ramp)
    days = (
        date(2025, 12, 31),
        date(2026, 1, 1),
        date(2026, 2, 28),
        date(2026, 3, 1),
        date(2026, 4, 1),
    )
    amounts = [None, Decimal(100), Decimal(110), Decimal(121), Decimal(125)]
    assert [found.amount_on(day) for day in days] == amounts


def test_a_calendar_holds_before_the_plain_amount() -> None:
    found = budget(amount="10", calendar={"2026-12-01": "50"})
    assert [found.amount_on(date(2026, month, 9)) for month in (11, 12)] == [10, 50]
    alone = budget(calendar={"2026-12-01": "50"})
    assert alone.amount_on(date(2026, 11, 9)) is None


@given(st.lists(AMOUNTS, max_size=30))
def test_spending_that_only_grows_rings_at_most_once(amounts: list[Decimal]) -> None:
    threshold = Threshold.model_validate({"basis": "actual", "percent": 80})
    before: tuple[str, ...] = ()
    rings = 0
    for spent in sorted(amounts):
        verdict = judged((threshold,), before, amount=Decimal(100), spent=spent, forecast=None)
        rings += len(verdict.news)
        before = verdict.crossed
    assert rings == (max(amounts, default=Decimal(0)) >= 80)


@given(st.lists(st.decimals("76.01", 90, places=2), min_size=1, max_size=30))
def test_a_forecast_about_its_threshold_rings_once(values: list[Decimal]) -> None:
    threshold = Threshold.model_validate({"basis": "forecast", "percent": 80})
    before: tuple[str, ...] = ()
    rings = 0
    for value in values:
        verdict = judged(
            (threshold,), before, amount=Decimal(100), spent=Decimal(0), forecast=value
        )
        rings += len(verdict.news)
        before = verdict.crossed
    assert rings == any(value >= 80 for value in values)
