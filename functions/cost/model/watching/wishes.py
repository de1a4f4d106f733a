"""What people want to hear of, after what they said of earlier anomalies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from functions.cost.model.series.watch import SAME, Alarm, overlap
from functions.cost.model.watching.anomaly import Anomaly, AnomalyStatus

LEAST: Final = 1.0
"""Money a day below which nobody wants to hear of it, in whatever currency."""
PATIENCE: Final = timedelta(days=45)
"""For how long what was called expected is left alone."""
TWICE: Final = 2.0
"""How many times the money of what was called expected is another matter."""
STRICTER: Final = 1.6
"""How much more something must stand out where earlier alerts were of no use."""


def wanted(
    alarm: Alarm,
    said: Iterable[Anomaly],
    *,
    day: date,
    weights: Mapping[tuple[str, ...], float],
    alarm_at: float,
) -> bool:
    """Whether anybody wants to hear of an alarm, after what was said of the like of it."""
    stake, score = alarm.reading.excess, alarm.reading.score
    if abs(alarm.cause.excess) < LEAST:
        return False
    for one in said:
        if overlap(one.description, alarm.cause.names, weights) < SAME:
            continue
        same_way = (one.at_stake > 0) == (stake > 0)
        if one.status is AnomalyStatus.EXPECTED:
            recent = day - one.day <= PATIENCE
            if (
                same_way
                and recent
                and abs(alarm.cause.excess) < TWICE * abs(one.actual - one.expected)
            ):
                return False
        elif one.status is AnomalyStatus.NOT_USEFUL and abs(score) < STRICTER * alarm_at:
            return False
    return True
