"""What costs will come to: month, quarter or year, with the record of the method, and a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from functions.cost.model.explore.answers import CostBreakdown, CostExchange
from functions.cost.model.explore.asked import question
from functions.cost.model.explore.question import Metric, Per
from functions.cost.model.series.forecast import LEAST, forecast
from functions.cost.model.series.season import Array
from functions.cost.model.watching.outlook import (
    SURE,
    Outlook,
    OutlookDraft,
    Outlooks,
    Plus,
    Scenario,
    tested,
)
from functions.cost.service.explore import Costs, Sight, explore

DAYS: Final = 400
_MOST: Final = 10_000
_CENT: Final = Decimal("0.01")
_WIDE: Final = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Daily:
    """The costs of each day in one currency from ``first`` on, as they are and as numbers to reckon with."""

    first: date
    exact: tuple[Decimal, ...]

    @property
    def until(self) -> date:
        """The day after the last."""
        return self.first + timedelta(days=len(self.exact))

    @property
    def costs(self) -> Array:
        """The costs as numbers."""
        return np.array([float(one) for one in self.exact])

    def since(self, day: date) -> Decimal:
        """What the days from ``day`` on cost."""
        total = Decimal(0)
        for one in self.exact[max(0, (day - self.first).days) :]:
            total = _WIDE.add(total, one)
        return total


class Gone(NamedTuple):
    """The costs of the days gone by, by currency, and how they came into it if they were exchanged."""

    by_currency: dict[str, Daily]
    exchange: CostExchange | None


def series(
    where: tuple[str, ...],
    metric: Metric,
    *,
    costs: Costs,
    now: datetime,
    sight: Sight | None = None,
    money: Mapping[str, object] = MappingProxyType({}),
) -> Gone:
    """The daily costs up to the last whole day that was billed; ``money`` says which currency, and how.

    Raises:
        BadInput: a condition cannot be read.
    """
    today = now.date()
    asked = question(
        since=today - timedelta(days=DAYS),
        until=today,
        where=where,
        metric=metric,
        per=Per.DAY,
        limit=_MOST,
        **money,
    )
    answer = explore(asked, costs=costs, sight=sight)
    return Gone(_by_currency(answer), answer.exchange)


def foretell(
    draft: OutlookDraft,
    *,
    costs: Costs,
    now: datetime,
    sight: Sight | None = None,
    reporting: str | None = None,
) -> Outlooks:
    """What the costs will come to, in each currency, or in the one that is asked for or reported in.

    Raises:
        BadInput: a condition cannot be read.
    """
    money = draft.exchange.asked(reporting)
    found = series(draft.where, draft.metric, costs=costs, now=now, sight=sight, money=money)
    gone: Mapping[str, Daily] = {}
    if draft.scenario.without:
        both = (*draft.where, *draft.scenario.without)
        gone = series(both, draft.metric, costs=costs, now=now, sight=sight, money=money)[0]
    items = (
        _outlook(draft, currency, daily, gone.get(currency))
        for currency, daily in found.by_currency.items()
    )
    return Outlooks(horizon=draft.horizon, items=tuple(items), exchange=found.exchange)


def _by_currency(answer: CostBreakdown) -> dict[str, Daily]:
    days: dict[str, dict[date, Decimal]] = {}
    for line in answer.lines:
        day = date.fromisoformat(line.period or "")
        days.setdefault(line.values["currency"], {})[day] = line.cost
    # One source's last day must not end another's: all series end together.
    last = max((day for found in days.values() for day in found), default=None)
    return {} if last is None else {one: _daily(found, last) for one, found in days.items()}


def _daily(days: Mapping[date, Decimal], last: date) -> Daily:
    first = min(days)
    size = (last - first).days + 1
    exact = tuple(days.get(first + timedelta(days=place), Decimal(0)) for place in range(size))
    return Daily(first, exact)


def _outlook(draft: OutlookDraft, currency: str, daily: Daily, gone: Daily | None) -> Outlook:
    day = daily.until - timedelta(days=1)
    start, end = draft.horizon.start(day), draft.horizon.end(day)
    spent, left = daily.since(start), (end - daily.until).days
    plain = Outlook(
        currency=currency,
        start=start,
        end=end,
        until=daily.until,
        spent=spent,
        total=None,
        low=None,
        high=None,
        changed=None,
        reason=None,
        backtest=None,
    )
    if len(daily.exact) < LEAST:
        return plain.model_copy(
            update={"reason": f"{len(daily.exact)} days of cost; a forecast takes {LEAST}"}
        )
    costs = daily.costs
    coming, low, high = _coming(daily.first, costs, left)
    total = _WIDE.add(spent, _money(coming))
    update: dict[str, object] = {
        "total": total,
        "low": _WIDE.add(spent, _money(low)),
        "high": _WIDE.add(spent, _money(high)),
        "backtest": tested(daily.first, costs),
    }
    if draft.scenario != Scenario():
        moved = _moved(draft.scenario, gone, daily.until, end)
        update["changed"] = _WIDE.add(total, moved)
    return plain.model_copy(update=update)


def _coming(first: date, costs: Array, days: int) -> tuple[float, float, float]:
    if days < 1:
        return 0.0, 0.0, 0.0
    found = forecast(first, costs, days, sure=SURE)
    return found.total, found.low, found.high


def _moved(scenario: Scenario, gone: Daily | None, until: date, end: date) -> Decimal:
    """What a scenario adds to the days from ``until`` on and before ``end``."""
    total = sum((_added(one, until, end) for one in scenario.plus), Decimal(0))
    if gone is None:
        return total
    since = max(scenario.since or until, until)
    return total - _money(_saved(gone, since, until, end))


def _added(plus: Plus, until: date, end: date) -> Decimal:
    return plus.daily * max(0, (end - max(plus.since, until)).days)


def _saved(gone: Daily, since: date, until: date, end: date) -> float:
    days = (end - gone.until).days
    if days < 1 or since >= end:
        return 0.0
    if len(gone.exact) < LEAST:
        return float(np.mean(gone.costs[-LEAST:])) * (end - since).days
    coming = forecast(gone.first, gone.costs, days, sure=SURE).days
    # What went missing before the whole's last day is over and done.
    return float(np.sum(coming[max(0, (max(since, until) - gone.until).days) :]))


def _money(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_CENT)
