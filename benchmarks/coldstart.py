"""Import of the slowest handler in a fresh interpreter, against what any such function imports."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def run() -> dict[str, Any]:
    """CPU seconds of each handler's import and of its base; the slowest against its base counts."""
    pinned = versions_of(*DISTRIBUTIONS)
    peer = environment("coldstart", [f"{name}=={pinned[name]}" for name in DISTRIBUTIONS])
    functions = load_functions()
    seconds = _measure(peer, functions)
    bases = {function.id: _base(function) for function in functions}
    worst = max(bases, key=lambda id_: _median(seconds[id_]) / _median(seconds[bases[id_]]))
    return result(
        "coldstart",
        "s of CPU",
        {"ours": seconds[worst], "peer": seconds[bases[worst]]},
        more_is_better=False,
        versions=pinned,
        detail={
            "slowest against its base": worst,
            "bases": {name: rounded(_median(seconds[name])) for name in ("base", "http")},
            "handlers": {
                id_: {
                    "seconds": rounded(_median(seconds[id_])),
                    "times its base": rounded(_median(seconds[id_]) / _median(seconds[base])),
                }
                for id_, base in bases.items()
            },
            "steward --help": _help(seconds),
        },
    ).as_dict()


def _measure(peer: Path, functions: Sequence[Function]) -> dict[str, list[float]]:
    codes = {f.id: f"import {f.handler.rpartition('.')[0]}" for f in functions}
    seconds: dict[str, list[float]] = {}
    for _ in range(RUNS):
        for name, code in (("base", BASE), ("http", HTTP), ("terminal", TERMINAL)):
            seconds.setdefault(name, []).append(cpu_seconds(peer, code))
        for name, code in (*codes.items(), ("help", HELP)):
            seconds.setdefault(name, []).append(cpu_seconds(Path(sys.executable), code))
    return seconds


def _base(function: Function) -> str:
    return "http" if isinstance(function.trigger, Routes) else "base"


def _help(seconds: dict[str, list[float]]) -> dict[str, float]:
    ours, peer = _median(seconds["help"]), _median(seconds["terminal"])
    return {
        "seconds": rounded(ours),
        "import typer, rich": rounded(peer),
        "times": rounded(ours / peer),
    }


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


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
