"""``steward cost commitments``: which savings plans and reservations to buy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show
from steward.errors import BadInput

COMMITMENTS = "/api/v1/cost/commitments"
COLUMNS = (
    "offer",
    "years",
    "hourly",
    "steps",
    "pays",
    "covers",
    "saving",
    "utilisation",
    "break_even",
)


def commitments(
    offers: Annotated[
        Path,
        typer.Argument(
            help="YAML or JSON: a list of offers with id, provider, years and rates by pool."
        ),
    ],
    *,
    data: Data = DEFAULT_DATA,
    currency: Annotated[str, typer.Option(help="Of the bill.")] = "USD",
    days: Annotated[int, typer.Option(help="How far to look back.")] = 30,
    decline: Annotated[str, typer.Option(help="The share by which usage may shrink.")] = "0",
    quiet: Annotated[str, typer.Option(help="The share of hours that may use less.")] = "0.05",
    upfront: Annotated[str | None, typer.Option(help="The most to pay at once.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say what to buy, for usage like that of the last days.

    Example: steward cost commitments offers.yaml --decline 0.1
    """
    body = {
        "offers": _read(offers),
        "currency": currency,
        "days": days,
        "decline": decline,
        "quiet": quiet,
        "upfront": upfront,
    }
    plan = Client(data).post(COMMITMENTS, body)
    show(plan["purchases"], columns=COLUMNS, output=output)
    note(
        f"{plan['before']} -> {plan['after']} {plan['currency']} a month, "
        f"covered {plan['coverage_before']} -> {plan['coverage_after']}"
    )
    if plan["hidden"]:
        note("the bill has whole days: swings within a day are not seen")
    if plan["unused_offers"]:
        note(f"no usage for: {', '.join(plan['unused_offers'])}")


def add_to(app: typer.Typer) -> None:
    """The command, under ``steward cost``."""
    app.command("commitments")(commitments)


def _read(path: Path) -> Any:
    import yaml

    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); give a list of offers") from error
    if not isinstance(found, list):
        raise BadInput(f"{path}: is no list; give a list of offers")
    return found
