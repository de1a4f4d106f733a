"""The score of the Numenta Anomaly Benchmark, as its paper and its sweeping of thresholds define it.

Source: Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms" (ICMLA 2015), and what the
benchmark's own scorer does: of each labelled window the earliest alarm counts, the more the earlier it is;
each alarm outside counts against the detector, the less the closer it follows a window; a window without an
alarm is a miss. Rows of the probation count for nothing. The threshold is the one that does best over all
recordings together. 0 is what no alarm at all gets, and 100 what one alarm at each window's first row gets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.daily_costs import Array

STEEPNESS = 5.0
FAR = 3.0
"""Widths of a window after its end from which an alarm is as wrong as one before any window."""
PROBATION = 0.15
LONGEST_PROBATION = 750
OUTSIDE = -1


class Weights(NamedTuple):
    """What a window found, a window missed and a false alarm count for."""

    hit: float
    miss: float
    false: float


class Recording(NamedTuple):
    """How unusual each row is, and the first and last row of each labelled window."""

    scores: Array
    windows: tuple[tuple[int, int], ...]


class Row(NamedTuple):
    """A row that counts: how unusual it is, the window it is in, and what an alarm there is worth."""

    score: float
    window: int
    worth: float


class Best(NamedTuple):
    """The normalised score at the best threshold; None alarms at nothing."""

    score: float
    threshold: float | None


def sigmoid(position: float) -> float:
    """What an alarm is worth by where it is: -1 a window's first row, 0 its end, 1 its width later."""
    return -1.0 if position >= FAR else 2 / (1 + float(np.exp(STEEPNESS * position))) - 1


def probation(rows: int) -> int:
    """How many of the first rows count for nothing."""
    return min(int(PROBATION * rows), LONGEST_PROBATION)


def best(recordings: Sequence[Recording], weights: Weights) -> Best:
    """The best normalised score of any threshold over all recordings."""
    rows: list[Row] = []
    missed = 0
    for recording in recordings:
        counted = list(_rows(recording, weights, missed))
        rows += counted
        missed += len(recording.windows)
    rows.sort(key=lambda row: -row.score)
    null, perfect = -weights.miss * missed, weights.hit * missed
    total, threshold = _swept(rows, null, weights)
    return Best(100 * (total - null) / (perfect - null), threshold)


def _rows(recording: Recording, weights: Weights, first: int) -> Iterator[Row]:
    """The rows that count; windows are numbered from ``first`` on."""
    before: tuple[int, int] | None = None
    waiting = list(enumerate(recording.windows, first))
    for at in range(len(recording.scores)):
        while waiting and at > waiting[0][1][1]:
            before = waiting.pop(0)[1]
        inside = bool(waiting) and waiting[0][1][0] <= at
        if at < probation(len(recording.scores)):
            continue
        score = float(recording.scores[at])
        if inside:
            number, window = waiting[0]
            yield Row(score, number, weights.hit * _found(at, window))
        else:
            yield Row(score, OUTSIDE, weights.false * _false(at, before))


def _found(at: int, window: tuple[int, int]) -> float:
    first, last = window
    return sigmoid(-(last - at + 1) / (last - first + 1)) / sigmoid(-1.0)


def _false(at: int, before: tuple[int, int] | None) -> float:
    if before is None:
        return sigmoid(FAR)
    first, last = before
    return sigmoid((at - last) / max(last - first, 1))


def _swept(rows: Sequence[Row], null: float, weights: Weights) -> tuple[float, float | None]:
    """The best total and its threshold, rows coming in from the most unusual one on."""
    highest: tuple[float, float | None] = (null, None)
    total, found = null, dict[int, float]()
    for place, row in enumerate(rows):
        if row.window == OUTSIDE:
            total += row.worth
        else:
            known = found.get(row.window, -weights.miss)
            found[row.window] = max(known, row.worth)
            total += found[row.window] - known
        last = place + 1 == len(rows) or rows[place + 1].score != row.score
        if last and total > highest[0]:
            highest = (total, row.score)
    return highest
