"""What is asked of the costs: how much, by what, of when, of which rows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Limited

from functions.cost.model.explore.conditions import Condition, conditions
from functions.cost.model.explore.fields import TEAM, Field
from functions.cost.model.rates.basis import CurrencyCode, RateBasis
from steward.errors import BadInput

DIMENSIONS: Final = 6
CURRENCY: Final = Field.parse("currency")


class Metric(StrEnum):
    """Which of the costs of a row."""

    BILLED = "billed"
    EFFECTIVE = "effective"
    LIST = "list"
    CONTRACTED = "contracted"

    @property
    def column(self) -> str:
        """The column of FOCUS."""
        return f"{self.value.capitalize()}Cost"


class Per(StrEnum):
    """The stretches of time, in UTC, that costs are added up over; weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class CostQuestion(BaseModel):
    """Cost from ``since`` on and before ``until``, by dimensions and stretches of time, of some rows.

    With a ``currency`` amounts are exchanged into it, by the rates as of an ``edition`` and by a ``basis``
    if those are given. ``priced`` takes the amount that a bill itself states in that currency, where it
    prices in another than it bills in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date
    until: date
    by: Annotated[tuple[str, ...], Limited(max_length=DIMENSIONS)] = ()
    metric: Metric = Metric.EFFECTIVE
    per: Per | None = None
    where: Annotated[tuple[str, ...], Limited(max_length=32)] = ()
    limit: Annotated[int, Limited(ge=1, le=10_000)] = 1_000
    currency: CurrencyCode | None = None
    basis: RateBasis | None = None
    edition: Annotated[int | None, Limited(ge=0)] = None
    priced: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.since >= self.until:
            raise ValueError(f"since {self.since}: is not before until {self.until}")
        if len(set(self.by)) < len(self.by):
            raise ValueError("by: a dimension is named twice")
        try:
            self._check_currency()
            self._check_team()
        except BadInput as error:
            raise ValueError(str(error)) from error
        return self

    def _check_currency(self) -> None:
        if self.currency is None and (self.basis or self.priced or self.edition is not None):
            raise BadInput(
                "basis, edition and priced: go with a currency to exchange into; name one"
            )
        if self.currency is not None and CURRENCY.name in self.by:
            raise BadInput(
                "by currency: is the one exchanged into; name BillingCurrency for the bills' own"
            )
        if self.priced and self.by_team:
            raise BadInput(
                "priced: does not go with team, whose days do not say how they are priced"
            )
        if self.priced and self.metric is not Metric.EFFECTIVE:
            raise BadInput(
                f"priced: bills state the effective cost alone in their pricing currency, not "
                f"{self.metric.value}; leave one of them out"
            )

    def _check_team(self) -> None:
        if self.by_team and not self.rolled:
            raise BadInput(
                "team: goes with provider, service, account, region, charge and currency, a day or longer; "
                "shared costs are split among teams at that grain"
            )

    def dimensions(self) -> tuple[Field, ...]:
        """What the costs are told apart by; the currency always, since two are never added up.

        Raises:
            BadInput: there is no such dimension.
        """
        asked = self.fields()
        if self.currency is not None:
            return (*asked, CURRENCY)
        return asked if any(one.column == CURRENCY.column for one in asked) else (*asked, CURRENCY)

    def fields(self) -> tuple[Field, ...]:
        """The dimensions that were asked for.

        Raises:
            BadInput: there is no such dimension.
        """
        return tuple(Field.parse(name) for name in self.by)

    @property
    def money(self) -> str:
        """The name of the dimension that says which currency an amount is in."""
        if self.currency is not None:
            return CURRENCY.name
        return next(one.name for one in self.dimensions() if one.column == CURRENCY.column)

    def conditions(self) -> tuple[Condition, ...]:
        """What a row must meet.

        Raises:
            BadInput: one cannot be read.
        """
        return conditions(self.where)

    @property
    def by_team(self) -> bool:
        """Whether it goes by teams in any way."""
        fields = self.dimensions() + tuple(one.field for one in self.conditions())
        return any(field.name == TEAM for field in fields)

    @property
    def rolled(self) -> bool:
        """Whether the daily rollups can answer it."""
        fields = self.dimensions() + tuple(one.field for one in self.conditions())
        plain = self.per is not Per.HOUR and not self.priced
        return plain and all(one.rolled is not None for one in fields)
