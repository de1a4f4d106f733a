"""``steward cost commitments``: which savings plans and reservations to buy, and how those held do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.cost_explore import Last, Since, Until, Where
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


By = Annotated[
    str | None,
    typer.Option(help="provider, commitment, kind, service, account, region, month; with commas."),
]

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="What to commit to, and how commitments do."
)


@app.command("plan")
def plan(
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
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it as recommendations, to accept or dismiss.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say what to buy, for usage like that of the last days.

    Example: steward cost commitments plan offers.yaml --decline 0.1
    """
    body = {
        "offers": _read(offers),
        "currency": currency,
        "days": days,
        "decline": decline,
        "quiet": quiet,
        "upfront": upfront,
    }
    found = Client(data).post(f"{COMMITMENTS}/recommendations" if keep else COMMITMENTS, body)
    show(found["purchases"], columns=COLUMNS, output=output)
    note(
        f"{found['before']} -> {found['after']} {found['currency']} a month, "
        f"covered {found['coverage_before']} -> {found['coverage_after']}"
    )
    if found["hidden"]:
        note("the bill has whole days: swings within a day are not seen")
    if found["unused_offers"]:
        note(f"no usage for: {', '.join(found['unused_offers'])}")
    if keep:
        note("kept: 'steward cost recommendations ls --check commitment-purchase'")


@app.command("coverage")
def coverage(
    data: Data = DEFAULT_DATA,
    by: By = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    output: Output = Format.TABLE,
) -> None:
    """Show how much of what could be covered is, by service, account, region and month.

    Example: steward cost commitments coverage --last 3m --by service
    """
    found = _view(data, "coverage", by, where, last=last, since=since, until=until)
    columns = ("covered", "open", "coverage", "worth", "worth_covered")
    _show(found, columns, output)


@app.command("utilisation")
def utilisation(
    data: Data = DEFAULT_DATA,
    by: By = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    output: Output = Format.TABLE,
) -> None:
    """Show how much of what is paid for commitments was used, by commitment and month.

    Example: steward cost commitments utilisation --last 3m
    """
    found = _view(data, "utilisation", by, where, last=last, since=since, until=until)
    _show(found, ("used", "unused", "utilisation"), output)


@app.command("break-even")
def break_even(
    data: Data = DEFAULT_DATA,
    by: By = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what commitments saved, and above which utilisation they pay.

    Example: steward cost commitments break-even --by commitment --last 12m
    """
    found = _view(data, "break-even", by, where, last=last, since=since, until=until)
    _show(found, ("cost", "worth", "saving", "utilisation", "break_even"), output)


def add_to(cost: typer.Typer) -> None:
    """Hang the commands below ``steward cost``."""
    cost.add_typer(app, name="commitments")


def _view(
    data: Path, name: str, by: str | None, where: list[str] | None, **days: str | None
) -> dict[str, Any]:
    asked = {"by": by, "where": "&&".join(where or ()) or None, **days}
    found: dict[str, Any] = Client(data).get(f"{COMMITMENTS}/{name}", **asked)
    return found


def _show(found: dict[str, Any], columns: tuple[str, ...], output: Format) -> None:
    rows = [{**one["values"], **one} for one in found["lines"]]
    names = tuple(found["lines"][0]["values"]) if rows else ()
    show(rows, columns=(*names, "currency", *columns), output=output)
    if found["cut"]:
        note("there are more lines; ask by less, or of fewer days")


def _read(path: Path) -> Any:
    import yaml

    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); give a list of offers") from error
    if not isinstance(found, list):
        raise BadInput(f"{path}: is no list; give a list of offers")
    return found
