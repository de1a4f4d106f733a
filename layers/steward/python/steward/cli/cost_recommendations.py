"""``steward cost recommendations``: what could cost less, and what was decided about it."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one

RECOMMENDATIONS = "/api/v1/cost/recommendations"
COLUMNS = (
    "id",
    "saving",
    "currency",
    "standing",
    "check",
    "resource_name",
    "account",
    "effort",
    "risk",
    "basis",
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="What could cost less: list, add up, accept or dismiss it.",
)
One = Annotated[str, typer.Argument(metavar="ID", help="The id, as 'list' prints it.")]
Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]
Standing = Annotated[
    str | None, typer.Option(help="open, accepted, dismissed, done or gone; open if not given.")
]
Check = Annotated[str | None, typer.Option(help="Only of this check.")]
Category = Annotated[str | None, typer.Option(help="Such as idle, size, storage or schedule.")]
Provider = Annotated[str | None, typer.Option(help="aws, azure or gcp.")]
Account = Annotated[str | None, typer.Option(help="The cloud account.")]
Team = Annotated[str | None, typer.Option(help="The value of the tag team.")]
Effort = Annotated[str | None, typer.Option(help="The highest effort: low, medium or high.")]
Risk = Annotated[str | None, typer.Option(help="The highest risk: low, medium or high.")]
Least = Annotated[str | None, typer.Option(help="The least saving a month.")]


@app.command("ls")
def list_(
    *,
    data: Data = DEFAULT_DATA,
    standing: Standing = None,
    check: Check = None,
    category: Category = None,
    provider: Provider = None,
    account: Account = None,
    team: Team = None,
    effort: Effort = None,
    risk: Risk = None,
    least: Least = None,
    limit: Limit = 1000,
    output: Output = Format.TABLE,
) -> None:
    """List what could cost less, what saves most first.

    Example: steward cost recommendations ls --risk low --least 50
    """
    wanted = {
        "standing": standing or "open",
        "check": check,
        "category": category,
        "provider": provider,
        "account": account,
        "team": team,
        "effort": effort,
        "risk": risk,
        "least": least,
    }
    found = pages(Client(data), RECOMMENDATIONS, limit=limit, **wanted)
    show(found, columns=COLUMNS, output=output)


@app.command("show")
def show_recommendation(
    recommendation: One, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show one with its evidence, what to do, and what the bill says since.

    Example: steward cost recommendations show 6b1f9f0c7c1a4f0e8d3b5a2c71
    """
    show_one(Client(data).get(f"{RECOMMENDATIONS}/{recommendation}"), output=output)


@app.command("simulate")
def simulate(
    *,
    data: Data = DEFAULT_DATA,
    standing: Standing = None,
    check: Check = None,
    category: Category = None,
    provider: Provider = None,
    account: Account = None,
    team: Team = None,
    effort: Effort = None,
    risk: Risk = None,
    least: Least = None,
    output: Output = Format.TABLE,
) -> None:
    """Add up what following them would save a month, each resource counted once.

    Example: steward cost recommendations simulate --effort low --risk low
    """
    wanted = {
        "standing": standing or "open",
        "check": check,
        "category": category,
        "provider": provider,
        "account": account,
        "team": team,
        "effort": effort,
        "risk": risk,
        "least": least,
    }
    show_one(Client(data).get(f"{RECOMMENDATIONS}/simulation", **wanted), output=output)


@app.command("accept")
def accept(recommendation: One, data: Data = DEFAULT_DATA) -> None:
    """Take one on; its saving is then read from the bills that follow.

    Example: steward cost recommendations accept 6b1f9f0c7c1a4f0e8d3b5a2c71
    """
    found = Client(data).post(f"{RECOMMENDATIONS}/{recommendation}/accept", {})
    note(f"recommendation {found['id']}: {found['standing']}")


@app.command("dismiss")
def dismiss(
    recommendation: One,
    reason: Annotated[str, typer.Option(help="Why nobody will follow it.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Say that nobody will follow one, and why.

    Example: steward cost recommendations dismiss 6b1f9f0c --reason "kept for the audit in May"
    """
    found = Client(data).post(f"{RECOMMENDATIONS}/{recommendation}/dismiss", {"reason": reason})
    note(f"recommendation {found['id']}: {found['standing']}")
