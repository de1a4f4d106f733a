"""``steward policy compliance``: how the accounts stand against frameworks of controls."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

COMPLIANCE = "/api/v1/policy/compliance"
COUNTS = ("score", "passed", "failed", "unclear", "accepted", "not_evaluated")
DAYS = 4_000
FINDINGS = "/api/v1/policy/findings"
MOST = 1_000_000
EVIDENCE = "functions.policy.adapters.evidence"
"""The concern's own; imported by name, as the shared package knows no concern."""


def compliance(  # one an option
    framework: Annotated[
        str | None, typer.Argument(help="Its id, as cis-aws-3.0; all without it.")
    ] = None,
    *,
    account: Annotated[str | None, typer.Option(help="Only this cloud account.")] = None,
    by: Annotated[
        str, typer.Option(help="Of one framework: section, control or account.")
    ] = "section",
    over_time: Annotated[bool, typer.Option("--over-time", help="Day by day.")] = False,
    count: Annotated[bool, typer.Option("--count", help="Have it counted anew first.")] = False,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show how the accounts stand against frameworks; a control without evidence is not evaluated.

    Example: steward policy compliance cis-aws-3.0 --over-time
    """
    client = Client(data)
    if count:
        asked = client.post(COMPLIANCE, {})
        note(f"asked for a count; the last one: {asked['newest'] or 'none'}")
        return
    if framework is None:
        if over_time:
            raise BadInput("--over-time: name a framework, as cis-aws-3.0")
        rows = client.get(COMPLIANCE, account=account)["items"]
        show(map(_flat, rows), columns=("framework", "title", *COUNTS), output=output)
    elif over_time:
        found = pages(client, f"{COMPLIANCE}/{framework}/over-time", limit=DAYS, account=account)
        show(map(_flat, found), columns=("day", *COUNTS), output=output)
    else:
        _one(client, framework, account, by, output)


def evidence(
    framework: Annotated[str, typer.Argument(help="Its id, as cis-aws-3.0.")],
    file: Annotated[Path, typer.Argument(help="Where to: *.zip, *.html or *.pdf.")],
    account: Annotated[str | None, typer.Option(help="Only this cloud account.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Write what an auditor is given: a zip with findings, rules and checksums, or a printable report.

    Example: steward policy evidence soc2 soc2.zip
    """
    client = Client(data)
    view = client.get(f"{COMPLIANCE}/{framework}", account=account)
    wanted = {"control": framework, "account": account}
    found = (
        row
        # A report shows what is still to be done; the evidence has what was accepted or mended, too.
        for active in (("true", "false") if file.suffix == ".zip" else ("true",))
        for row in pages(client, FINDINGS, limit=MOST, active=active, **wanted)
    )
    made = importlib.import_module(EVIDENCE)
    if file.suffix == ".zip":
        note(f"{made.bundle(view, found, file)} files in {file}")
    else:
        made.report(view, found, file)
        note(f"{view['title']} in {file}")


def verify_evidence(
    file: Annotated[Path, typer.Argument(help="A zip that 'evidence' wrote.")],
) -> None:
    """Hold an evidence bundle against its checksums; exits 4 when something differs.

    Example: steward policy verify-evidence soc2.zip
    """
    wrong = list(importlib.import_module(EVIDENCE).verify(file))
    for sentence in wrong:
        note(sentence)
    note(f"{file}: {len(wrong)} differences")
    if wrong:
        raise typer.Exit(exits.DRIFT)


def add_to(app: typer.Typer) -> None:
    """The commands, under ``steward policy``."""
    app.command("compliance")(compliance)
    app.command("evidence")(evidence)
    app.command("verify-evidence")(verify_evidence)


def _one(client: Client, framework: str, account: str | None, by: str, output: Format) -> None:
    if by == "account":
        if account is not None:
            raise BadInput("--by account: leave --account out, or choose section or control")
        rows = client.get(f"{COMPLIANCE}/{framework}/accounts")["items"]
        show(map(_flat, rows), columns=("account", "resources", *COUNTS), output=output)
        return
    if by not in ("section", "control"):
        raise BadInput(f"--by {by!r}: use section, control or account")
    found = client.get(f"{COMPLIANCE}/{framework}", account=account)
    if output is not Format.TABLE and output is not Format.CSV:
        show_one(found, output=output)
        return
    if by == "section":
        show(map(_flat, found["sections"]), columns=("section", *COUNTS), output=output)
    else:
        columns = ("control", "outcome", "passed", "failed", "accepted", "unknown", "asks")
        show(found["controls"], columns=columns, output=output)
    total = found["total"]
    told = "nothing evaluated" if total["score"] is None else f"{total['score']} %"
    note(f"{found['title']}: {told}, counted {found['at']} over {found['resources']} resources")


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **row["total"]}
