"""The purchase that costs least: cutting planes over hours as they were, then whole units.

What an amount of commitments costs is a bowl with flat sides (each hour is a small linear program), so
tangents bound it from below. The search stops when the best purchase found is as good as the bound, which
is told as ``gap``: nothing can be cheaper by more. Source: Kelley, "The cutting-plane method for solving
convex programs" (1960).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from functions.cost.model.commitments.covering import cover, worth
from functions.cost.model.commitments.linear import Low, Tangents
from functions.cost.model.commitments.offers import (
    HOURS_OF_YEAR,
    Array,
    Held,
    History,
    Market,
    Offer,
    Risk,
    rates_of,
)

CLOSE: Final = 2e-4
ROUNDS: Final = 400
COARSE: Final = 1e-4
"""Steps that are a smaller share of all usage than this need no search."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Currency an hour to commit to for each offer; nothing is cheaper by more than ``gap`` of all cost."""

    commits: Array
    gap: float


def market(
    history: History,
    offers: Sequence[Offer],
    held: Sequence[Held] = (),
    *,
    now: datetime,
    horizon: timedelta,
    risk: Risk,
) -> Market:
    """What is left to cover over a horizon, held commitments applied as long as each of them lasts."""
    usage = history.spend * (1.0 - float(risk.decline))
    ends = sorted({min(one.ends, now + horizon) for one in held if one.ends > now})
    edges = [now, *ends, *(() if ends and ends[-1] == now + horizon else (now + horizon,))]
    parts, weights = [], []
    for begin, end in pairwise(edges):
        active = [one for one in held if one.ends > begin]
        rates = rates_of([one.rates for one in active], history.pools)
        commits = np.array([float(one.hourly) for one in active], dtype=np.float64)
        parts.append(cover(usage, rates, commits).left)
        hours = usage.shape[1]
        weights.append(np.full(hours, (end - begin) / horizon / hours))
    spend, counted = np.concatenate(parts, axis=1), np.concatenate(weights)
    return Market(history.pools, spend, counted, tuple(offers)).priced(risk.capital)


def cost(on: Market, commits: Array) -> float:
    """What an average hour costs with these commitments."""
    covered = cover(on.spend, on.rates, commits)
    return float(on.fees @ commits + covered.left.sum(axis=0) @ on.weights)


def choose(on: Market, risk: Risk) -> Choice:
    """The commitments with which an average hour costs least, within the risk."""
    whole = float(on.spend.sum(axis=0) @ on.weights)
    if whole <= 0 or not on.offers:
        return Choice(np.zeros(len(on.offers)), 0.0)
    bowl = _Bowl(on, *_limits(on, risk), whole)
    found = bowl.lowest({})
    commits = _whole_steps(bowl, found.at)
    return Choice(commits, max(0.0, (cost(on, commits) - found.bound) / whole))


@dataclass(frozen=True, slots=True)
class _Bowl:
    """What an average hour costs, by how much is committed to, within ``rows . commits <= most``."""

    on: Market
    rows: Array
    most: Array
    whole: float

    def allows(self, commits: Array) -> bool:
        """Whether the limits hold."""
        return bool(np.all(self.rows @ commits <= self.most + 1e-7 * self.whole))

    def lowest(self, fixed: Mapping[int, float]) -> Low:
        """The cheapest commitments, some of them given, and what nothing can be cheaper than."""
        at = np.zeros(len(self.on.offers))
        for one, commit in fixed.items():
            at[one] = commit
        free = [one for one in range(len(at)) if one not in fixed]
        most = np.maximum(self.most - self.rows @ at, 0.0)
        rows = self.rows[:, free]
        box = np.array([_box(rows[:, one], most) for one in range(len(free))])
        tangents = Tangents(rows, most / self.whole, box / self.whole)
        best, lowest, bound = at, np.inf, 0.0
        for _ in range(ROUNDS):
            value, base, slope = self._tangent(at)
            if value < lowest:
                best, lowest = at, value
            given = sum(slope[one] * commit for one, commit in fixed.items())
            tangents.add((base + given) / self.whole, slope[free])
            low = tangents.lowest()
            bound = max(bound, low.bound * self.whole)
            if lowest - bound <= CLOSE * self.whole:
                break
            at = at.copy()
            at[free] = low.at * self.whole
        return Low(bound, best)

    def _tangent(self, at: Array) -> tuple[float, float, Array]:
        """The cost there, and a plane that is nowhere above the bowl: its height at zero and its slope."""
        on = self.on
        covered = cover(on.spend, on.rates, at)
        offers, pools = worth(covered, on.rates)
        slope = on.fees - offers @ on.weights
        base = float(((1.0 - pools) * on.spend).sum(axis=0) @ on.weights)
        value = float(on.fees @ at + covered.left.sum(axis=0) @ on.weights)
        return value, base, slope


