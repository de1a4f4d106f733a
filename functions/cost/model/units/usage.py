"""Usage that costs are divided by or shared by: requests, tenants, builds, of each day and key."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.cost.model.allocation.trial import MonthName
from functions.cost.model.explore.answers import CostExchange, Money
from steward.store.collection import Collection, Index

ENTRIES: Final = 4_000
"""Quantities of one month: its item stays below what every store takes."""
DatasetName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Quantity = Annotated[Decimal, Field(ge=0, max_digits=30, decimal_places=9)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UsageDraft(_Frozen):
    """A month's quantities by day, and within a day by key: a team, a tenant, an endpoint; "" for all."""

    unit: Annotated[str, Field(min_length=1, max_length=40)]
    days: dict[date, dict[Annotated[str, Field(max_length=100)], Quantity]]

    @model_validator(mode="after")
    def _check(self) -> Self:
        entries = sum(map(len, self.days.values()))
        if entries > ENTRIES:
            raise ValueError(
                f"days: {entries} quantities; at most {ENTRIES} a month, so use fewer keys"
            )
        return self


class UsageMonth(UsageDraft):
    """The quantities of a dataset in a month."""

    dataset: DatasetName
    month: MonthName

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        stray = next((day for day in self.days if f"{day:%Y-%m}" != self.month), None)
        if stray is not None:
            raise ValueError(f"days: {stray} is not in {self.month}")
        return self

    @property
    def id(self) -> str:
        """Dataset and month in one."""
        return usage_id(self.dataset, self.month)

    def by_key(self) -> dict[str, Decimal]:
        """The month's quantity of each key."""
        found: dict[str, Decimal] = {}
        for quantities in self.days.values():
            for key, quantity in quantities.items():
                found[key] = found.get(key, Decimal(0)) + quantity
        return found


USAGE: Collection[UsageMonth] = Collection(
    "usage",
    UsageMonth,
    id=lambda one: one.id,
    indexes=(Index("by_dataset", lambda one: one.dataset, lambda one: one.month),),
    audit="digest",
)


class UnitCost(_Frozen):
    """What one unit cost in a period; None where nothing was used."""

    period: str
    currency: str
    cost: Money
    quantity: Money
    each: Money | None


class UnitCosts(_Frozen):
    """Costs divided by the quantities of a dataset, period by period.

    ``exchange`` says by which rates they came into another currency; None where they did not.
    """

    dataset: str
    unit: str
    key: str | None
    lines: tuple[UnitCost, ...]
    exchange: CostExchange | None = None


def usage_id(dataset: str, month: str) -> str:
    """The id of a dataset's month."""
    return f"{dataset}/{month}"
