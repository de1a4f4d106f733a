"""What importing the evaluator costs a fresh process, beside Cloud Custodian's."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import Any, NamedTuple

from benchmarks.harness import ROOT, BenchmarkError, rounded

RUNS = 7
BOTO3 = "import boto3"
EVALUATOR = "import functions.policy.model.custodian.selection"
THEIRS = "import c7n.policy"
FUNCTION = "import functions.policy.handlers.evaluate_change"
THEIR_FUNCTION = "import c7n.handler, c7n.resources.ec2"
_TELL = """
import time
taken = time.process_time()
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(taken, int(peak.split()[1]) / 1024)
"""
"""The kernel's own high-water mark: what getrusage tells, a child inherits of its parent."""


class Cost(NamedTuple):
    """CPU seconds and the most memory in MiB."""

    seconds: float
    mebibytes: float

    def less(self, other: Cost) -> Cost:
        """What this takes beyond another."""
        return Cost(self.seconds - other.seconds, self.mebibytes - other.mebibytes)

    def of(self, other: Cost) -> dict[str, float]:
        """How much of another's CPU time and memory."""
        return {
            "CPU": rounded(self.seconds / other.seconds),
            "memory": rounded(self.mebibytes / other.mebibytes),
        }

    def shown(self) -> dict[str, float]:
        """The figures as they are printed."""
        return {"s": rounded(self.seconds), "MiB": rounded(self.mebibytes)}


def imports(peer: str) -> dict[str, Any]:
    """Both evaluators, less what a process with boto3 has anyway; both whole functions."""
    here = sys.executable
    sides = {
        "bare": (here, "pass"),
        "ours": (here, EVALUATOR),
        "boto3 here": (here, BOTO3),
        "ours with boto3": (here, f"{BOTO3}; {EVALUATOR}"),
        "boto3 there": (peer, BOTO3),
        "theirs": (peer, THEIRS),
        "function": (here, FUNCTION),
        "their function": (peer, THEIR_FUNCTION),
    }
    taken: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(RUNS):
        for name, side in sides.items():
            taken[name].append(_cost(*side))
    cost = {name: _median(costs) for name, costs in taken.items()}
    theirs = cost["theirs"].less(cost["boto3 there"])
    beside = cost["ours with boto3"].less(cost["boto3 here"])
    alone = cost["ours"].less(cost["bare"])
    return {
        "import, both less boto3": beside.of(theirs),
        "import, ours less a bare interpreter, theirs less boto3": alone.of(theirs),
        "import of the whole function": cost["function"].of(cost["their function"]),
        "imports": {name: each.shown() for name, each in cost.items()},
    }


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.mebibytes for cost in costs),
    )


def _cost(python: str, code: str) -> Cost:
    done = subprocess.run(
        [python, "-c", f"{code}\n{_TELL}"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"},
    )
    if done.returncode:
        raise BenchmarkError(f"{code} failed: {done.stderr.strip()[-300:]}")
    seconds, mebibytes = done.stdout.split()
    return Cost(float(seconds), float(mebibytes))
