"""Budgets: kept, looked at as they stand, and told of once for each crossing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from functions.cost.model.budgets.budget import (
    Budget,
    BudgetDraft,
    BudgetStanding,
    Crossed,
    Threshold,
    Verdict,
    judged,
)
from functions.cost.model.explore.answers import CostBreakdown
from functions.cost.model.explore.asked import question
from functions.cost.model.series.forecast import LEAST, forecast
from functions.cost.service.explore import Costs, Sight, explore
from functions.cost.service.outlook import Daily, series
from steward.contracts.cost import BudgetCrossed
from steward.contracts.event import Event
from steward.store.collection import every
from steward.store.work import Entities

_PAGE: Final = 200
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Purse:
    """The budgets, what was crossed, the costs, who asks, and when."""

    budgets: Entities[Budget]
    crossed: Entities[Crossed]
    costs: Costs
    publish: Callable[[Event], None]
    new_id: Callable[[], str]
    actor: str
    now: datetime


def save(draft: BudgetDraft, *, in_: Purse, id_: str | None = None) -> Budget:
    """Keep a budget, in the place of the one of that id if one is given; it is judged anew.

    Raises:
        NotFound: there is no budget of that id.
    """
    kept = in_.new_id() if id_ is None else in_.budgets.require(id_).id
    budget = Budget(**dict(draft), id=kept, saved_by=in_.actor, saved_at=in_.now)
    in_.budgets.put(budget)
    return budget


def remove(id_: str, *, in_: Purse) -> None:
    """Keep a budget no more.

    Raises:
        NotFound: there is no budget of that id.
    """
    in_.budgets.delete(in_.budgets.require(id_).id)
    if in_.crossed.get(id_) is not None:
        in_.crossed.delete(id_)


def standing(budget: Budget, *, in_: Purse, sight: Sight | None = None) -> BudgetStanding:
    """Where a budget stands today."""
    found = series(
        budget.where,
        budget.metric,
        costs=in_.costs,
        now=in_.now,
        sight=sight,
        money=budget.exchanged(),
    )
    today = in_.now.date()
    # On a period's first days its bill has not begun: it is today's period all the same.
    start, end = budget.start(today), budget.end(today)
    daily = found.by_currency.get(budget.currency)
    answer = _costs(budget, start, today + timedelta(days=1), in_=in_, sight=sight)
    spent = answer.totals.get(budget.currency, Decimal(0))
    total, low, high = _by_the_end(daily, start, end, spent)
    known = in_.crossed.get(budget.id)
    return BudgetStanding(
        budget_id=budget.id,
        start=start,
        end=end,
        until=today if daily is None else daily.until,
        amount=budget.amount_on(today),
        spent=spent,
        forecast=total,
        low=low,
        high=high,
        crossed=known.thresholds if known is not None and known.start == start else (),
        exchange=answer.exchange,
    )


def check(*, in_: Purse) -> int:
    """Judge all budgets; how many crossings were told of."""
    return sum(_check(budget, in_=in_) for budget in _all(in_))


def _check(budget: Budget, *, in_: Purse) -> int:
    found = standing(budget, in_=in_)
    if found.amount is None:
        return 0
    verdict = judged(
        budget.thresholds,
        found.crossed,
        amount=found.amount,
        spent=found.spent,
        forecast=found.forecast,
    )
    _remember(budget, found.start, verdict, in_=in_)
    for one in verdict.news:
        in_.publish(_event(budget, found, one))
    return len(verdict.news)


def _remember(budget: Budget, start: date, verdict: Verdict, *, in_: Purse) -> None:
    after = Crossed(id=budget.id, start=start, thresholds=verdict.crossed)
    before = in_.crossed.get(budget.id)
    if after != before and (before is not None or verdict.crossed):
        in_.crossed.put(after)


def _event(budget: Budget, found: BudgetStanding, one: Threshold) -> BudgetCrossed:
    return BudgetCrossed(
        budget_id=budget.id,
        name=budget.name,
        start=found.start,
        end=found.end,
        basis=one.basis.value,
        percent=one.percent,
        amount=found.amount or Decimal(0),
        spent=found.spent,
        forecast=found.forecast,
        currency=budget.currency,
    )


def _all(purse: Purse) -> Iterator[Budget]:
    return every(lambda after: purse.budgets.list(after=after, limit=_PAGE))


def _costs(
    budget: Budget, start: date, until: date, *, in_: Purse, sight: Sight | None
) -> CostBreakdown:
    asked = question(
        since=start, until=until, where=budget.where, metric=budget.metric, **budget.exchanged()
    )
    return explore(asked, costs=in_.costs, sight=sight)


def _by_the_end(
    daily: Daily | None, start: date, end: date, spent: Decimal
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    if daily is None or len(daily.exact) < LEAST:
        return None, None, None
    # Days of the period before are foretold as well where the bill is not that far, and not counted.
    days = (end - daily.until).days
    if days < 1:
        return spent, spent, spent
    found = forecast(daily.first, daily.costs, days)
    early = max(0, (start - daily.until).days)
    coming = float(found.days[early:].sum())
    base = daily.since(start) if daily.until > start else Decimal(0)
    low, high = (
        coming * edge / found.total if found.total else 0.0 for edge in (found.low, found.high)
    )
    total, least, most = (base + _money(one) for one in (coming, low, high))
    return total, least, most


def _money(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_CENT)
