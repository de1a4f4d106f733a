"""How much may be spent, of which costs, in which periods, and when somebody is to hear of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from functions.cost.model.explore.answers import CostExchange, Money
from functions.cost.model.explore.conditions import conditions
from functions.cost.model.explore.fields import TEAM
from functions.cost.model.explore.question import Metric
from functions.cost.model.rates.basis import CurrencyCode, RateBasis
from steward.errors import BadInput
from steward.store.collection import Collection

_EXACT: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)
_PLACES: Final = Decimal("0.000001")
Amount = Annotated[Decimal, Field(gt=0, max_digits=26, decimal_places=6)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BudgetPeriod(StrEnum):
    """How long a budget's periods are; they begin with the calendar's."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """How many months it has."""
        return {"month": 1, "quarter": 3, "year": 12}[self.value]


class ThresholdBasis(StrEnum):
    """What a threshold looks at: what was spent, or what it will come to by the period's end."""

    ACTUAL = "actual"
    FORECAST = "forecast"


class Threshold(_Frozen):
    """A share of the budget, in percent, from which somebody is told."""

    basis: ThresholdBasis
    percent: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2)]

    @property
    def name(self) -> str:
        """ThresholdBasis and percent in one."""
        return f"{self.basis.value}/{self.percent.normalize():f}"


class Ramp(_Frozen):
    """``first`` in the period of ``since``, ``growth`` percent more or less each period, up to ``most``."""

    since: date
    first: Amount
    growth: Annotated[Decimal, Field(ge=-50, le=100, decimal_places=4)]
    most: Amount | None = None

    def at(self, steps: int) -> Decimal:
        """The amount so many periods after the first."""
        factor = _EXACT.power(1 + self.growth / 100, max(0, steps))
        amount = _EXACT.multiply(self.first, factor).quantize(_PLACES, context=_EXACT)
        return amount if self.most is None else min(amount, self.most)


class BudgetDraft(_Frozen):
    """A budget over the costs that meet ``where``, in one currency.

    Costs in other currencies do not count, unless they are to be exchanged by a ``basis`` of the rates.
    Its amount is the same each period (``amount``), a ``ramp``, or a ``calendar``'s, by the first day of
    its periods; where the calendar has none, ``amount`` holds if there is one.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    where: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    metric: Metric = Metric.EFFECTIVE
    currency: CurrencyCode
    basis: RateBasis | None = None
    period: BudgetPeriod = BudgetPeriod.MONTH
    amount: Amount | None = None
    ramp: Ramp | None = None
    calendar: Annotated[dict[date, Amount], Field(max_length=120)] = {}
    thresholds: Annotated[tuple[Threshold, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.ramp is not None and (self.calendar or self.amount is not None):
            raise ValueError("ramp: goes without amount and calendar; keep one shape")
        if self.ramp is None and self.amount is None and not self.calendar:
            raise ValueError("amount: give one, or a ramp, or a calendar")
        stray = next((day for day in self.calendar if self.start(day) != day), None)
        if stray is not None:
            raise ValueError(f"calendar: {stray} begins no {self.period.value}")
        names = [one.name for one in self.thresholds]
        if len(set(names)) < len(names):
            raise ValueError("thresholds: one is there twice")
        try:
            fields = [one.field for one in conditions(self.where)]
        except BadInput as error:
            raise ValueError(str(error)) from error
        if any(one.name == TEAM for one in fields) and any(one.rolled is None for one in fields):
            raise ValueError(
                "where: team goes with provider, service, account, region and charge alone"
            )
        return self

    def start(self, day: date) -> date:
        """The first day of the period that a day is in."""
        months = self.period.months
        return date(day.year, (day.month - 1) // months * months + 1, 1)

    def end(self, day: date) -> date:
        """The day after the period that a day is in."""
        return _after(self.start(day), self.period.months)

    def exchanged(self) -> dict[str, object]:
        """How a question about its costs exchanges them; nothing where others do not count."""
        return {} if self.basis is None else {"currency": self.currency, "basis": self.basis}

    def amount_on(self, day: date) -> Decimal | None:
        """What may be spent in the period of a day; None when the budget says nothing of it."""
        start = self.start(day)
        if self.ramp is not None:
            first = self.start(self.ramp.since)
            apart = (start.year - first.year) * 12 + start.month - first.month
            return None if apart < 0 else self.ramp.at(apart // self.period.months)
        return self.calendar.get(start, self.amount)


class Budget(BudgetDraft):
    """A budget that is kept; ``saved_by`` is who wrote it last."""

    id: str
    saved_by: str
    saved_at: AwareDatetime


class BudgetStanding(_Frozen):
    """Where a budget stands: what was spent up to ``until``, and what the period will come to."""

    budget_id: str
    start: date
    end: date
    until: date
    amount: Money | None
    spent: Money
    forecast: Money | None
    low: Money | None
    high: Money | None
    crossed: tuple[str, ...]
    exchange: CostExchange | None = None


class Crossed(_Frozen):
    """The thresholds of a budget that are crossed in the period from ``start`` on: told of, once."""

    id: str
    start: date
    thresholds: tuple[str, ...]


class Verdict(NamedTuple):
    """Which thresholds are crossed now, and which of them are news."""

    crossed: tuple[str, ...]
    news: tuple[Threshold, ...]


STEADY: Final = Decimal("0.95")
"""How far below its threshold a value must fall until a crossing would be another one."""


def judged(
    thresholds: tuple[Threshold, ...],
    before: tuple[str, ...],
    *,
    amount: Decimal,
    spent: Decimal,
    forecast: Decimal | None,
) -> Verdict:
    """What is crossed, once for each crossing: a value about its threshold crosses it no second time."""
    values = {ThresholdBasis.ACTUAL: spent, ThresholdBasis.FORECAST: forecast}
    crossed: list[str] = []
    news: list[Threshold] = []
    for one in thresholds:
        value, limit, known = values[one.basis], amount * one.percent / 100, one.name in before
        if value is None:
            crossed += [one.name] if known else []
        elif value >= limit:
            crossed.append(one.name)
            news += [] if known else [one]
        elif known and value >= limit * STEADY:
            crossed.append(one.name)
    return Verdict(tuple(crossed), tuple(news))


def _after(start: date, months: int) -> date:
    later = start
    for _ in range(months):
        later = (later + timedelta(days=31)).replace(day=1)
    return later


BUDGETS: Collection[Budget] = Collection("budgets", Budget, id=lambda one: one.id)
CROSSED: Collection[Crossed] = Collection(
    "crossed",
    Crossed,
    id=lambda one: one.id,
    # Of each crossing there is an event.
    audit="digest",
)
