"""Daily costs as bills show them, drawn with a seed, with what went wrong planted and labelled."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
Kind: TypeAlias = Literal["spike", "shift", "ramp", "drop"]
Size: TypeAlias = Literal["large", "subtle"]

FIRST = date(2025, 1, 6)
HISTORY = 366
SCORED = 180
SETTLED = 2
"""Days until a day's costs are taken for known: the clouds' own exports need one to two."""
AMENDED = 10
"""Days after which credits and corrections have arrived."""
CLOSING, FEE, AMENDMENT = 0.4, 0.3, 0.15
"""How likely a series has a batch at its months' ends, a fee on their first, a month's block restated."""
KINDS: tuple[Kind, ...] = ("spike", "shift", "ramp", "drop")
SIZES: dict[Size, tuple[float, float]] = {"large": (0.20, 2.0), "subtle": (0.12, 0.40)}
DEEPEST = 0.75
LENGTHS: dict[Kind, tuple[int, int]] = {
    "spike": (1, 2),
    "shift": (10, 25),
    "ramp": (12, 25),
    "drop": (3, 15),
}


@dataclass(frozen=True)
class Event:
    """Something that went wrong from day ``start`` until before ``end``, by ``size`` of the cost."""

    kind: Kind
    start: int
    end: int
    size: float


@dataclass(frozen=True)
class Series:
    """Costs of consecutive days from ``first``: what they finally were, and what was first said."""

    name: str
    first: date
    final: Array
    early: Array
    events: tuple[Event, ...] = field(default=())

    def known(self, day: int) -> Array:
        """The costs up to a day as the bill has them when that day has settled."""
        amended = max(0, day + 1 - AMENDED + SETTLED)
        return np.concatenate([self.final[:amended], self.early[amended : day + 1]])


def generated(seed: int, *, count: int, size: Size) -> list[Series]:
    """Series with weekdays, trend, month ends, launches and restatements, and planted events."""
    random = np.random.default_rng(seed)
    return [_series(random, f"series-{number}", size) for number in range(count)]


def normal_costs(random: np.random.Generator) -> Array:
    """The costs of one series when nothing goes wrong."""
    return np.asarray(np.exp(_log_cost(random, HISTORY + SCORED)))


def planted(series: Series, seed: int) -> list[Series]:
    """Pieces of a real series, each with events planted as in `generated`."""
    random, pieces = np.random.default_rng(seed), []
    days = HISTORY + SCORED
    for start in range(0, len(series.final) - days + 1, SCORED // 2):
        normal = series.final[start : start + days]
        size: Size = "large" if (start // SCORED) % 2 else "subtle"
        events = tuple(_events(random, days, size))
        final = normal * _effects(events, days)
        first = series.first + timedelta(days=start)
        pieces.append(Series(f"{series.name}-{start}", first, final, final, events))
    return pieces


def _series(random: np.random.Generator, name: str, size: Size) -> Series:
    days = HISTORY + SCORED
    normal = normal_costs(random)
    events = tuple(_events(random, days, size))
    final = normal * _effects(events, days)
    return Series(name, FIRST, final, final * _restatements(random, days), events)


def _log_cost(random: np.random.Generator, days: int) -> Array:
    level = random.normal(np.log(100), 1.2)
    trend = np.cumsum(random.normal(0.0004, 0.0008) + random.normal(0, 0.0006, days))
    season = _weekdays(random)[np.arange(days) % 7] + _month_ends(random, days)
    return np.asarray(level + trend + season + _launches(random, days) + _noise(random, days))


def _weekdays(random: np.random.Generator) -> Array:
    shape = random.choice(["office", "flat", "batch"], p=[0.5, 0.3, 0.2])
    profile = random.normal(0, 0.02, 7)
    if shape == "office":
        profile[5:] += np.log(random.uniform(0.45, 0.85))
    if shape == "batch":
        profile[random.integers(7)] += np.log(random.uniform(1.15, 1.6))
    return np.asarray(profile)


def _month_ends(random: np.random.Generator, days: int) -> Array:
    effect = np.zeros(days)
    closing, fee = random.random() < CLOSING, random.random() < FEE
    up, first = np.log(random.uniform(1.1, 1.6)), np.log(random.uniform(1.2, 1.8))
    for day in range(days):
        today = FIRST + timedelta(days=day)
        if closing and (today + timedelta(days=2)).day in (1, 2):
            effect[day] += up
        if fee and today.day == 1:
            effect[day] += first
    return effect


def _launches(random: np.random.Generator, days: int) -> Array:
    path = np.zeros(days)
    for _ in range(random.poisson(1.5)):
        at, pace = random.integers(20, days - 20), random.uniform(2, 5)
        growth = np.log(random.uniform(1.05, 1.3))
        path += growth / (1 + np.exp(-(np.arange(days) - at) / pace))
    return path


def _noise(random: np.random.Generator, days: int) -> Array:
    sigma, memory = random.uniform(0.015, 0.07), 0.3
    shocks = random.normal(0, sigma, days) + random.standard_t(3, days) * sigma * 0.3
    noise = np.zeros(days)
    for day in range(1, days):
        noise[day] = memory * noise[day - 1] + shocks[day]
    return noise


def _restatements(random: np.random.Generator, days: int) -> Array:
    said = 1 - np.abs(random.normal(0, 0.004, days))
    for start in range(0, days, 30):
        if random.random() < AMENDMENT:
            credit = random.uniform(0.03, 0.10)
            said[start : start + random.integers(3, 12)] *= 1 + credit
    return said


def _events(random: np.random.Generator, days: int, size: Size) -> Iterator[Event]:
    day = HISTORY + int(random.integers(5, 60))
    low, high = SIZES[size]
    while day < days - 30:
        kind = KINDS[int(random.integers(len(KINDS)))]
        length = int(random.integers(LENGTHS[kind][0], LENGTHS[kind][1] + 1))
        yield Event(kind, day, day + length, float(random.uniform(low, high)))
        day += length + int(random.integers(25, 60))


def _effects(events: tuple[Event, ...], days: int) -> Array:
    factor = np.ones(days)
    for event in events:
        span = np.arange(event.end - event.start)
        grown = np.minimum(1.0, (span + 1) / 7) if event.kind == "ramp" else np.ones(len(span))
        signed = -min(event.size, DEEPEST) if event.kind == "drop" else event.size
        factor[event.start : event.end] *= 1 + signed * grown
    return factor


def read_daily(folder: Path) -> list[Series]:
    """The daily series of a folder: files of ``ds,y`` rows; those of other intervals are left out."""
    found = []
    for path in sorted(folder.glob("**/*.csv")):
        series = _read(path)
        if series is not None:
            found.append(series)
    return found


def _read(path: Path) -> Series | None:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if not {"ds", "y"} <= set(rows.fieldnames or ()):
            return None
        points = sorted((date.fromisoformat(row["ds"][:10]), float(row["y"])) for row in rows)
    first, last = points[0][0], points[-1][0]
    days = (last - first).days + 1
    if len(points) < days / 2:
        return None
    values = np.full(days, np.nan)
    for day, value in points:
        values[(day - first).days] = value
    # This public set is published as logarithms of its counts.
    values = np.exp(values) if "_log_" in path.name else values
    return Series(path.stem, first, _filled(values), _filled(values))


def _filled(values: Array) -> Array:
    known = ~np.isnan(values)
    return np.interp(np.arange(len(values)), np.flatnonzero(known), values[known])
