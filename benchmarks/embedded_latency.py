"""From sending a message to its row on disk, at half the highest rate, each side at its own half."""

from __future__ import annotations

import statistics
from typing import Any, Protocol

from benchmarks.arrivals import Load
from benchmarks.celery_peer import VERSIONS, celery_peer
from benchmarks.embedded import embedded
from benchmarks.harness import RUNS, folder, percentile, result, rounded

COUNT = 2000
SECONDS = 6


class Side(Protocol):
    """Either of the two."""

    def load(self, count: int, *, rate: float = 0) -> Load:
        """Send messages and await their rows."""
        ...


def run() -> dict[str, Any]:
    """The 99th percentile in milliseconds, and the median beside it."""
    with (
        folder("ours") as ours,
        folder("peer") as theirs,
        embedded(ours) as steward,
        celery_peer(theirs) as celery,
    ):
        sides: dict[str, Side] = {"ours": steward, "peer": celery}
        half = {name: _highest(side) / 2 for name, side in sides.items()}
        p50: dict[str, list[float]] = {"ours": [], "peer": []}
        p99: dict[str, list[float]] = {"ours": [], "peer": []}
        for _ in range(RUNS):
            for name, side in sides.items():
                taken = side.load(int(half[name] * SECONDS), rate=half[name]).seconds
                p50[name].append(percentile(taken, 0.5) * 1000)
                p99[name].append(percentile(taken, 0.99) * 1000)
    medians = {name: rounded(statistics.median(values)) for name, values in p50.items()}
    rates = {name: rounded(rate) for name, rate in half.items()}
    how = "ours ten a call, as for the highest rate; Celery has no such call"
    return result(
        "embedded-latency",
        "ms, 99th percentile",
        p99,
        more_is_better=False,
        versions=VERSIONS,
        detail={"median ms": medians, "messages a second": rates, "sent": how},
    ).as_dict()


def _highest(side: Side) -> float:
    return statistics.median(side.load(COUNT).rate for _ in range(3))
