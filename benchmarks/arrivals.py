"""What a load took, from the lines that handlers append once a message's row is on disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.harness import BenchmarkError

PATIENCE = 180.0


class Arrival(NamedTuple):
    """One message: when it was sent and when its row was on disk, in seconds of the epoch."""

    number: int
    sent_at: float
    kept_at: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.kept_at - self.sent_at


class Load(NamedTuple):
    """All messages of one load, each once."""

    arrivals: list[Arrival]

    @property
    def rate(self) -> float:
        """Messages a second, from the first one sent to the last one kept."""
        first = min(arrival.sent_at for arrival in self.arrivals)
        return len(self.arrivals) / (max(arrival.kept_at for arrival in self.arrivals) - first)

    @property
    def seconds(self) -> list[float]:
        """How long each message took."""
        return [arrival.seconds for arrival in self.arrivals]


def await_load(path: Path, numbers: range) -> Load:
    """Wait until each of the numbers has arrived.

    Raises:
        BenchmarkError: they have not after three minutes.
    """
    deadline = time.monotonic() + PATIENCE
    found: dict[int, Arrival] = {}
    with path.open(encoding="ascii") as lines:
        while len(found) < len(numbers):
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{len(found)} of {len(numbers)} messages arrived")
            # Seldom enough to take nothing from the workers; the lines say when they were written.
            time.sleep(0.1)
            for line in lines.read().splitlines():
                number, sent_at, kept_at = line.split()
                if int(number) in numbers:
                    found[int(number)] = Arrival(int(number), float(sent_at), float(kept_at))
    return Load(list(found.values()))
