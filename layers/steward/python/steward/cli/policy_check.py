"""``steward policy check``: resources judged before they exist, from templates, plans and exports."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.output import Format, Output, note, show

AUTHORING = "functions.policy.adapters.authoring"
TEMPLATES = "functions.policy.adapters.templates"
REPORTS = "functions.policy.adapters.reports"
SHOWN = 20

Rules = Annotated[
    Path | None, typer.Option("--rules", help="A rule file or folder instead of those that ship.")
]


class Report(StrEnum):
    """A form that other tools read."""

    SARIF = "sarif"
    JUNIT = "junit"


def check(
    path: Annotated[
        Path,
        typer.Argument(
            help="A CloudFormation or ARM template, a Terraform plan as JSON, a folder of them such as "
            "cdk.out, or JSON: a resource, a list, or what AWS Config prints."
        ),
    ],
    rules: Rules = None,
    everything: Annotated[bool, typer.Option("--all", help="Show what passes as well.")] = False,
    report: Annotated[Report | None, typer.Option(help="Print a report for other tools.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Judge resources before they exist; exits 3 when one violates a rule.

    Example: steward policy check cdk.out --report sarif > steward.sarif
    """
    rows, left_out = _judged(path, rules)
    shown = rows if everything else [row for row in rows if row["verdict"] != "pass"]
    if report is None:
        columns = ("resource", "verdict", "severity", "rule", "message")
        places = ("file", "line") if any("file" in row for row in rows) else ()
        show(shown, columns=(*places, *columns), output=output)
    else:
        sys.stdout.write(getattr(importlib.import_module(REPORTS), report.value)(rows))
    counts = Counter(row["verdict"] for row in rows)
    note(", ".join(f"{counts[kind]} {kind}" for kind in ("violation", "unknown", "pass")))
    _tell_left_out(left_out)
    if counts["violation"]:
        raise typer.Exit(exits.FINDINGS)


def add_to(app: typer.Typer) -> None:
    """The command, under ``steward policy``."""
    app.command("check")(check)


def _judged(path: Path, rules: Path | None) -> tuple[list[dict[str, Any]], list[Any]]:
    templates, now = importlib.import_module(TEMPLATES), datetime.now(UTC)
    if templates.is_planned(path):
        judged = templates.check(path, rules, now)
        return judged.rows, judged.left_out
    return list(importlib.import_module(AUTHORING).check_file(path, rules, now)), []


def _tell_left_out(left_out: list[Any]) -> None:
    """Name what no rule was asked about, so that nobody takes it for a pass."""
    if left_out:
        note(f"{len(left_out)} not evaluated:")
    for one in left_out[:SHOWN]:
        note(f"  {one.file}:{one.line}: {one.address}: {one.type}")
    if len(left_out) > SHOWN:
        note(f"  and {len(left_out) - SHOWN} more")
