"""Import of the slowest handler in a fresh interpreter, against what any such function imports."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.harness import ROOT, RUNS, environment, result, rounded, versions_of
from steward.manifest import Function, Routes, load_functions

DISTRIBUTIONS = ("aws-lambda-powertools", "aws-xray-sdk", "boto3", "pydantic", "typer", "rich")
BASE = """
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.batch import BatchProcessor
import boto3
from pydantic import BaseModel
"""
HTTP = BASE + "from aws_lambda_powertools.event_handler import APIGatewayHttpResolver\n"
TERMINAL = "import typer, rich"
HELP = """
import sys
from steward.cli.main import main
sys.argv = ["steward", "--help"]
main()
"""


class Pair(NamedTuple):
    """CPU seconds of one import and, measured beside each, of what it is held against."""

    ours: list[float]
    peer: list[float]

    @property
    def times(self) -> float:
        """How many times its peer's median."""
        return statistics.median(self.ours) / statistics.median(self.peer)

    def shown(self) -> dict[str, float]:
        """The medians and their ratio."""
        return {
            "seconds": rounded(statistics.median(self.ours)),
            "base": rounded(statistics.median(self.peer)),
            "times": rounded(self.times),
        }


def run() -> dict[str, Any]:
    """CPU seconds of each handler's import beside its base; the slowest against its base counts."""
    pinned = versions_of(*DISTRIBUTIONS)
    peer = environment("coldstart", [f"{name}=={pinned[name]}" for name in DISTRIBUTIONS])
    functions = load_functions()
    codes = {f.id: (f"import {f.handler.rpartition('.')[0]}", _base(f)) for f in functions}
    pairs = {name: _measure(peer, *both) for name, both in codes.items()}
    slowest = max(pairs, key=lambda name: pairs[name].times)
    return result(
        "coldstart",
        "s of CPU",
        pairs[slowest]._asdict(),
        more_is_better=False,
        versions=pinned,
        detail={
            "slowest against its base": slowest,
            "handlers": {name: pair.shown() for name, pair in pairs.items()},
            "steward --help": _measure(peer, HELP, TERMINAL).shown(),
        },
    ).as_dict()


def _measure(peer: Path, ours: str, base: str) -> Pair:
    pair = Pair([], [])
    for _ in range(RUNS):
        pair.ours.append(cpu_seconds(Path(sys.executable), ours))
        pair.peer.append(cpu_seconds(peer, base))
    return pair


def _base(function: Function) -> str:
    return HTTP if isinstance(function.trigger, Routes) else BASE


def cpu_seconds(python: Path, code: str) -> float:
    """User and system time of a fresh interpreter that runs the code."""
    environ = {"PATH": os.environ["PATH"], "STEWARD_STORE": "dynamodb", "AWS_REGION": "eu-west-1"}
    with subprocess.Popen(
        [str(python), "-c", code], stdout=subprocess.DEVNULL, cwd=ROOT, env=environ
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, code)
    return usage.ru_utime + usage.ru_stime
