"""What repeats in a daily cost: weekdays and the turn of the month, learned robustly in logarithms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
Places: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]

WEEK = 7
WEEKS = 16
"""Weeks that teach a weekday's effect; older ones tell of a rhythm that may be gone."""
MONTHS = 12
TURNS = 6
"""Places of a month with a habit of their own: its first three days and its last three."""
ORDINARY = TURNS
SEEN = 3
"""Months that must agree before a place of the month counts as a habit."""
SURE = 2.5
"""How many standard errors away from nothing a habit must be."""
TO_SIGMA = 1.4826
"""A median absolute deviation, times this, is a normal distribution's standard deviation."""
SHARE_OF_TYPICAL = 0.01
"""The offset as a share of the median."""
TRIVIAL = 1e-4
"""Costs that differ by less than this share are the same cost."""


@dataclass(frozen=True, slots=True)
class Season:
    """Effects to add in logarithms: one a weekday (as in the series' own count), one a place of a month."""

    weekdays: Array
    turns: Array

    def of(self, places: Places, *, start: int = 0) -> Array:
        """The effect on each day; ``places`` of the days from index ``start`` on."""
        days = (start + np.arange(len(places))) % WEEK
        return np.asarray(self.weekdays[days] + self.turns[places])


def places_of_month(first: date, days: int) -> Places:
    """Where in its month each day stands: 0, 1, 2 for the first days, 3, 4, 5 for the last, else 6."""
    dates = np.datetime64(first, "D") + np.arange(days)
    months = dates.astype("datetime64[M]")
    past = (dates - months.astype("datetime64[D]")).astype(np.int64)
    left = ((months + 1).astype("datetime64[D]") - dates).astype(np.int64) - 1
    late = np.where(left < TURNS // 2, TURNS // 2 + left, ORDINARY)
    return np.asarray(np.where(past < TURNS // 2, past, late))


def learned(logs: Array, places: Places) -> Season:
    """The season of a series of logarithms.

    The level is taken out by a median over two weeks, so that neither growth nor an outlier is
    mistaken for a habit; then each weekday's and each place's median stays.
    """
    detrended = logs - _level(logs)
    ordinary = places == ORDINARY
    weekdays = _weekdays(detrended, ordinary)
    left = detrended - weekdays[np.arange(len(logs)) % WEEK]
    return Season(weekdays, _turns(left, places, ordinary))


def offset_of(costs: Array) -> float:
    """What to add to each cost, so that a day without any has a logarithm, too."""
    positive = costs[costs > 0]
    return SHARE_OF_TYPICAL * middle(positive) if len(positive) else 1.0


def middle(values: Array) -> float:
    """The median; `numpy.median` takes ten times as long for a hundred values."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def spread(values: Array) -> float:
    """The robust standard deviation about the median."""
    return TO_SIGMA * middle(np.abs(values - middle(values)))


def _level(logs: Array) -> Array:
    # A mean over whole weeks has no weekday in it; the median of three such resists a bad week.
    padded = np.pad(logs, WEEK // 2 + WEEK, mode="reflect" if len(logs) > 2 * WEEK else "edge")
    weekly = np.convolve(padded, np.full(WEEK, 1 / WEEK), mode="valid")
    around = np.stack([weekly[: len(logs)], weekly[WEEK : WEEK + len(logs)], weekly[2 * WEEK :]])
    return np.asarray(np.sort(around, axis=0)[1])


def _weekdays(detrended: Array, ordinary: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Array:
    effects = np.zeros(WEEK)
    start = max(0, len(detrended) - WEEKS * WEEK)
    for first in range(start, min(start + WEEK, len(detrended))):
        chosen = detrended[first::WEEK][ordinary[first::WEEK]]
        if len(chosen):
            effects[first % WEEK] = middle(chosen)
    return effects - float(np.mean(effects))


def _turns(
    left: Array, places: Places, ordinary: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Array:
    effects = np.zeros(TURNS + 1)
    noise = spread(left[ordinary]) if ordinary.any() else 0.0
    centre = middle(left[ordinary]) if ordinary.any() else 0.0
    for place in range(TURNS):
        seen = left[places == place][-MONTHS:] - centre
        if len(seen) < SEEN:
            continue
        habit = middle(seen)
        if abs(habit) * np.sqrt(len(seen)) > SURE * max(noise, TRIVIAL):
            effects[place] = habit
    return effects
