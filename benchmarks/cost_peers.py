"""The methods that the detector of costs is measured against, each as its users would write it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from benchmarks.daily_costs import HISTORY, SCORED, Array, Series
from benchmarks.harness import PEERS as SCRIPTS
from benchmarks.harness import BenchmarkError, environment

WINDOW = 28
WEEKS = 8
TINY = 1e-9
LEAST_SPREAD = 0.01
CLIP = 3.0
PROPHET = ("prophet==1.5.0",)


def rolling_z(series: Series, day: int) -> float:
    """Distance from the mean of the last four weeks, in their standard deviations."""
    costs = series.known(day)
    before = costs[-WINDOW - 1 : -1]
    return float(abs(costs[-1] - before.mean()) / (before.std() + TINY))


def weekday_robust(series: Series, day: int) -> float:
    """Distance from the same weekdays, each against the median of its own week, in their MAD."""
    logs = np.log(np.maximum(series.known(day), TINY))
    ends = [len(logs) - 1 - 7 * week for week in range(WEEKS + 1)]
    relative = np.array([logs[end] - np.median(logs[end - 7 : end]) for end in ends])
    return _robust(float(relative[0]), relative[1:])


def ewma(series: Series, day: int) -> float:
    """Distance from an exponentially weighted mean, outliers clipped, in its own deviations."""
    level, variance, score = 0.0, 0.0, 0.0
    for number, value in enumerate(np.log(np.maximum(series.known(day)[-180:], TINY)).tolist()):
        if number == 0:
            level, variance = value, LEAST_SPREAD
            continue
        score, level, variance = _smoothed(value - level, level, variance, alpha=0.2)
    return abs(score)


def holt_winters(series: Series, day: int) -> float:
    """Residual of additive weekly Holt-Winters on logarithms, outliers clipped, in its deviations."""
    logs = np.log(np.maximum(series.known(day)[-180:], TINY)).tolist()
    level, trend, variance, score = float(np.mean(logs[:14])), 0.0, LEAST_SPREAD, 0.0
    season = [float(np.mean(logs[n:28:7])) - float(np.mean(logs[:28])) for n in range(7)]
    for number, value in enumerate(logs):
        expected = level + trend + season[number % 7]
        sigma = variance**0.5
        score = (value - expected) / sigma
        error = max(-CLIP, min(CLIP, score)) * sigma
        before = level
        level = level + trend + 0.2 * error
        trend = 0.95 * trend + 0.02 * (level - before - trend)
        season[number % 7] += 0.1 * error
        variance = max(0.97 * variance + 0.03 * error**2, LEAST_SPREAD**2)
    return abs(score)


def _smoothed(
    error: float, level: float, variance: float, *, alpha: float
) -> tuple[float, float, float]:
    sigma = max(variance**0.5, LEAST_SPREAD)
    clipped = max(-CLIP * sigma, min(CLIP * sigma, error))
    return error / sigma, level + alpha * clipped, 0.95 * variance + 0.05 * clipped**2


def _robust(value: float, record: Array) -> float:
    centre = float(np.median(record))
    spread = 1.4826 * float(np.median(np.abs(record - centre)))
    return abs(value - centre) / max(spread, LEAST_SPREAD)


PEERS: Final[Mapping[str, Callable[[Series, int], float]]] = {
    "rolling z": rolling_z,
    "weekday robust": weekday_robust,
    "EWMA": ewma,
    "Holt-Winters": holt_winters,
}


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
    python = environment("prophet", PROPHET)
    done = subprocess.run(
        [str(python), str(SCRIPTS / "prophet_scores.py")],
        input=json.dumps({"from": HISTORY, "series": asked}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"prophet failed: {done.stderr.strip()[-500:]}")
    return [np.array(scores) for scores in json.loads(done.stdout)]
