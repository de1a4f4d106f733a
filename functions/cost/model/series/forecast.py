"""What a daily cost will come to: one level with a damped trend, smoothed at many paces at once.

No single pace suits every bill: steady growth wants a slow one, a bill that jumps a quick one. So what is
left after weekdays and turns of the month is smoothed at a grid of paces side by side, each forecasts the
mean of the coming days from every earlier day, and the paces are mixed by how well they did at just that.
What the mixture got wrong on those earlier days gives the interval. Source of the damped trend: Gardner
and McKenzie, "Forecasting Trends in Time Series" (Management Science 31, 1985).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Final, TypeAlias

import numpy as np

from functions.cost.model.series.season import (
    TRIVIAL,
    WEEK,
    Array,
    Places,
    learned,
    offset_of,
    places_of_month,
    spread,
)

REMEMBERED = 400
"""Days that teach the season."""
SMOOTHED = 364
"""Days that are smoothed: a year of stretches makes the record."""
LEAST = 2 * WEEK
"""Days without which there is nothing to go by."""
LEARNING = 28
"""Days before the first forecast that counts in the record."""
FAR = 30
"""Days ahead beyond which the record is not asked: a year has too few such stretches."""
STRIDE = 2
FADING = 0.99
"""What a day of age takes from the weight of an earlier forecast."""
SHARPNESS = 12.0
"""How strongly the paces with smaller errors are preferred."""
ENOUGH = 0.5
"""An error in logarithms beyond which being more wrong does not count."""
CALM = 2.0
OPTIMISM = 1.25
"""How much wider than its record an interval is: the record chose the paces, and its stretches overlap."""
UNTRIED = 0.25
"""The error in logarithms that is assumed where there is no record."""
Grid: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
PACES: Final = np.array(
    list(product((0.03, 0.06, 0.12, 0.25, 0.5), (0.0, 0.002, 0.006, 0.02), (0.9, 0.97)))
)
"""Smoothing of the level, of the trend, and the trend's damping per day."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The costs of the coming days, what they come to, and between what with the asked probability."""

    days: Array
    total: float
    low: float
    high: float


def forecast(first: date, costs: Array, days: int, *, sure: float = 0.9) -> Forecast:
    """The coming ``days`` after daily ``costs`` that begin on ``first``; credits count as no cost.

    Raises:
        ValueError: fewer than two weeks of costs, or no day to forecast.
    """
    if len(costs) < LEAST or days < 1:
        raise ValueError(
            f"{len(costs)} days of cost, {days} to forecast: a forecast takes at least {LEAST} days "
            "of cost and one day to forecast"
        )
    first += timedelta(days=max(0, len(costs) - REMEMBERED))
    known = np.maximum(costs[-REMEMBERED:], 0.0)
    offset = offset_of(known)
    logs = np.log(known + offset)
    places: Places = places_of_month(first, len(known) + days)
    effects = learned(logs, places[: len(known)]).of(places)
    plain = _calmed((logs - effects[: len(known)])[-SMOOTHED:])
    path, errors = _smoothed(plain, days)
    coming = np.maximum(np.exp(path + effects[len(known) :]) - offset, 0.0)
    total = float(coming.sum())
    reach = _reach(errors, days, sure)
    return Forecast(coming, total, total * float(np.exp(-reach)), total * float(np.exp(reach)))


def _calmed(plain: Array) -> Array:
    """The values with outliers drawn in towards the median of the week that ends with them."""
    padded = np.pad(plain, (WEEK - 1, 0), mode="edge")
    weeks = np.sort(np.lib.stride_tricks.sliding_window_view(padded, WEEK), axis=1)
    usual = weeks[:, WEEK // 2]
    limit = CALM * max(spread(plain - usual), TRIVIAL)
    return np.asarray(np.clip(plain, usual - limit, usual + limit))


def _smoothed(plain: Array, days: int) -> tuple[Array, Array]:
    """The mixture's path of the coming days, and its errors at forecasting such stretches before."""
    quick, bent, damped = PACES.T
    ahead = min(days, FAR)
    reach = _damping(damped, ahead).mean(axis=1)
    level, trend = np.full(len(PACES), float(np.median(plain[:LEAST]))), np.zeros(len(PACES))
    sums = np.concatenate([[0.0], np.cumsum(plain)])
    missed: list[Array] = []
    ages: list[int] = []
    for day, value in enumerate(plain.tolist()):
        if day >= LEARNING and day + ahead <= len(plain) and (len(plain) - day) % STRIDE == 0:
            missed.append((sums[day + ahead] - sums[day]) / ahead - (level + trend * reach))
            ages.append(len(plain) - day)
        error = value - (level + damped * trend)
        level = level + damped * trend + quick * error
        trend = damped * trend + bent * error
    weights = _weights(missed, ages)
    path = (level[:, None] + trend[:, None] * _damping(damped, days)).T @ weights
    return path, np.array(missed) @ weights if missed else np.zeros(0)


def _damping(damped: Array, days: int) -> Grid:
    """How many days of trend each pace has added by each coming day."""
    steps = np.arange(1, days + 1)
    return np.asarray(damped[:, None] * (1 - damped[:, None] ** steps) / (1 - damped[:, None]))


def _weights(missed: list[Array], ages: list[int]) -> Array:
    if not missed:
        # Nothing is known of any pace: the slow ones are the safer ones.
        weights = np.exp(-PACES[:, 0] * SHARPNESS)
        return np.asarray(weights / weights.sum())
    fading = FADING ** np.array(ages)
    losses = fading @ np.minimum(np.abs(np.array(missed)), ENOUGH)
    weights = np.exp(-SHARPNESS * (losses / max(float(losses.min()), TRIVIAL) - 1))
    return np.asarray(weights / weights.sum())


def _reach(errors: Array, days: int, sure: float) -> float:
    """How far in logarithms the total may be off, either way."""
    if len(errors) < LEAST:
        return UNTRIED * OPTIMISM
    wide = np.quantile(np.abs(errors), sure)
    # An error grows with the square root of the time ahead, as a random walk's does.
    farther = max(1.0, days / FAR) ** 0.5
    return float(wide) * OPTIMISM * float(farther) + TRIVIAL
