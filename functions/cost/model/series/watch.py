"""Watching a whole bill: its leaves and the totals above them, and one alert for one cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from functions.cost.model.series.causes import Cause, Names, causes
from functions.cost.model.series.detect import Reading, read
from functions.cost.model.series.season import Array

ALARM = 5.0
"""Robust standard deviations from which a reading alarms: a hundred series of a bill, and all that they add
up to, then alarm about five times in three months when nothing is wrong."""
QUIET = 7
"""Days without a word after which the same cause is news again."""
SAME = 0.4
"""The share of costs that two descriptions have in common from which they are of one cause."""
RANGE = 2.0
"""Standard deviations within which a leaf's movement means nothing for the cause."""
LEAST_SHARE = 0.03
"""Movements below this share of what was expected are left alone, whatever their score."""


@dataclass(frozen=True, slots=True)
class Told:
    """A cause that was told of, and the last day it was seen."""

    names: Names
    day: date


@dataclass(frozen=True, slots=True)
class Alarm:
    """A cause with the reading of the costs that it accounts for, taken together."""

    cause: Cause
    reading: Reading


def watch(
    first: date,
    leaves: Mapping[tuple[str, ...], Array],
    *,
    alarm: float = ALARM,
) -> list[Alarm]:
    """What stands out on the last day of a bill, each cause once, the most money first.

    ``leaves`` holds the daily costs from ``first`` on, all of the same number of days, by one name a
    dimension; names of all leaves are equally many.
    """
    readings = [read(first, costs, sure=RANGE) for costs in leaves.values()]
    if not _any_alarm(readings, alarm) and not _any_alarm(_totals(first, leaves), alarm):
        return []
    names, costs = list(leaves), list(leaves.values())
    actual = np.array([one[-1] for one in costs])
    expected = np.array([_expected(one, cost) for one, cost in zip(readings, actual, strict=True)])
    noise = np.array([_noise(one) for one in readings])
    found = []
    for cause in causes(names, actual, expected, noise):
        reading = read(first, np.asarray(np.sum([costs[leaf] for leaf in cause.leaves], axis=0)))
        if reading is not None and _counts(reading, cause, alarm):
            found.append(Alarm(cause, reading))
    return found


def news(
    alarms: Sequence[Alarm],
    told: Sequence[Told],
    today: date,
    *,
    weights: Mapping[tuple[str, ...], float],
) -> tuple[list[Alarm], list[Told]]:
    """The alarms that nobody was told of, and what there is to remember for tomorrow.

    An alarm repeats an earlier one when most of their costs (``weights``, one a leaf) are the same
    leaves'; one that moves the other way is that one's end, which is no news either.
    """
    fresh: list[Alarm] = []
    lasting = [one for one in told if (today - one.day).days <= QUIET]
    for alarm in alarms:
        names = alarm.cause.names
        known = [one for one in lasting if overlap(one.names, names, weights) >= SAME]
        if not known:
            fresh.append(alarm)
        lasting = [one for one in lasting if one not in known]
        lasting += [Told(one.names, today) for one in known] or [Told(names, today)]
    return fresh, lasting


def _any_alarm(readings: Iterable[Reading | None], alarm: float) -> bool:
    return any(one is not None and abs(one.score) >= alarm for one in readings)


def _totals(first: date, leaves: Mapping[tuple[str, ...], Array]) -> Iterator[Reading | None]:
    """How the total and the total of each single name read: a cause of many leaves shows there."""
    if not leaves:
        return
    totals: dict[Names, Array] = {}
    for names, costs in leaves.items():
        for place, name in enumerate(names):
            node = tuple(name if n == place else None for n in range(len(names)))
            totals[node] = totals[node] + costs if node in totals else costs
    for costs in (np.sum(list(leaves.values()), axis=0), *totals.values()):
        yield read(first, costs)


def _expected(reading: Reading | None, actual: float) -> float:
    return actual if reading is None else reading.expected


def _noise(reading: Reading | None) -> float:
    return 0.0 if reading is None else max(0.0, (reading.high - reading.low) / 2)


def _counts(reading: Reading, cause: Cause, alarm: float) -> bool:
    return abs(reading.score) >= alarm and abs(cause.excess) >= LEAST_SHARE * abs(cause.expected)


def overlap(one: Names, other: Names, weights: Mapping[tuple[str, ...], float]) -> float:
    """The share of the costs of either description that both hold."""
    both = either = 0.0
    for leaf, weight in weights.items():
        held = (_holds(one, leaf), _holds(other, leaf))
        both += weight * all(held)
        either += weight * any(held)
    return both / either if either else 0.0


def _holds(names: Names, leaf: tuple[str, ...]) -> bool:
    return all(want in (None, have) for want, have in zip(names, leaf, strict=True))
