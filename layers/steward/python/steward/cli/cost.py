"""``steward cost``: take bills in, and see what came of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import (
    cost_changes,
    cost_commitments,
    cost_explore,
    cost_metrics,
    cost_rates,
    cost_recommendations,
    cost_teams,
    cost_watch,
)
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

DELIVERIES = "/api/v1/cost/deliveries"
INBOX = "/api/v1/cost/inbox"
COLUMNS = ("id", "source", "status", "received_at", "period", "format", "rows", "billed", "reason")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Take bills in, ask what things cost, whose it is, and what it will come to.",
)
cost_explore.add_to(app)
cost_teams.add_to(app)
cost_watch.add_to(app)
app.add_typer(cost_recommendations.app, name="recommendations")
cost_changes.add_to(app)
cost_metrics.add_to(app)
cost_commitments.add_to(app)
cost_rates.add_to(app)


@app.command("ingest")
def ingest(
    file: Annotated[Path, typer.Argument(help="A bill of any kind, or a folder of one.")],
    source: Annotated[str, typer.Option(help="The source it is of, as aws-main.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Put a bill into the inbox of the Steward on this machine, and have it taken in.

    Example: steward cost ingest january.csv.gz --source aws-main
    """
    if not file.exists():
        raise BadInput(f"{file}: is not there")
    client = Client(data)
    inbox = client.get(INBOX)
    if inbox["folder"] is None:
        raise BadInput(
            f"{file}: Steward runs elsewhere; put it into its bucket of bills, below "
            f"{inbox['prefix']}{source}/"
        )
    target = Path(inbox["folder"]) / source
    target.mkdir(parents=True, exist_ok=True)
    for one in _files(file):
        place = target / one.relative_to(file.parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        shutil.copyfile(one, part)
        part.replace(place)
    client.post(INBOX, {})
    note(f"put {file} below {target}; 'steward cost ls' shows what comes of it")


@app.command("ls")
def ls(
    data: Data = DEFAULT_DATA,
    status: Annotated[
        str | None, typer.Option(help="As ingested, waiting, refused, duplicate.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Of this source alone.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the bills that came, newest first, and what became of each.

    Example: steward cost ls --status refused
    """
    found = pages(Client(data), DELIVERIES, limit=limit, status=status, source=source)
    show([_shown(one) for one in found], columns=COLUMNS, output=output)


@app.command("show")
def show_delivery(
    delivery: Annotated[str, typer.Argument(help="The id of a delivery.")],
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show one bill: its files, its exact sums by month, and the rules of FOCUS that its rows break.

    Example: steward cost show dlv_0123456789abcdef012345
    """
    show_one(Client(data).get(f"{DELIVERIES}/{delivery}"), output=output)


def _files(file: Path) -> list[Path]:
    return [file] if file.is_file() else sorted(one for one in file.rglob("*") if one.is_file())


def _shown(delivery: dict[str, Any]) -> dict[str, Any]:
    sums = [
        f"{period['name']}: {amount} {currency}"
        for period in delivery["periods"]
        for currency, amount in period["billed"].items()
    ]
    return {**delivery, "billed": ", ".join(sums)}
