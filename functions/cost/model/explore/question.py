"""What is asked of the costs: how much, by what, of when, of which rows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Limited

from functions.cost.model.explore.conditions import Condition, conditions
from functions.cost.model.explore.fields import TEAM, Field
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
    """Cost from ``since`` on and before ``until``, by dimensions and stretches of time, of some rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date
    until: date
    by: Annotated[tuple[str, ...], Limited(max_length=DIMENSIONS)] = ()
    metric: Metric = Metric.EFFECTIVE
    per: Per | None = None
    where: Annotated[tuple[str, ...], Limited(max_length=32)] = ()
    limit: Annotated[int, Limited(ge=1, le=10_000)] = 1_000

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.since >= self.until:
            raise ValueError(f"since {self.since}: is not before until {self.until}")
        if len(set(self.by)) < len(self.by):
            raise ValueError("by: a dimension is named twice")
        try:
            self._check_team()
        except BadInput as error:
            raise ValueError(str(error)) from error
        return self

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
        asked = tuple(Field.parse(name) for name in self.by)
        return asked if any(one.column == CURRENCY.column for one in asked) else (*asked, CURRENCY)

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
        return self.per is not Per.HOUR and all(one.rolled is not None for one in fields)
