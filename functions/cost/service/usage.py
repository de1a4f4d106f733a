"""Usage datasets, and what one unit costs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Final

from pydantic import ValidationError

from functions.cost.model.explore.question import CostQuestion, Per
from functions.cost.model.explore.span import months_touched
from functions.cost.model.units.usage import (
    UnitCost,
    UnitCosts,
    UsageDraft,
    UsageMonth,
    usage_id,
)
from functions.cost.service.explore import Costs, Sight, explore
from steward.contracts.event import first_fault
from steward.errors import BadInput, NotFound
from steward.store.work import Entities

_FINE: Final = Context(prec=30)
_PLACES: Final = Decimal("0.000000000001")


@dataclass(frozen=True, slots=True)
class Meters:
    """The months of usage."""

    usage: Entities[UsageMonth]

    def by_team(self, dataset: str, month: str) -> dict[str, Decimal]:
        """A month's quantities by key; none when the month is not known."""
        found = self.usage.get(usage_id(dataset, month))
        return {} if found is None else found.by_key()


def keep(dataset: str, month: str, draft: UsageDraft, *, in_: Meters) -> UsageMonth:
    """Keep a dataset's month, in the place of what was known of it.

    Raises:
        BadInput: a name breaks its rule, or a day is of another month.
    """
    try:
        found = UsageMonth(**dict(draft), dataset=dataset, month=month)
    except ValidationError as error:
        raise BadInput(f"usage: {first_fault(error)}") from error
    in_.usage.put(found)
    return found


def unit_costs(
    dataset: str,
    question: CostQuestion,
    key: str | None,
    *,
    meters: Meters,
    costs: Costs,
    sight: Sight | None = None,
) -> UnitCosts:
    """What one unit cost in each period of the question; ``key`` takes one key's quantities alone.

    Raises:
        BadInput: the question is by hours.
        NotFound: the dataset has no quantities in these days.
    """
    per = question.per or Per.MONTH
    if per is Per.HOUR:
        raise BadInput("per hour: quantities are of days; take day, week or month")
    quantities, unit = _quantities(dataset, question, key, per, meters)
    asked = question.model_copy(update={"per": per, "by": (), "limit": 10_000})
    answer = explore(asked, costs=costs, sight=sight)
    lines = [
        _unit_cost(line.period or "", line.values[asked.money], line.cost, quantities)
        for line in answer.lines
    ]
    return UnitCosts(
        dataset=dataset, unit=unit, key=key, lines=tuple(lines), exchange=answer.exchange
    )


def _quantities(
    dataset: str, question: CostQuestion, key: str | None, per: Per, meters: Meters
) -> tuple[dict[str, Decimal], str]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    unit = ""
    for month in months_touched(question.since, question.until):
        known = meters.usage.get(usage_id(dataset, month))
        if known is None:
            continue
        unit = known.unit
        for day, keys in known.days.items():
            if question.since <= day < question.until:
                found[_start(day, per)] += sum(
                    (one for name, one in keys.items() if key in (None, name)), Decimal(0)
                )
    if not unit:
        raise NotFound(
            f"usage {dataset[:40]!r}: has no quantities from {question.since} to {question.until}"
        )
    return found, unit


def _unit_cost(
    period: str, currency: str, cost: Decimal, quantities: dict[str, Decimal]
) -> UnitCost:
    quantity = quantities.get(period, Decimal(0))
    each = _FINE.divide(cost, quantity).quantize(_PLACES, context=_FINE) if quantity else None
    return UnitCost(period=period, currency=currency, cost=cost, quantity=quantity, each=each)


def _start(day: date, per: Per) -> str:
    if per is Per.MONTH:
        return day.replace(day=1).isoformat()
    if per is Per.WEEK:
        return date.fromordinal(day.toordinal() - day.weekday()).isoformat()
    return day.isoformat()
