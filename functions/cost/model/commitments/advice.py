"""What to buy, in money: coverage, utilisation, and how far usage may shrink before it costs more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Final

import numpy as np

from functions.cost.model.commitments.buying import choose, cost, market
from functions.cost.model.commitments.covering import cover
from functions.cost.model.commitments.offers import (
    HOURS_OF_MONTH,
    History,
    Market,
    Offer,
    Risk,
)

HORIZON: Final = timedelta(days=365)
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Purchase:
    """One offer to buy, ``hourly`` currency an hour in ``steps`` of its own; the sums are of a month.

    ``utilisation`` is the share of it that would have been used; it costs more than it saves once what it
    covers shrinks to less than ``break_even`` of what it was.
    """

    offer: Offer
    hourly: float
    steps: int
    pays: float
    covers: float
    utilisation: float
    break_even: float

    @property
    def saving(self) -> float:
        """What a month would cost less."""
        return self.covers - self.pays


@dataclass(frozen=True, slots=True)
class BuyingPlan:
    """What to buy for the usage that nothing covers; ``coverage`` is the share of it covered then.

    A month costs ``before`` without, ``after`` with it; no purchase is cheaper by more than ``gap`` of that.
    """

    purchases: tuple[Purchase, ...]
    before: float
    after: float
    coverage: float
    gap: float


def applying(offers: Sequence[Offer], pools: Sequence[str]) -> list[Offer]:
    """The offers that apply to any pool, each pool with the rate of the narrowest pattern that fits it."""
    found = []
    for offer in offers:
        rates: dict[str, Decimal] = {}
        for pattern in sorted(offer.rates, key=lambda one: (one.count("*"), -len(one))):
            for pool in pools:
                if fnmatchcase(pool, pattern):
                    rates.setdefault(pool, offer.rates[pattern])
        if rates:
            found.append(replace(offer, rates=rates))
    return found


def advised(history: History, offers: Sequence[Offer], risk: Risk, *, now: datetime) -> BuyingPlan:
    """What to buy for the hours as they were."""
    known = applying(offers, history.pools)
    on = market(history, known, now=now, horizon=HORIZON, risk=risk)
    choice = choose(on, risk)
    covered = cover(on.spend, on.rates, choice.commits)
    whole = float(on.spend.sum(axis=0) @ on.weights)
    left = float(covered.left.sum(axis=0) @ on.weights)
    purchases = [
        _purchase(on, one, float(choice.commits[one]), covered.by[one], covered.unused[one])
        for one in range(len(known))
        if choice.commits[one] > _NOTHING
    ]
    return BuyingPlan(
        purchases=tuple(sorted(purchases, key=lambda one: -one.saving)),
        before=whole * HOURS_OF_MONTH,
        after=cost(on, choice.commits) * HOURS_OF_MONTH,
        coverage=0.0 if whole <= 0 else 1 - left / whole,
        gap=choice.gap,
    )


def _purchase(
    on: Market, number: int, commit: float, by: np.ndarray, unused: np.ndarray
) -> Purchase:
    offer = on.offers[number]
    covers = float(by.sum(axis=0) @ on.weights)
    pays = commit * float(on.fees[number])
    return Purchase(
        offer=offer,
        hourly=commit,
        steps=round(commit / float(offer.step)),
        pays=pays * HOURS_OF_MONTH,
        covers=covers * HOURS_OF_MONTH,
        utilisation=1 - float(unused @ on.weights) / commit,
        break_even=pays / covers if covers > 0 else 1.0,
    )
