"""Bills of many leaves in which something happens to one description: told of once, and by its name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np

from benchmarks.daily_costs import FIRST, HISTORY, SCORED, Array, normal_costs
from benchmarks.harness import rounded
from functions.cost.model.series.causes import Names
from functions.cost.model.series.watch import Alarm, Told, news, overlap, watch

DIMENSIONS = (
    ("AmazonEC2", "AmazonS3", "AmazonRDS", "AWSLambda"),
    ("111111111111", "222222222222", "333333333333"),
    ("eu-west-1", "us-east-1"),
    ("web", "data"),
)
USAGES = 4
"""Usage types of each service; a leaf has some of them."""
PRESENT = 0.75
USED = 0.6
CAUSES = 4
ENDS = 9
SAME = 0.25


class Planted(NamedTuple):
    """All costs of a description, raised from ``start`` until before ``end``."""

    names: Names
    start: int
    end: int


class Account(NamedTuple):
    """What became of an estate's planted causes: how each alert of each cause names it."""

    leaves: int
    alerts: list[list[str]]
    false: int


def account(seed: int) -> Account:
    """What became of the causes of the estate of a seed."""
    leaves, plan = _estate(np.random.default_rng(seed))
    alerts = list(_alerts(leaves))
    told = [[how for alert in alerts if (how := _how(leaves, alert, one))] for one in plan]
    false = sum(not any(_within(alert, one) for one in plan) for alert in alerts)
    return Account(len(leaves), told, false)


def one_alert_a_cause(estates: Sequence[Account]) -> dict[str, Any]:
    """How many planted causes were told of once, more often, never; how many exactly by their name."""
    told = [alerts for one in estates for alerts in one.alerts]
    counts = [len(alerts) for alerts in told]
    false = sum(one.false for one in estates)
    return {
        "leaves": sum(one.leaves for one in estates),
        "causes": len(told),
        "told once": counts.count(1),
        "told more often": sum(count > 1 for count in counts),
        "never told": counts.count(0),
        "by exactly their name": sum(alerts[:1] == ["exactly"] for alerts in told),
        "false alarms in 90 days, all leaves and totals": rounded(
            90 * false / SCORED / len(estates)
        ),
    }


def _estate(random: np.random.Generator) -> tuple[dict[tuple[str, ...], Array], list[Planted]]:
    places = [one for one in itertools.product(*DIMENSIONS) if random.random() < PRESENT]
    names = [
        (*place, f"{place[0]}:{usage}")
        for place in places
        for usage in range(USAGES)
        if random.random() < USED
    ]
    leaves: dict[tuple[str, ...], Array] = {one: normal_costs(random) for one in names}
    plan = []
    start = HISTORY + 20
    for _ in range(CAUSES):
        leaf = names[random.integers(len(names))]
        fixed = random.choice(len(leaf), int(random.integers(1, len(leaf) + 1)), replace=False)
        wanted = tuple(name if place in fixed else None for place, name in enumerate(leaf))
        end = start + int(random.integers(4, 12))
        rise = 1 + random.uniform(0.4, 1.5)
        for one, costs in leaves.items():
            if all(want in (None, have) for want, have in zip(wanted, one, strict=True)):
                costs[start:end] *= rise
        plan.append(Planted(wanted, start, end))
        start = end + 30
    return leaves, plan


def _alerts(leaves: dict[tuple[str, ...], Array]) -> Iterator[tuple[int, Alarm]]:
    told: list[Told] = []
    for day in range(HISTORY, HISTORY + SCORED):
        so_far = {name: costs[: day + 1] for name, costs in leaves.items()}
        alarms = watch(FIRST, so_far)
        today = FIRST + timedelta(days=day)
        fresh, told = news(alarms, told, today, weights=_weights(leaves, day))
        yield from ((day, alarm) for alarm in fresh)


def _weights(leaves: dict[tuple[str, ...], Array], day: int) -> dict[tuple[str, ...], float]:
    return {name: float(costs[day - 7 : day].mean()) for name, costs in leaves.items()}


def _how(leaves: dict[tuple[str, ...], Array], alert: tuple[int, Alarm], one: Planted) -> str:
    day, alarm = alert
    if not one.start <= day < one.end:
        return ""
    weights = _weights(leaves, one.start)
    shared = overlap(alarm.cause.names, one.names, weights)
    return "exactly" if shared == 1.0 else "roughly" if shared >= SAME else ""


def _within(alert: tuple[int, Alarm], one: Planted) -> bool:
    return one.start <= alert[0] < one.end + ENDS
