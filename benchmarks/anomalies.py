"""Subtle and large events found in daily costs at one false alarm in three months, against five methods.

Every method sees what a bill shows when a day has settled, scores each day, and gets the threshold that
does best (F1) on half of the series with at most one false alarm a series and 90 days; the other half is
scored. An event counts as found by an alarm within its first ten days; precision is events found among
events found and false alarms. Prophet, refitted every 30 days, is scored on fewer series.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from benchmarks.cost_estates import one_alert_a_cause
from benchmarks.cost_peers import PEERS, prophet
from benchmarks.daily_costs import (
    HISTORY,
    SCORED,
    Array,
    Series,
    Size,
    generated,
    planted,
    read_daily,
)
from benchmarks.harness import rounded
from functions.cost.model.series.detect import read

SEEDS = (1, 2, 3, 4, 5)
SERIES = 160
PROPHET_SERIES = 16
THRESHOLDS = np.arange(1.5, 15.0, 0.1)
PATIENCE = 10
"""Days from an event's start within which an alarm still finds it."""
AFTER = 10
"""Days after an event in which its end may alarm, which is neither found nor false."""
REFRACTORY = 7
BUDGET = 1.0
RESAMPLED = 1000
OURS = "steward"

Scores: TypeAlias = Mapping[str, Sequence[Array]]


@dataclass(frozen=True)
class Tally:
    """What became of the alarms on one series."""

    events: int
    found: int
    false: int
    days: int


def run(
    *, data: Path | None = None, series: int = SERIES, prophet_series: int = PROPHET_SERIES
) -> dict[str, Any]:
    """Recall and precision of every method on every set, with how sure their differences are."""
    sets = {size: _generated_set(size, series, prophet_series) for size in ("subtle", "large")}
    if data is not None:
        sets["real daily series"] = _real_set(data, prophet_series)
    recall = {name: one["methods"][OURS]["recall"] for name, one in sets.items()}
    return {
        "name": "anomalies",
        "unit": "recall of subtle events",
        "ours": recall["subtle"],
        "peer": max(_peers(sets["subtle"], "recall")),
        "ratio": rounded(recall["subtle"] / max(_peers(sets["subtle"], "recall"))),
        "seeds": list(SEEDS),
        "sets": sets,
        "hierarchy": one_alert_a_cause(SEEDS),
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__},
    }


def _peers(one: Mapping[str, Any], figure: str) -> list[float]:
    return [
        method[figure]
        for name, method in one["methods"].items()
        if name not in (OURS, f"{OURS} on prophet's series")
    ]


def _generated_set(size: Size, count: int, prophet_series: int) -> dict[str, Any]:
    tallies: dict[str, list[Tally]] = {}
    for seed in SEEDS:
        _score_all(tallies, generated(seed, count=count, size=size), prophet_series)
    return _summary(tallies)


def _real_set(folder: Path, prophet_series: int) -> dict[str, Any]:
    tallies: dict[str, list[Tally]] = {}
    for seed in SEEDS:
        pieces = [piece for one in read_daily(folder) for piece in planted(one, seed)]
        random.Random(seed).shuffle(pieces)
        _score_all(tallies, pieces, prophet_series)
    return _summary(tallies)


def _score_all(tallies: dict[str, list[Tally]], series: Sequence[Series], fewer: int) -> None:
    methods: dict[str, Callable[[Series, int], float]] = {OURS: steward, **PEERS}
    for name, method in methods.items():
        scores = [_scores(one, method) for one in series]
        tallies.setdefault(name, []).extend(_judged(series, scores))
        if name == OURS and fewer:
            chosen = slice(0, fewer)
            judged = _judged(series[chosen], scores[chosen])
            tallies.setdefault(f"{OURS} on prophet's series", []).extend(judged)
    if fewer:
        some = series[:fewer]
        tallies.setdefault("prophet", []).extend(_judged(some, prophet(some)))


def steward(series: Series, day: int) -> float:
    """How unusual a day is by what this repository ships."""
    reading = read(series.first, series.known(day))
    return 0.0 if reading is None else abs(reading.score)


def _scores(series: Series, method: Callable[[Series, int], float]) -> Array:
    days = range(HISTORY, HISTORY + SCORED)
    return np.array([method(series, day) for day in days])


def _judged(series: Sequence[Series], scores: Sequence[Array]) -> list[Tally]:
    """The tallies of the second half, by the threshold that the first half gives."""
    half = len(series) // 2
    threshold = max(THRESHOLDS, key=lambda one: _worth(series[:half], scores[:half], float(one)))
    return _tallied(series[half:], scores[half:], float(threshold))


def _worth(series: Sequence[Series], scores: Sequence[Array], threshold: float) -> float:
    """F1, or minus the false alarms where they are over the budget."""
    tallies = _tallied(series, scores, threshold)
    figures = _figures(tallies)
    if figures["false alarms in 90 days"] > BUDGET:
        return -figures["false alarms in 90 days"]
    both = figures["recall"] + figures["precision"]
    return 2 * figures["recall"] * figures["precision"] / both if both else 0.0


def _tallied(series: Sequence[Series], scores: Sequence[Array], threshold: float) -> list[Tally]:
    return [_tally(one, score, threshold) for one, score in zip(series, scores, strict=True)]


def _tally(series: Series, scores: Array, threshold: float) -> Tally:
    found: set[int] = set()
    false, last = 0, -REFRACTORY - 1
    for day in np.flatnonzero(scores > threshold):
        at = int(day) + HISTORY
        event = _event_at(series, at)
        if event is None:
            false += at - last > REFRACTORY
        elif at < series.events[event].start + PATIENCE and at < series.events[event].end:
            found.add(event)
        last = at
    return Tally(len(series.events), len(found), false, len(scores))


def _event_at(series: Series, day: int) -> int | None:
    for number, event in enumerate(series.events):
        if event.start <= day < event.end + AFTER:
            return number
    return None


def _figures(tallies: Sequence[Tally]) -> dict[str, float]:
    events, found = sum(one.events for one in tallies), sum(one.found for one in tallies)
    false, days = sum(one.false for one in tallies), sum(one.days for one in tallies)
    return {
        "events": events,
        "recall": found / max(events, 1),
        "precision": found / max(found + false, 1),
        "false alarms in 90 days": 90 * false / max(days, 1),
    }


def _summary(tallies: Mapping[str, list[Tally]]) -> dict[str, Any]:
    methods = {
        name: {key: rounded(value) for key, value in _figures(some).items()}
        for name, some in tallies.items()
    }
    return {
        "methods": methods,
        "ours minus theirs, 95 %": {
            name: _differences(tallies, name) for name in tallies if not name.startswith(OURS)
        },
    }


def _differences(tallies: Mapping[str, list[Tally]], peer: str) -> dict[str, list[float]]:
    """Paired bootstrap over series: the interval of the difference of each figure."""
    mine = tallies[f"{OURS} on prophet's series" if peer == "prophet" else OURS]
    theirs, draw = tallies[peer], random.Random(0)
    drawn: dict[str, list[float]] = {"recall": [], "precision": []}
    for _ in range(RESAMPLED):
        chosen = draw.choices(range(len(mine)), k=len(mine))
        a, b = _figures([mine[n] for n in chosen]), _figures([theirs[n] for n in chosen])
        for figure, differences in drawn.items():
            differences.append(a[figure] - b[figure])
    return {figure: _interval(differences) for figure, differences in drawn.items()}


def _interval(values: Sequence[float]) -> list[float]:
    cuts = statistics.quantiles(values, n=40)
    return [rounded(cuts[0]), rounded(cuts[-1])]
