"""The total of the coming 30 days forecast from daily costs, against five methods, on rolling origins.

Two kinds of series: generated bills with nothing wrong in them, and real daily series. Every method gets
the same history; the errors are of the total. AutoETS is statsforecast's, in an environment of its own,
and gets the last 400 days.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.daily_costs import FIRST, HISTORY, Array, Series, normal_costs, read_daily
from benchmarks.harness import PEERS, ROOT, BenchmarkError, environment, rounded
from functions.cost.model.series.forecast import forecast

SEED = 20_261_121
SERIES = 20
AHEAD = 30
ORIGINS = range(HISTORY + 14, HISTORY + 150, 40)
EVERY = 40
SURE = 0.9
STATSFORECAST = ("statsforecast==2.1.1", "setuptools")
DATA = "shared/data/cost"
MILLISECONDS = 1000


class Origin(NamedTuple):
    """A history, when it begins, and what the following days really came to."""

    series: Series
    day: int

    @property
    def known(self) -> Array:
        """The costs up to the origin."""
        return self.series.final[: self.day]

    @property
    def actual(self) -> float:
        """The total to forecast."""
        return float(self.series.final[self.day : self.day + AHEAD].sum())


def run(*, data: Path | None = None, series: int = SERIES) -> dict[str, Any]:
    """Errors of the total, share of totals inside the interval, and CPU time a fit, by set and method."""
    sets = {"generated": _judged(_generated(series))}
    folder = data or next((beside for one in ROOT.parents if (beside := one / DATA).exists()), None)
    real = _real(folder) if folder else []
    if real:
        sets["real daily series"] = _judged(real)
    first = sets["generated"]["methods"]
    best = min(one["median error %"] for name, one in first.items() if name != "steward")
    return {
        "name": "forecast",
        "unit": "median error of a 30-day total in %, generated bills",
        "ours": first["steward"]["median error %"],
        "peer": best,
        "ratio": rounded(best / first["steward"]["median error %"]),
        "seed": SEED,
        "sets": sets,
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__},
    }


def _generated(count: int) -> list[Origin]:
    drawn = [normal_costs(np.random.default_rng([SEED, number])) for number in range(count)]
    series = [Series(str(number), FIRST, costs, costs) for number, costs in enumerate(drawn)]
    return [Origin(one, day) for one in series for day in ORIGINS]


def _real(folder: Path) -> list[Origin]:
    return [
        Origin(one, day)
        for one in read_daily(folder)
        for day in range(HISTORY, len(one.final) - AHEAD, EVERY)
    ]


def _judged(origins: Sequence[Origin]) -> dict[str, Any]:
    methods: dict[str, Any] = {}
    for name, method in {"steward": _steward, **OTHERS}.items():
        begun = time.process_time()
        totals = [method(one) for one in origins]
        taken = MILLISECONDS * (time.process_time() - begun) / len(origins)
        methods[name] = _errors(origins, totals) | {"CPU ms a fit": rounded(taken)}
    totals, taken = _auto_ets(origins)
    methods["AutoETS"] = _errors(origins, totals) | {"CPU ms a fit": rounded(taken)}
    return {
        "origins": len(origins),
        "methods": methods,
        f"inside the {SURE:.0%} interval": rounded(statistics.fmean(map(_inside, origins))),
    }


def _errors(origins: Sequence[Origin], totals: Sequence[float]) -> dict[str, float]:
    errors = [
        100 * abs(total - one.actual) / one.actual
        for one, total in zip(origins, totals, strict=True)
    ]
    return {
        "median error %": rounded(statistics.median(errors)),
        "mean error %": rounded(statistics.fmean(errors)),
    }


def _steward(origin: Origin) -> float:
    return forecast(origin.series.first, origin.known, AHEAD).total


def _inside(origin: Origin) -> bool:
    made = forecast(origin.series.first, origin.known, AHEAD, sure=SURE)
    return made.low <= origin.actual <= made.high


def _run_rate(origin: Origin) -> float:
    return AHEAD * float(origin.known[-28:].mean())


def _seasonal_naive(origin: Origin) -> float:
    return float(np.resize(origin.known[-7:], AHEAD).sum())


def _weekday_profile(origin: Origin) -> float:
    weeks = origin.known[-56:].reshape(8, 7)
    levels = weeks.mean(axis=1)
    profile = np.median(weeks / levels[:, None], axis=0)
    return float(np.resize(profile / profile.mean() * np.median(levels[-4:]), AHEAD).sum())


def _holt_winters(origin: Origin) -> float:
    logs = np.log(np.maximum(origin.known[-182:], 1e-9)).tolist()
    level, trend = statistics.fmean(logs[:14]), 0.0
    season = [statistics.fmean(logs[day:14:7]) - level for day in range(7)]
    for day, value in enumerate(logs):
        error = value - (level + 0.95 * trend + season[day % 7])
        level += 0.95 * trend + 0.2 * error
        trend = 0.95 * trend + 0.01 * error
        season[day % 7] += 0.1 * error
    total = 0.0
    for day in range(len(logs), len(logs) + AHEAD):
        trend *= 0.95
        level += trend
        total += float(np.exp(level + season[day % 7]))
    return total


OTHERS: dict[str, Callable[[Origin], float]] = {
    "run rate": _run_rate,
    "seasonal naive": _seasonal_naive,
    "weekday profile": _weekday_profile,
    "Holt-Winters": _holt_winters,
}


def _auto_ets(origins: Sequence[Origin]) -> tuple[list[float], float]:
    python = environment("statsforecast", STATSFORECAST)
    asked = {"ahead": AHEAD, "series": [one.known.tolist() for one in origins]}
    done = subprocess.run(
        [str(python), str(PEERS / "auto_ets.py")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"statsforecast failed: {done.stderr.strip()[-500:]}")
    answer = json.loads(done.stdout)
    return answer["totals"], MILLISECONDS * answer["seconds"] / len(origins)
