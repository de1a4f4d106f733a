"""``steward findings``: what violates the rules, who works on it, and what is accepted."""

from __future__ import annotations

import importlib
import sys
from typing import Annotated, Any

import typer

from steward.cli import findings_facets
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.findings_facets import filters
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

FINDINGS = "/api/v1/policy/findings"
EXPORTS = "functions.policy.adapters.exports"
"""The concern's own formats; imported by name, as the shared package knows no concern."""
BULK = "/api/v1/policy/bulk"
COLUMNS = ("id", "risk", "severity", "status", "rule_id", "resource_name", "assignee", "message")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="List findings, and work on them: comment, assign, set a status, waive.",
)
Finding = Annotated[str, typer.Argument(help="The id, as 'list' prints it.")]
Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]


@app.command("list")
def list_(
    *,
    data: Data = DEFAULT_DATA,
    status: Annotated[str | None, typer.Option(help="Only this status.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="What is settled as well.")] = False,
    severity: Annotated[
        str | None, typer.Option(help="critical, high, medium, low or info.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="The rule's id.")] = None,
    resource: Annotated[str | None, typer.Option(help="The resource's id.")] = None,
    account: Annotated[str | None, typer.Option(help="The cloud account.")] = None,
    region: Annotated[str | None, typer.Option(help="The cloud's region.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="As AWS::S3::Bucket.")] = None,
    owner: Annotated[str | None, typer.Option(help="The resource's owner.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Who works on it.")] = None,
    control: Annotated[
        str | None, typer.Option(help="A framework, or a control as cis-aws-3.0/2.1.4.")
    ] = None,
    risk: Annotated[int | None, typer.Option(min=0, max=100, help="The least score.")] = None,
    limit: Limit = 1000,
    output: Output = Format.TABLE,
) -> None:
    """List the findings that all given filters take, the riskiest first.

    Example: steward findings list --risk 60 --control pci-dss-4.0.1
    """
    wanted = {
        "status": status,
        "active": None if everything or status else "true",
        "severity": severity,
        "rule": rule,
        "resource": resource,
        "account": account,
        "region": region,
        "resource_type": type_,
        "owner": owner,
        "assignee": assignee,
        "control": control,
        "risk": risk,
    }
    found = pages(Client(data), FINDINGS, limit=limit, **wanted)
    rows = (_scored(row) for row in found) if output is Format.TABLE else found
    show(rows, columns=COLUMNS, output=output)


@app.command("show")
def show_finding(
    finding: Finding, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show a finding with its evidence and the parts of its score.

    Example: steward findings show 6b1f9f0c7c1a4f0e8d3b5a2c71
    """
    show_one(Client(data).get(f"{FINDINGS}/{finding}"), output=output)


@app.command("related")
def related(
    finding: Finding, data: Data = DEFAULT_DATA, limit: Limit = 20, output: Output = Format.TABLE
) -> None:
    """List other findings on the same resource or of the same rule.

    Example: steward findings related 6b1f9f0c7c1a4f0e8d3b5a2c71
    """
    found = Client(data).get(f"{FINDINGS}/{finding}/related", limit=min(limit, 200))["items"]
    show([_scored(row) for row in found], columns=COLUMNS, output=output)


@app.command("comments")
def comments(
    finding: Finding, data: Data = DEFAULT_DATA, limit: Limit = 1000, output: Output = Format.TABLE
) -> None:
    """List what was said about a finding, the first remark first.

    Example: steward findings comments 6b1f9f0c7c1a4f0e8d3b5a2c71
    """
    found = pages(Client(data), f"{FINDINGS}/{finding}/comments", limit=limit)
    show(found, columns=("at", "by", "text"), output=output)


@app.command("comment")
def comment(
    finding: Finding,
    text: Annotated[str, typer.Argument(help="What to say.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Say something about a finding.

    Example: steward findings comment 6b1f9f0c "the team mends it this week"
    """
    said = Client(data).post(f"{FINDINGS}/{finding}/comments", {"text": text})
    note(f"comment {said['id']} on {finding}")


@app.command("assign")
def assign(
    finding: Finding,
    assignee: Annotated[str | None, typer.Argument(help="To whom; nobody without it.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Give a finding to somebody.

    Example: steward findings assign 6b1f9f0c ana@example.com
    """
    _told(Client(data).post(f"{FINDINGS}/{finding}/assign", {"assignee": assignee}))


@app.command("status")
def status(
    finding: Finding,
    to: Annotated[str, typer.Argument(help="open, in_review or remediating.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Say that a finding is open, in review or being mended.

    Example: steward findings status 6b1f9f0c remediating
    """
    _told(Client(data).post(f"{FINDINGS}/{finding}/status", {"status": to}))


@app.command("dismiss")
def dismiss(
    finding: Finding,
    reason: Annotated[str, typer.Option(help="Why it is no violation.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Mark a finding as a false positive.

    Example: steward findings dismiss 6b1f9f0c --reason "the proxy in front asks for a key"
    """
    _told(Client(data).post(f"{FINDINGS}/{finding}/dismiss", {"reason": reason}))


@app.command("waive")
def waive(
    finding: Finding,
    reason: Annotated[str, typer.Option(help="Why it is accepted.")],
    until: Annotated[str, typer.Option(help="Until when, as 2026-12-31T00:00:00Z.")],
    warn_days: Annotated[int, typer.Option(help="Days before to warn; 0 for no warning.")] = 7,
    data: Data = DEFAULT_DATA,
) -> None:
    """Accept a finding until a date.

    Example: steward findings waive 6b1f9f0c --reason "public website" --until 2026-12-31T00:00:00Z
    """
    body = {"reason": reason, "until": until, "warn_days": warn_days}
    _told(Client(data).post(f"{FINDINGS}/{finding}/waive", body))


@app.command("bulk")
def bulk(
    *,
    data: Data = DEFAULT_DATA,
    where: Annotated[
        list[str], typer.Option("--where", help="A filter, as severity=low; all must fit.")
    ],
    to: Annotated[str | None, typer.Option("--status", help="Set this status.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Give them to this person.")] = None,
    text: Annotated[str | None, typer.Option("--comment", help="Write this on each.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Do one thing to all findings that the filters take, in jobs of up to 500.

    Example: steward findings bulk --where rule=s3-bucket-versioning-off --assignee ana@example.com
    """
    body = {"wanted": filters(where), "action": _action(to, assignee, text)}
    client, jobs, cursor = Client(data), [], None
    while True:
        job = client.post(BULK, {**body, "cursor": cursor})
        jobs.append(job)
        cursor = job["cursor"]
        if cursor is None:
            break
    show(jobs, columns=("id", "findings", "done", "refused", "waiting"), output=output)


@app.command("job")
def job(
    id_: Annotated[str, typer.Argument(metavar="JOB", help="The id, as 'bulk' prints it.")],
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show what came of each finding of a job.

    Example: steward findings job 4d1f0a9b7c2e5d8831a6b0c9f7
    """
    found = Client(data).get(f"{BULK}/{id_}")
    show(found["outcomes"], columns=("finding", "outcome"), output=output)
    note(f"{found['done']} done, {found['refused']} refused, {found['waiting']} waiting")


@app.command("export")
def export(
    *,
    data: Data = DEFAULT_DATA,
    to: Annotated[str, typer.Option("--format", "-f", help="ocsf, asff, sarif or csv.")],
    where: Annotated[
        list[str] | None, typer.Option("--where", help="A filter, as severity=high.")
    ] = None,
    limit: Limit = 100_000,
) -> None:
    """Write findings in another tool's format; those still to be dealt with unless a filter says other.

    Example: steward findings export -f sarif --where account=111122223333
    """
    wanted = {"active": "true"} if not where else filters(where)
    found = pages(Client(data), FINDINGS, limit=limit, **wanted)
    for piece in importlib.import_module(EXPORTS).exported(found, to=to):
        sys.stdout.write(piece)


findings_facets.add_to(app)


def _action(to: str | None, assignee: str | None, text: str | None) -> dict[str, str]:
    given = {"status": to, "assign": assignee, "comment": text}
    wanted = {name: value for name, value in given.items() if value is not None}
    if len(wanted) != 1:
        raise BadInput("give one of --status, --assignee and --comment: a job does one thing")
    ((name, value),) = wanted.items()
    field = {"status": "status", "assign": "assignee", "comment": "text"}[name]
    return {"do": name, field: value}


def _scored(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "risk": (row.get("risk") or {}).get("score")}


def _told(answer: dict[str, Any]) -> None:
    whom = f", with {answer['assignee']}" if answer.get("assignee") else ""
    note(f"{answer['rule_id']} on {answer['resource_name']} is {answer['status']}{whom}")
