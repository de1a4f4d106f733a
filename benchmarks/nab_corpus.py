"""The detector of costs on the recordings of the Numenta Anomaly Benchmark: a regression anchor, no goal.

Those are minutes of machines, not days of bills: what repeats is the time of day instead of weekdays and
turns of the month, and values are taken as they are instead of as logarithms. The rest is the same model.
An alarm is news only where it is the strongest of a day, as one cause of a bill is told of once.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.daily_costs import Array
from benchmarks.harness import BenchmarkError, rounded
from benchmarks.nab_scores import Recording, Weights, best, probation
from functions.cost.model.series.detect import ENOUGH, SEEN, stands
from functions.cost.model.series.season import middle

PUBLISHED: Final[Mapping[str, tuple[float, float, float]]] = {
    "ARTime": (74.9, 65.1, 80.4),
    "Numenta HTM": (70.5, 62.6, 75.2),
    "CAD OSE": (69.9, 67.0, 73.2),
    "earthgecko Skyline": (58.2, 46.2, 63.9),
    "KNN-CAD": (58.0, 43.4, 64.8),
    "Relative Entropy": (54.6, 47.6, 58.8),
    "Random Cut Forest": (51.7, 38.4, 59.7),
    "Twitter ADVec": (47.1, 33.6, 53.5),
    "Windowed Gaussian": (39.6, 20.9, 47.4),
    "Etsy Skyline": (35.7, 27.1, 44.5),
    "Bayes change points": (17.7, 3.2, 32.2),
    "EXPoSE": (16.4, 3.2, 26.9),
    "Random": (11.0, 1.2, 19.5),
    "Null": (0.0, 0.0, 0.0),
}
"""Scores as the benchmark's README has them: standard, few false alarms, few misses."""
PROFILES: Final = ("standard", "reward_low_FP_rate", "reward_low_FN_rate")
DAY: Final = timedelta(days=1)
DAYS: Final = 7
"""Days that teach what is usual at a time of day."""
TAUGHT: Final = 2
FINE: Final = 24
"""Rows a day from which a time of day has a meaning."""


def recordings(folder: Path) -> list[Path]:
    """The files of the corpus.

    Raises:
        BenchmarkError: there are none.
    """
    found = sorted((folder / "data").glob("*/*.csv"))
    if not found:
        raise BenchmarkError(f"{folder}: has no data/*/*.csv; name a checkout of numenta/NAB")
    return found


def recorded(folder: Path, file: Path) -> Recording:
    """How unusual each row of a file is, and its labelled windows."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    values = np.array([float(row["value"]) for row in rows])
    labels = _read(folder / "labels" / "combined_windows.json")
    name = file.relative_to(folder / "data").as_posix()
    if name not in labels:
        raise BenchmarkError(f"{name}: has no entry in labels/combined_windows.json")
    windows = tuple(_rows_of(times, window) for window in labels[name])
    return Recording(unusual(values, _rows_a_day(times)), windows)


def score(folder: Path, found: Sequence[Recording]) -> dict[str, Any]:
    """The score of each profile, beside the published ones."""
    profiles = _read(folder / "config" / "profiles.json")
    ours = {name: best(found, _weights(profiles[name]["CostMatrix"])) for name in PROFILES}
    return {
        "files": len(found),
        "windows": sum(len(one.windows) for one in found),
        "profiles": list(PROFILES),
        "steward": [rounded(ours[name].score) for name in PROFILES],
        "published": {name: list(scores) for name, scores in PUBLISHED.items()},
    }


def unusual(values: Array, rows_a_day: int) -> Array:
    """How unusual each row is, by those before it; 0 where a stronger one was less than a day ago."""
    scale = max(middle(np.abs(values[: max(1, probation(len(values)))])), 1e-9)
    plain = values / scale - _times_of_day(values / scale, rows_a_day)
    scores = np.zeros(len(plain))
    for end in range(ENOUGH, len(plain) + 1):
        scores[end - 1] = abs(stands(plain[max(0, end - SEEN) : end]).score)
    return _news(scores, rows_a_day)


def _times_of_day(values: Array, rows_a_day: int) -> Array:
    """What each row's time of day adds to the day before it: the median of the days before."""
    if rows_a_day < FINE:
        return np.zeros(len(values))
    sums = np.cumsum(np.concatenate([[0.0], values]))
    means = np.full(len(values), np.nan)
    means[rows_a_day - 1 :] = (sums[rows_a_day:] - sums[:-rows_a_day]) / rows_a_day
    beyond = values - means
    past = np.full((DAYS, len(values)), np.nan)
    for back in range(1, DAYS + 1):
        shift = back * rows_a_day
        past[back - 1, shift:] = beyond[:-shift] if shift < len(values) else []
    taught = (~np.isnan(past)).sum(axis=0) >= TAUGHT
    effects = np.zeros(len(values))
    effects[taught] = np.nanmedian(past[:, taught], axis=0)
    return effects


def _news(scores: Array, rows: int) -> Array:
    kept = scores.copy()
    for at in range(1, len(scores)):
        if scores[at] <= scores[max(0, at - rows) : at].max():
            kept[at] = 0.0
    return kept


def _rows_a_day(times: Sequence[datetime]) -> int:
    steps = sorted(later - earlier for earlier, later in pairwise(times))
    step = steps[len(steps) // 2] if steps else DAY
    return max(1, round(DAY / step)) if step else 1


def _rows_of(times: Sequence[datetime], window: Sequence[str]) -> tuple[int, int]:
    first, last = (datetime.fromisoformat(moment) for moment in window)
    inside = [place for place, time in enumerate(times) if first <= time <= last]
    return inside[0], inside[-1]


def _weights(matrix: Mapping[str, float]) -> Weights:
    return Weights(hit=matrix["tpWeight"], miss=matrix["fnWeight"], false=matrix["fpWeight"])


def _read(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BenchmarkError(
            f"{file}: cannot be read ({error}); name a checkout of numenta/NAB"
        ) from error
    return found
