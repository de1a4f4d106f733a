"""The methods that the detector of costs is measured against, each as its users would write it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from benchmarks.daily_costs import HISTORY, SCORED, Array, Series
from benchmarks.harness import PEERS as SCRIPTS
from benchmarks.harness import BenchmarkError, environment

WINDOW = 28
WEEKS = 8
TINY = 1e-9
LEAST_SPREAD = 0.01
CLIP = 3.0
REMEMBERED = 180
"""Days that the smoothing methods start from."""
Grid: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
PROPHET = ("prophet==1.5.0",)


def rolling_z(series: Series) -> Array:
    """Distance from the mean of the last four weeks, in their standard deviations."""
    costs = _latest(series, WINDOW + 1)
    before = costs[:, :-1]
    return np.asarray(np.abs(costs[:, -1] - before.mean(axis=1)) / (before.std(axis=1) + TINY))


def weekday_robust(series: Series) -> Array:
    """Distance from the same weekdays, each against the median of its own week, in their MAD."""
    logs = _logs(series, (WEEKS + 1) * 7 + 1)
    ends = [logs.shape[1] - 1 - 7 * week for week in range(WEEKS + 1)]
    relative = np.stack(
        [logs[:, end] - np.median(logs[:, end - 7 : end], axis=1) for end in ends], axis=1
    )
    record = relative[:, 1:]
    centre = np.median(record, axis=1, keepdims=True)
    deviation = 1.4826 * np.median(np.abs(record - centre), axis=1)
    return np.asarray(np.abs(relative[:, 0] - centre[:, 0]) / np.maximum(deviation, LEAST_SPREAD))


def ewma(series: Series) -> Array:
    """Distance from an exponentially weighted mean, outliers clipped, in its own deviations."""
    logs = _logs(series, REMEMBERED)
    level, variance = logs[:, 0], np.full(len(logs), LEAST_SPREAD)
    score = np.zeros(len(logs))
    for value in logs.T[1:]:
        sigma = np.maximum(np.sqrt(variance), LEAST_SPREAD)
        score = (value - level) / sigma
        clipped = np.clip(value - level, -CLIP * sigma, CLIP * sigma)
        level = level + 0.2 * clipped
        variance = 0.95 * variance + 0.05 * clipped**2
    return np.abs(score)


def holt_winters(series: Series) -> Array:
    """Residual of additive weekly Holt-Winters on logarithms, outliers clipped, in its deviations."""
    logs = _logs(series, REMEMBERED)
    level, trend = logs[:, :14].mean(axis=1), np.zeros(len(logs))
    variance, score = np.full(len(logs), LEAST_SPREAD), np.zeros(len(logs))
    season = [logs[:, n:28:7].mean(axis=1) - logs[:, :28].mean(axis=1) for n in range(7)]
    for number, value in enumerate(logs.T):
        sigma = np.sqrt(variance)
        score = (value - level - trend - season[number % 7]) / sigma
        error = np.clip(score, -CLIP, CLIP) * sigma
        before = level
        level = level + trend + 0.2 * error
        trend = 0.95 * trend + 0.02 * (level - before - trend)
        season[number % 7] = season[number % 7] + 0.1 * error
        variance = np.maximum(0.97 * variance + 0.03 * error**2, LEAST_SPREAD**2)
    return np.abs(score)


def _logs(series: Series, days: int) -> Grid:
    return np.asarray(np.log(np.maximum(_latest(series, days), TINY)))


def _latest(series: Series, days: int) -> Grid:
    """One row a scored day: the latest days' costs as the bill has them then."""
    return np.stack([series.known(day)[-days:] for day in range(HISTORY, HISTORY + SCORED)])


PEERS: Final[Mapping[str, Callable[[Series], Array]]] = {
    "rolling z": rolling_z,
    "weekday robust": weekday_robust,
    "EWMA": ewma,
    "Holt-Winters": holt_winters,
}


def prophets_python() -> Path:
    """The Python that has Prophet, made on first use."""
    return environment("prophet", PROPHET)


def prophet(series: Sequence[Series]) -> list[Array]:
    """Distance from Prophet's forecast in its own interval, fitted anew every 30 days."""
    asked = [
        {
            "first": one.first.isoformat(),
            "known": {
                str(day): one.known(day - 1).tolist()
                for day in range(HISTORY, HISTORY + SCORED, 30)
            },
            "actual": one.final[HISTORY : HISTORY + SCORED].tolist(),
        }
        for one in series
    ]
    done = subprocess.run(
        [str(prophets_python()), str(SCRIPTS / "prophet_scores.py")],
        input=json.dumps({"from": HISTORY, "series": asked}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"prophet failed: {done.stderr.strip()[-500:]}")
    return [np.array(scores) for scores in json.loads(done.stdout)]
