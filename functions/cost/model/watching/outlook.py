"""What costs will come to, how sure that is, and how well the same was foretold before."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.explore.answers import CostExchange, Money
from functions.cost.model.explore.exchanging import InCurrency
from functions.cost.model.explore.question import Metric
from functions.cost.model.series.forecast import LEAST, forecast
from functions.cost.model.series.season import Array

AHEAD: Final = 30
ORIGINS: Final = 8
"""Earlier days from which the record looks ahead, a stretch apart."""
SURE: Final = 0.9


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Horizon(StrEnum):
    """Up to when: the end of this month, quarter or year."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def start(self, day: date) -> date:
        """The first day of the period that a day is in."""
        months = {"month": 1, "quarter": 3, "year": 12}[self.value]
        return date(day.year, (day.month - 1) // months * months + 1, 1)

    def end(self, day: date) -> date:
        """The day after that period."""
        later = self.start(day)
        for _ in range({"month": 1, "quarter": 3, "year": 12}[self.value]):
            later = (later + timedelta(days=31)).replace(day=1)
        return later


class Plus(_Frozen):
    """A line that is to come: so much a ``daily`` from a day on; below zero it saves."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    daily: Annotated[Money, Field(max_digits=26, decimal_places=6)]
    since: date


class Scenario(_Frozen):
    """What would be different: lines added, and costs that meet all of ``without`` gone from ``since`` on."""

    plus: Annotated[tuple[Plus, ...], Field(max_length=20)] = ()
    without: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    since: date | None = None


class OutlookDraft(_Frozen):
    """Of which costs, up to when, and what would be different."""

    where: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    metric: Metric = Metric.EFFECTIVE
    horizon: Horizon = Horizon.MONTH
    scenario: Scenario = Scenario()
    exchange: InCurrency = InCurrency()


class Backtest(_Frozen):
    """How the same costs were foretold from earlier days.

    ``errors`` are of totals, as shares, and ``typical`` their median size; ``within`` is the share of the
    actual totals that the interval held.
    """

    days: int
    origins: int
    typical: float | None
    within: float | None
    errors: tuple[float, ...]


class Outlook(_Frozen):
    """A period's costs in one currency.

    ``spent`` is up to ``until``, ``total`` by the end, with 90 % between ``low`` and ``high``; ``changed``
    is what the scenario makes of it, None without one.
    """

    currency: str
    start: date
    end: date
    until: date
    spent: Money
    total: Money | None
    low: Money | None
    high: Money | None
    changed: Money | None
    reason: str | None
    backtest: Backtest | None


class Outlooks(_Frozen):
    """One outlook a currency."""

    horizon: Horizon
    items: tuple[Outlook, ...]
    exchange: CostExchange | None = None


def tested(first: date, costs: Array) -> Backtest:
    """How well totals of the coming days would have been foretold from earlier days."""
    errors: list[float] = []
    inside = 0
    for origin in range(len(costs) - AHEAD, 2 * LEAST, -AHEAD):
        actual = float(np.sum(costs[origin : origin + AHEAD]))
        if len(errors) == ORIGINS or actual <= 0:
            break
        found = forecast(first, costs[:origin], AHEAD, sure=SURE)
        errors.append(round((found.total - actual) / actual, 4))
        inside += found.low <= actual <= found.high
    return Backtest(
        days=AHEAD,
        origins=len(errors),
        typical=round(float(np.median(np.abs(errors))), 4) if errors else None,
        within=round(inside / len(errors), 4) if errors else None,
        errors=tuple(errors),
    )
