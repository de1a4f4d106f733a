"""What importing the evaluator costs a fresh process, beside Cloud Custodian's."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import Any, NamedTuple

from benchmarks.harness import ROOT, BenchmarkError, rounded
from steward.manifest import ALIKE

RUNS = 7
BOTO3 = "import boto3"
EVALUATOR = "import functions.policy.model.custodian.selection"
THEIRS = "import c7n.policy"
FUNCTION = "import functions.policy.handlers.evaluate_change"
THEIR_FUNCTION = "import c7n.handler, c7n.resources.ec2"
_TELL = """
import time
def now():
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return time.process_time(), int(peak.split()[1]) / 1024
{before}
first = now()
{code}
last = now()
print(last[0] - first[0], last[1] - first[1])
"""
"""The kernel's own high-water mark: what getrusage tells, a child inherits of its parent."""
_WITHOUT = ("PYTHONDONTWRITEBYTECODE",)
"""Compiling is no part of an import that happens a second time."""


class Cost(NamedTuple):
    """CPU seconds and the most memory in MiB."""

    seconds: float
    mebibytes: float

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
        "ours, after boto3": (here, BOTO3, EVALUATOR),
        "ours, alone": (here, "", EVALUATOR),
        "theirs, after boto3": (peer, BOTO3, THEIRS),
        "our function": (here, "", FUNCTION),
        "their function": (peer, "", THEIR_FUNCTION),
    }
    taken: dict[str, list[Cost]] = {name: [] for name in sides}
    for side in sides.values():
        _cost(*side)  # the first writes the bytecode, which counts for neither
    for _ in range(RUNS):
        for name, side in sides.items():
            taken[name].append(_cost(*side))
    cost = {name: _median(costs) for name, costs in taken.items()}
    theirs = cost["theirs, after boto3"]
    return {
        "import of the evaluator, both after boto3": cost["ours, after boto3"].of(theirs),
        "import of the evaluator alone, theirs after boto3": cost["ours, alone"].of(theirs),
        "import of the whole function": cost["our function"].of(cost["their function"]),
        "our function, s of CPU": _first_change(here),
        "imports": {name: each.shown() for name, each in cost.items()},
    }


def _first_change(python: str) -> dict[str, float]:
    """The import, the first change after it and the next: what is put off has to show somewhere."""
    runs = [json.loads(_ran(python, "-m", "benchmarks.peers.first_change")) for _ in range(RUNS)]
    return {name: rounded(statistics.median(run[name] for run in runs)) for name in runs[0]}


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.mebibytes for cost in costs),
    )


def _cost(python: str, before: str, code: str) -> Cost:
    seconds, mebibytes = _ran(python, "-c", _TELL.format(before=before, code=code)).split()
    return Cost(float(seconds), float(mebibytes))


def _ran(*command: str) -> str:
    """What a program says in a fresh process, started as functions are."""
    environ = {name: value for name, value in os.environ.items() if name not in _WITHOUT}
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"AWS_DEFAULT_REGION": "eu-west-1", **ALIKE, **environ},
    )
    if done.returncode:
        raise BenchmarkError(f"{command[-1][-80:]} failed: {done.stderr.strip()[-300:]}")
    return done.stdout
