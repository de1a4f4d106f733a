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
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from benchmarks import nab_corpus
from benchmarks.cost_estates import Account, account, one_alert_a_cause
from benchmarks.cost_peers import PEERS, prophet, prophets_python
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
PROCESSES = 2
THRESHOLDS = np.arange(1.5, 15.0, 0.1)
PATIENCE = 10
"""Days from an event's start within which an alarm still finds it."""
AFTER = 10
"""Days after an event in which its end may alarm, which is neither found nor false."""
REFRACTORY = 7
BUDGET = 1.0
RESAMPLED = 1000
OURS = "steward"
REAL = "real daily series"
HIERARCHY = "hierarchy"
NAB = "nab"
NOT_GIVEN = "not given: name a checkout of numenta/NAB with --nab"
SIZES: tuple[Size, ...] = ("subtle", "large")


@dataclass(frozen=True)
class Tally:
    """What became of the alarms on one series."""

    events: int
    found: int
    false: int
    days: int


Tallies: TypeAlias = Mapping[str, Sequence[Tally]]
Job: TypeAlias = Callable[[], Any]


def run(
    *,
    data: Path | None = None,
    series: int = SERIES,
    prophet_series: int = PROPHET_SERIES,
    processes: int = PROCESSES,
    nab: Path | None = None,
) -> dict[str, Any]:
    """Recall and precision of every method on every set, with how sure their differences are."""
    if prophet_series:
        prophets_python()
    jobs = _jobs(data, series, prophet_series) | _recordings(nab)
    done = _all_done(jobs, processes)
    recorded = [done.pop(key) for key in jobs if key[0] == NAB]
    estates: list[Account] = [done.pop((HIERARCHY, seed)) for seed in SEEDS]
    sets = {name: _summary(_joined(done, name)) for name in dict.fromkeys(name for name, _ in done)}
    recall = sets["subtle"]["methods"][OURS]["recall"]
    best = max(_peers(sets["subtle"], "recall"))
    return {
        "name": "anomalies",
        "unit": "recall of subtle events",
        "ours": recall,
        "peer": best,
        "ratio": rounded(recall / best),
        "seeds": list(SEEDS),
        "sets": sets,
        HIERARCHY: one_alert_a_cause(estates),
        NAB: NOT_GIVEN if nab is None else nab_corpus.score(nab, recorded),
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__},
    }


def _jobs(data: Path | None, series: int, fewer: int) -> dict[tuple[str, int], Job]:
    """What is to be computed, by set and seed; none knows of another."""
    jobs: dict[tuple[str, int], Job] = {}
    for seed in SEEDS:
        for size in SIZES:
            jobs[size, seed] = partial(_generated_set, seed, size, series, fewer)
        if data is not None:
            jobs[REAL, seed] = partial(_real_set, seed, data, fewer)
        jobs[HIERARCHY, seed] = partial(account, seed)
    return jobs


def _recordings(nab: Path | None) -> dict[tuple[str, int], Job]:
    if nab is None:
        return {}
    files = enumerate(nab_corpus.recordings(nab))
    return {(NAB, number): partial(nab_corpus.recorded, nab, file) for number, file in files}


def _all_done(jobs: Mapping[tuple[str, int], Job], processes: int) -> dict[tuple[str, int], Any]:
    began, found = time.monotonic(), {}
    with ProcessPoolExecutor(processes) as pool:
        asked = {pool.submit(job): key for key, job in jobs.items()}
        for number, future in enumerate(as_completed(asked), 1):
            key = asked[future]
            found[key] = future.result()
            passed = time.monotonic() - began
            name = f"{key[0]}, {key[1]}"
            print(f"{number} of {len(asked)} after {passed:.0f} s: {name}", file=sys.stderr)
    return {key: found[key] for key in jobs}


def _joined(done: Mapping[tuple[str, int], Tallies], wanted: str) -> dict[str, list[Tally]]:
    joined: dict[str, list[Tally]] = {}
    for (name, _), tallies in done.items():
        if name == wanted:
            for method, some in tallies.items():
                joined.setdefault(method, []).extend(some)
    return joined


def _peers(one: Mapping[str, Any], figure: str) -> list[float]:
    return [
        method[figure]
        for name, method in one["methods"].items()
        if name not in (OURS, f"{OURS} on prophet's series")
    ]


def _generated_set(seed: int, size: Size, count: int, fewer: int) -> Tallies:
    return dict(_all_scored(generated(seed, count=count, size=size), fewer))


def _real_set(seed: int, folder: Path, fewer: int) -> Tallies:
    pieces = [piece for one in read_daily(folder) for piece in planted(one, seed)]
    random.Random(seed).shuffle(pieces)
    return dict(_all_scored(pieces, fewer))


def _all_scored(series: Sequence[Series], fewer: int) -> Iterator[tuple[str, list[Tally]]]:
    methods: dict[str, Callable[[Series], Array]] = {OURS: steward, **PEERS}
    for name, method in methods.items():
        scores = [method(one) for one in series]
        yield name, _judged(series, scores)
        if name == OURS and fewer:
            chosen = slice(0, fewer)
            yield f"{OURS} on prophet's series", _judged(series[chosen], scores[chosen])
    if fewer:
        yield "prophet", _judged(series[:fewer], prophet(series[:fewer]))


def steward(series: Series) -> Array:
    """How unusual each day is by what this repository ships."""
    days = range(HISTORY, HISTORY + SCORED)
    readings = (read(series.first, series.known(day)) for day in days)
    return np.array([0.0 if one is None else abs(one.score) for one in readings])


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
