"""``steward policy``: rules and their cases, findings, and resources judged before they exist."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import (
    exits,
    policy_authoring,
    policy_check,
    policy_compliance,
    policy_exemptions,
    policy_hubs,
    policy_rulebook,
    policy_trackers,
    policy_trials,
)
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show

FINDINGS = "/api/v1/policy/findings"
AUTHORING = "functions.policy.adapters.authoring"
IMPORTS = "functions.policy.adapters.imports"
LINT = "functions.policy.adapters.lint"
"""The concern's own readers of rules; imported by name, as the shared package knows no concern."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="List rules and findings, try rules on their cases, and judge resources from files.",
)


@app.command("rules")
def rules(
    severity: Annotated[
        str | None, typer.Option(help="critical, high, medium, low or info.")
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="The resource's type, as AWS::S3::Bucket.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """List the rules that ship.

    Example: steward policy rules --type AWS::S3::Bucket
    """
    found = [
        rule
        for rule in _authoring().rules()
        if severity in (None, rule["severity"]) and (type_ is None or type_ in rule["resources"])
    ]
    show(found, columns=("id", "severity", "resources", "title"), output=output)


@app.command("controls")
def controls(
    framework: Annotated[
        str | None, typer.Argument(help="Its id, as cis-aws-3.0; all without it.")
    ] = None,
    open_: Annotated[
        bool, typer.Option("--not-evaluated", help="Only those that no rule bears on.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """List the controls of frameworks and the rules that bear on them.

    Example: steward policy controls cis-aws-3.0 --not-evaluated
    """
    rows: list[dict[str, Any]] = list(_authoring().controls(framework))
    shown = [row for row in rows if not (open_ and row["rules"])]
    counted = [{**row, "rules": len(row["rules"])} for row in shown]
    columns = ("framework", "control", "check", "status", "rules", "asks")
    show(counted if output is Format.TABLE else shown, columns=columns, output=output)
    covered = sum(bool(row["rules"]) for row in rows)
    note(f"{len(rows)} controls, {covered} with rules, {len(rows) - covered} not evaluated")


@app.command("findings")
def findings(
    data: Data = DEFAULT_DATA,
    status: Annotated[str | None, typer.Option(help="open, waived or resolved.")] = "open",
    severity: Annotated[
        str | None, typer.Option(help="critical, high, medium, low or info.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="The rule's id.")] = None,
    resource: Annotated[str | None, typer.Option(help="The resource's id.")] = None,
    account: Annotated[str | None, typer.Option(help="The cloud account.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 1000,
    output: Output = Format.TABLE,
) -> None:
    """List the findings of a running Steward that all given filters take.

    Example: steward policy findings --severity critical -o csv
    """
    wanted = {
        "status": status or None,
        "severity": severity,
        "rule": rule,
        "resource": resource,
        "account": account,
    }
    columns = ("id", "severity", "status", "rule_id", "resource_name", "opened_at", "message")
    show(pages(Client(data), FINDINGS, limit=limit, **wanted), columns=columns, output=output)


@app.command("waive")
def waive(
    finding: Annotated[str, typer.Argument(help="The id, as 'findings' prints it.")],
    reason: Annotated[str, typer.Option(help="Why it is accepted.")],
    until: Annotated[str, typer.Option(help="Until when, as 2026-12-31T00:00:00Z.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Accept a finding until a date.

    Example: steward policy waive 6b1f9f0c --reason "public website" --until 2026-12-31T00:00:00Z
    """
    body = {"reason": reason, "until": until}
    answer = Client(data).post(f"{FINDINGS}/{finding}/waive", body)
    note(f"{answer['rule_id']} on {answer['resource_name']} is waived until {until}")


@app.command("test")
def try_cases(
    path: Annotated[
        Path | None, typer.Argument(help="A rule file or folder; those that ship without it.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Try rules on the cases beside them; exits 1 when one fails.

    Example: steward policy test functions/policy/rules/s3
    """
    rows: list[dict[str, Any]] = list(_authoring().try_rules(path))
    failed = [row for row in rows if row["outcome"] != "ok"]
    shown = failed if output is Format.TABLE else rows
    if shown or output is not Format.TABLE:
        show(shown, columns=("rule", "case", "problem"), output=output)
    count = len({row["rule"] for row in rows})
    note(f"{count} rules, {len(rows)} cases, {len(failed)} failed")
    if failed:
        raise typer.Exit(exits.FAILED)


@app.command("lint")
def lint(
    path: Annotated[
        Path | None, typer.Argument(help="A rule file or folder; those that ship without it.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Warn of fields that no resource of a rule's type has; exits 3 when there is one.

    Example: steward policy lint rules/mine
    """
    rows: list[dict[str, Any]] = importlib.import_module(LINT).lint(path)
    show(rows, columns=("rule", "type", "warning"), output=output)
    note(f"{len(rows)} warnings")
    if rows:
        raise typer.Exit(exits.FINDINGS)


@app.command("import")
def import_policies(
    file: Annotated[Path, typer.Argument(help="A policy file of Cloud Custodian's.")],
    into: Annotated[
        Path | None,
        typer.Option(help="The folder to write the rule files to; else they are shown."),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Turn Cloud Custodian's policies into rules; exits 3 when something has no equivalent.

    Example: steward policy import policies.yml --into rules/imported
    """
    rows, texts = importlib.import_module(IMPORTS).import_file(file, into)
    if into is None and output is Format.TABLE:
        print("---\n".join(texts))
    show(rows, columns=("policy", "line", "outcome", "what", "why"), output=output)
    left = sum(row["outcome"] != "imported" for row in rows)
    note(f"{len(texts)} rules; {left} without an equivalent")
    if left:
        raise typer.Exit(exits.FINDINGS)


policy_trials.add_to(app)
policy_check.add_to(app)
policy_compliance.add_to(app)
policy_authoring.add_to(app)
app.add_typer(policy_exemptions.app, name="exemption")
policy_rulebook.add_to(app)
app.add_typer(policy_hubs.app, name="hub")
app.add_typer(policy_trackers.app, name="tracker")


def _authoring() -> Any:
    return importlib.import_module(AUTHORING)