def _box(column: Array, most: Array) -> float:
    bounds = most[column > 0] / column[column > 0]
    return float(bounds.min(initial=np.inf)) + 1e-9


def _limits(on: Market, risk: Risk) -> tuple[Array, Array]:
    """Together, what applies within a scope stays below what the scope uses in a quiet hour."""
    rows, most = [], []
    least = np.where(on.rates > 0, on.rates, np.inf).min(axis=1)
    for scope in {tuple(bool(one) for one in rates > 0) for rates in on.rates}:
        inside = [not np.any((rates > 0) & ~np.array(scope)) for rates in on.rates]
        rows.append(np.where(inside, 1.0 / least, 0.0))
        most.append(_quiet(on.spend[list(scope)].sum(axis=0), on.weights, float(risk.quiet)))
    if risk.upfront is not None:
        due = [float(one.upfront * one.years * HOURS_OF_YEAR) for one in on.offers]
        rows.append(np.array(due))
        most.append(float(risk.upfront))
    return np.array(rows), np.array(most)


def _quiet(usage: Array, weights: Array, share: float) -> float:
    """The usage that all hours but this share of them reach."""
    order = np.argsort(usage, kind="stable")
    passed = np.cumsum(weights[order])
    place = int(np.searchsorted(passed, share * passed[-1] * (1 + 1e-12), side="right"))
    return float(usage[order[min(place, len(order) - 1)]])


def _whole_steps(bowl: _Bowl, at: Array) -> Array:
    """Whole steps: the coarse offers rounded one after the other, the others chosen anew each time."""
    steps = np.array([float(one.step) for one in bowl.on.offers])
    coarse = [one for one in np.argsort(-steps) if steps[one] > COARSE * bowl.whole]
    fixed: dict[int, float] = {}
    for one in coarse:
        count = np.floor(at[one] / steps[one] + 1e-9)
        given = [{**fixed, int(one): float(up * steps[one])} for up in (count, count + 1)]
        tries = [bowl.lowest(each).at for each in given]
        at = min(filter(bowl.allows, tries), key=lambda each: cost(bowl.on, each))
        fixed[int(one)] = float(at[one])
    search = _Search(bowl, steps)
    search.consider(np.floor(at / steps + 1e-9))
    search.climb([int(one) for one in coarse])
    commits: Array = search.counts * steps
    return commits


class _Search:
    """The best whole numbers of steps seen so far."""

    def __init__(self, bowl: _Bowl, steps: Array) -> None:
        self._bowl, self._steps = bowl, steps
        self.counts: Array = np.zeros(len(steps))
        self._cost = cost(bowl.on, self.counts)

    def consider(self, counts: Array) -> bool:
        """Take these numbers if they are allowed and better."""
        commits = counts * self._steps
        if counts.min(initial=0.0) < 0 or not self._bowl.allows(commits):
            return False
        price = cost(self._bowl.on, commits)
        if price >= self._cost - 1e-12:
            return False
        self.counts, self._cost = counts, price
        return True

    def climb(self, coarse: Sequence[int]) -> None:
        """Move by one step, or one up and another down, as long as that helps."""
        singles = [{one: way} for one in coarse for way in (1.0, -1.0)]
        pairs = [{a: 1.0, b: -1.0} for a in coarse for b in coarse if a != b]
        while any(self.consider(_moved(self.counts, move)) for move in (*singles, *pairs)):
            pass


def _moved(counts: Array, by: dict[int, float]) -> Array:
    moved = counts.copy()
    for one, way in by.items():
        moved[one] += way
    return moved
