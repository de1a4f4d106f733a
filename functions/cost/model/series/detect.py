"""What does not fit in a daily cost: how far the latest days stand from what the days before them expect.

A day out of line may be a blip, a step that stays or a slope that goes on. So the means of the latest
one, two, three, five and seven days are each compared with the level before them, and each distance is
measured by how widely that same distance has scattered in the past: its own record says what is usual,
correlated noise and honest growth included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from functions.cost.model.series.season import (
    TRIVIAL,
    Array,
    learned,
    offset_of,
    places_of_month,
    spread,
)

WINDOWS = (1, 2, 3, 5, 7)
"""Days whose mean is compared with the level before them."""
RECORD = 120
"""Days of the past that say how widely a distance scatters."""
REMEMBERED = 400
"""Days that are looked at: a year of month ends, and some."""
LEVEL = 21
"""Days before the window that make up the level; the near ones weigh more."""
FADING = 0.9
CALM = 7
"""Days whose median an outlier is drawn towards before it counts in a level."""
SEEN = RECORD + LEVEL + WINDOWS[-1] + CALM
"""Latest days that a standing is of."""
ENOUGH = 35
"""Days without which nothing can be called unusual."""
_WEIGHTS = FADING ** np.arange(LEVEL) / np.sum(FADING ** np.arange(LEVEL))


@dataclass(frozen=True, slots=True)
class Reading:
    """How the last day of a series looks.

    ``score`` is in robust standard deviations, positive for more than expected; ``days`` is how many
    latest days together stand out most; ``expected``, ``low`` and ``high`` are of the last day, in the
    currency of the costs; ``excess`` is what the standing-out days cost beyond expectation.
    """

    score: float
    days: int
    expected: float
    low: float
    high: float
    excess: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How the latest ``days`` values stand: the ``level`` before, and how widely one day is ``spread``."""

    score: float
    days: int
    level: float
    spread: float


def read(first: date, costs: Array, *, sure: float = 3.0) -> Reading | None:
    """How the last day stands against the days before it; None before there are enough of them.

    ``costs`` are of consecutive days from ``first``; ``sure`` is how many standard deviations the range
    between ``low`` and ``high`` spans to each side.
    """
    if len(costs) < ENOUGH:
        return None
    first += timedelta(days=max(0, len(costs) - REMEMBERED))
    costs = costs[-REMEMBERED:]
    offset = offset_of(costs)
    logs = np.log(np.maximum(costs, 0.0) + offset)
    places = places_of_month(first, len(costs))
    effects = learned(logs[:-1], places[:-1]).of(places)
    found = stands((logs - effects)[-SEEN:])
    usual = found.level + effects[-found.days :]
    expected = np.maximum(np.exp(usual) - offset, 0.0)
    reach = sure * found.spread
    return Reading(
        score=found.score,
        days=found.days,
        expected=float(expected[-1]),
        low=max(0.0, float(np.exp(usual[-1] - reach) - offset)),
        high=max(0.0, float(np.exp(usual[-1] + reach) - offset)),
        excess=float(np.sum(costs[-found.days :] - expected)),
    )


def stands(plain: Array) -> Standing:
    """How the latest values of a series without a season stand against those before; `ENOUGH` at least."""
    levels = np.convolve(_calmed(plain), _WEIGHTS, mode="valid")
    spreads = {window: _record(plain, levels, window) for window in WINDOWS}
    score, days = max(
        ((_distance(plain, levels, window) / spreads[window], window) for window in WINDOWS),
        key=lambda one: abs(one[0]),
    )
    return Standing(score, days, float(levels[-1 - days]), spreads[1])


def _distance(plain: Array, levels: Array, window: int) -> float:
    """How far the mean of the last window is from the level before it."""
    return float(plain[-window:].mean() - levels[-1 - window])


def _record(plain: Array, levels: Array, window: int) -> float:
    """How widely that distance has scattered, the last window left out."""
    sums = np.cumsum(np.concatenate([[0.0], plain]))
    means = (sums[window:] - sums[:-window]) / window
    distances = means[LEVEL:] - levels[: len(means) - LEVEL]
    return max(spread(distances[:-1]), TRIVIAL)


def _calmed(plain: Array) -> Array:
    """The values with outliers drawn in towards the median of the week that ends with them."""
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(plain, (CALM - 1, 0), mode="edge"), CALM
    )
    middle = np.sort(around, axis=1)[:, CALM // 2]
    limit = 2.0 * max(spread(plain - middle), TRIVIAL)
    return np.asarray(np.clip(plain, middle - limit, middle + limit))
