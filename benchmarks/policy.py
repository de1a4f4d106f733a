"""Ten filters over 100,000 EC2 instances: CPU time of compiled rules beside Cloud Custodian's engine."""

from __future__ import annotations

import gc
import hashlib
import json
import math
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from benchmarks.harness import PEERS, ROOT, BenchmarkError, environment, rounded, versions_of
from benchmarks.peers.instances import UTC, instances
from benchmarks.policy_filters import BY_HAND, FILTERS
from benchmarks.policy_imports import imports
from benchmarks.policy_sweep import sweep
from functions.policy.model.custodian.selection import Moment, selection

CUSTODIAN = "0.9.53"
COUNT = 100_000
RUNS = 7
MOST_AT_ONCE = "five filters"


def run(*, count: int | None = None) -> dict[str, Any]:
    """The geometric mean of how many times less CPU time each filter takes here."""
    count = count or COUNT
    peer = environment("custodian", [f"c7n=={CUSTODIAN}"])
    measured = _measured(str(peer), count)
    ratios = {name: one["ratio"] for name, one in measured.items()}
    mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios.values()))
    hand = {name: one["of hand-written"] for name, one in measured.items()}
    return {
        "name": "policy",
        "unit": "s of CPU for all ten, medians",
        "ours": rounded(sum(one["ours s"] for one in measured.values())),
        "peer": rounded(sum(one["peer s"] for one in measured.values())),
        "ratio": rounded(mean),
        "runs": {name: one["runs"] for name, one in measured.items()},
        "versions": {"c7n": CUSTODIAN, **versions_of("jmespath", "boto3")},
        "detail": {
            "instances": count,
            "ratio is": "the geometric mean over the filters",
            "filters": {name: _shown(one) for name, one in measured.items()},
            "least ratio": min(ratios.values()),
            "five filters in one policy": ratios[MOST_AT_ONCE],
            "most of hand-written Python's time": max(hand.values()),
            "matches identical": True,
            **sweep(count),
            **imports(str(peer)),
        },
    }


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "runs"}


def _measured(peer: str, count: int) -> dict[str, dict[str, Any]]:
    resources = instances(count)
    gc.collect()
    gc.freeze()
    try:
        with _custodian(peer, count) as theirs:
            return {name: _filter(name, resources, theirs) for name in FILTERS}
    finally:
        gc.unfreeze()


def _filter(
    name: str, resources: list[Any], theirs: Callable[[str], dict[str, Any]]
) -> dict[str, Any]:
    chosen = selection(FILTERS[name], resource="ec2")
    ours: list[float] = []
    hand: list[float] = []
    peer: list[float] = []
    for _ in range(RUNS):
        now = datetime.now(UTC)
        took, matched = _timed(lambda now=now: chosen.of(resources, Moment(now)))  # type: ignore[misc]
        by_hand, same = _timed(lambda now=now: BY_HAND[name](resources, now))  # type: ignore[misc]
        told = theirs(name)
        if not told["digest"] == _digest(matched) == _digest(same):
            raise BenchmarkError(f"{name}: not the same resources matched; the engines disagree")
        ours.append(took)
        hand.append(by_hand)
        peer.append(told["seconds"])
    here, there, written = (statistics.median(side) for side in (ours, peer, hand))
    return {
        "ours s": rounded(here),
        "peer s": rounded(there),
        "ratio": rounded(there / here),
        "of hand-written": rounded(here / written),
        "matches": len(matched),
        "resources a second": rounded(len(resources) / here),
        "runs": {
            side: [rounded(one) for one in values] for side, values in _sides(ours, peer, hand)
        },
    }


def _sides(
    ours: list[float], peer: list[float], hand: list[float]
) -> Iterator[tuple[str, list[float]]]:
    yield from (("ours", ours), ("peer", peer), ("by hand", hand))


def _timed(work: Callable[[], list[Any]]) -> tuple[float, list[Any]]:
    started = time.process_time()
    found = work()
    return time.process_time() - started, found


def _digest(matched: list[Any]) -> str:
    ids = "".join(sorted(each["InstanceId"] for each in matched))
    return hashlib.blake2b(ids.encode(), digest_size=8).hexdigest()


@contextmanager
def _custodian(peer: str, count: int) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Cloud Custodian in a process of its own, with the same instances."""
    command = [peer, str(PEERS / "custodian_filters.py"), str(count), json.dumps(FILTERS)]
    environ = {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ
    ) as process:
        lines, asked = process.stdout, process.stdin
        if lines is None or asked is None or lines.readline().strip() != "ready":
            raise BenchmarkError("Cloud Custodian did not start; run its peer script by hand")

        def ask(name: str) -> dict[str, Any]:
            asked.write(f"{name}\n")
            asked.flush()
            told: dict[str, Any] = json.loads(lines.readline())
            return told

        yield ask
        asked.close()
