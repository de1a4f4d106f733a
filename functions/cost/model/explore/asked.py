"""A question that is asked again on later days: its days may be counted back from today."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic import Field as Limited

from functions.cost.model.explore.exchanging import InCurrency
from functions.cost.model.explore.question import DIMENSIONS, CostQuestion, Metric, Per
from functions.cost.model.explore.span import DEFAULT, span
from functions.cost.model.rates.basis import CurrencyCode, RateBasis
from steward.contracts.event import first_fault
from steward.errors import BadInput

_MONEY: Final = tuple(InCurrency.model_fields)
_ANY_DAY = date(2026, 1, 1)


class Asked(BaseModel):
    """Which costs are meant: `CostQuestion`, with ``last`` (as 30d, 6w, 12m) in the place of its days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Annotated[tuple[str, ...], Limited(max_length=DIMENSIONS)] = ()
    metric: Metric = Metric.EFFECTIVE
    per: Per | None = None
    where: Annotated[tuple[str, ...], Limited(max_length=32)] = ()
    limit: Annotated[int, Limited(ge=1, le=10_000)] = 1_000
    last: str | None = None
    since: date | None = None
    until: date | None = None
    currency: CurrencyCode | Literal["own"] | None = None
    basis: RateBasis | None = None
    edition: Annotated[int | None, Limited(ge=0)] = None
    priced: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            self.on(_ANY_DAY if self.since is None else self.since)
        except BadInput as error:
            raise ValueError(str(error)) from error
        return self

    def on(self, today: date, *, reporting: str | None = None) -> CostQuestion:
        """The question as it is on a day, in the currency reported in where it names none.

        Raises:
            BadInput: it has no answer.
        """
        days = span(self.since, self.until, self.last or self._usual(), today=today)
        fields = self.model_dump(exclude={"last", "since", "until", *_MONEY})
        wishes = InCurrency.model_validate(self.model_dump(include=set(_MONEY)))
        money = wishes.asked(reporting)
        return question(**fields, **money, since=days.since, until=days.until)

    def _usual(self) -> str | None:
        return DEFAULT if self.since is None and self.until is None else None


def question(**fields: object) -> CostQuestion:
    """The question.

    Raises:
        BadInput: the first thing that is wrong with it.
    """
    try:
        return CostQuestion.model_validate(fields)
    except ValidationError as error:
        raise BadInput(f"question: {first_fault(error)}") from error
