"""``steward cost rates``: rates between currencies, and the currency that costs are shown in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

RATES = "/api/v1/cost/rates"
SETTINGS = f"{RATES}/settings"
EDITIONS = ("number", "at", "by", "origin", "name", "base", "first", "last", "rates", "basis")
_FIELDS = ("reporting", "basis", "oldest", "feed")

Since = Annotated[str | None, typer.Option(help="The first day, as 2026-01-01.")]
Until = Annotated[str | None, typer.Option(help="The day after the last.")]

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Rates that costs are exchanged by."
)


@app.command("import")
def import_rates(
    file: Annotated[
        Path, typer.Argument(help="CSV or XML as the ECB's, CSV of date,currency,rate, or JSON.")
    ],
    data: Data = DEFAULT_DATA,
    base: Annotated[
        str | None, typer.Option(help="Of what one unit is meant, where the file does not say.")
    ] = None,
    since: Since = None,
    until: Until = None,
    output: Output = Format.TABLE,
) -> None:
    """Take in a file of rates; rates that were stated otherwise before are restated.

    Example: steward cost rates import eurofxref.csv
    """
    given = {"base": base, "since": since, "until": until}
    body = {"name": file.name, "content": _content(file), **_given(given)}
    taken = Client(data).post(RATES, body)
    show_one(taken, output=output)
    if not taken["rates"]:
        note(f"{file}: says nothing that was not known already")


@app.command("ls")
def ls(
    data: Data = DEFAULT_DATA,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 50,
    output: Output = Format.TABLE,
) -> None:
    """List what was stated of rates, newest first; ask for costs as of one by --edition.

    Example: steward cost rates ls
    """
    show(pages(Client(data), RATES, limit=limit), columns=EDITIONS, output=output)


@app.command("show")
def show_rates(  # Typer: one parameter an option
    of: Annotated[str, typer.Argument(help="One unit of this currency, as USD.")],
    to: Annotated[str, typer.Argument(help="In this one, as EUR.")],
    data: Data = DEFAULT_DATA,
    last: Annotated[str | None, typer.Option(help="Days up to today, as 30d or 12m.")] = None,
    since: Since = None,
    until: Until = None,
    output: Output = Format.TABLE,
) -> None:
    """Show the rate that each day's costs are exchanged by.

    Example: steward cost rates show USD EUR --last 30d
    """
    asked = {"of": of, "to": to, "last": last, "since": since, "until": until}
    found = Client(data).get(f"{RATES}/days", **asked)
    show(found["days"], columns=("day", "rate"), output=output)
    note(f"one {of} in {to}, by edition {found['edition']}, basis {found['basis']}")


@app.command("settings")
def settings(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show the reporting currency, by which rates it is reckoned, and how their feed is.

    Example: steward cost rates settings
    """
    show_one(Client(data).get(SETTINGS), output=output)


@app.command("set")
def set_(
    data: Data = DEFAULT_DATA,
    reporting: Annotated[
        str | None, typer.Option(help="The currency that costs are shown in; '' for their own.")
    ] = None,
    basis: Annotated[str | None, typer.Option(help="day, average or end (of the month).")] = None,
    oldest: Annotated[
        int | None, typer.Option(help="By how many days a rate may be older than its day.")
    ] = None,
    feed: Annotated[
        str | None, typer.Option(help="Where rates are fetched from, by https; '' for nowhere.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Change what is named; what is not stays.

    Example: steward cost rates set --reporting EUR --basis average
    """
    client = Client(data)
    before, match = client.read(SETTINGS)
    changes = _given({"reporting": reporting, "basis": basis, "oldest": oldest, "feed": feed})
    if not changes:
        raise BadInput("nothing to set: name --reporting, --basis, --oldest or --feed")
    wishes = {name: before[name] for name in _FIELDS}
    wishes |= {name: None if value == "" else value for name, value in changes.items()}
    show_one(client.request("PUT", SETTINGS, wishes, match=match), output=output)


def add_to(app_: typer.Typer) -> None:
    """Hang the commands below ``steward cost``."""
    app_.add_typer(app, name="rates")


def _content(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read as text in UTF-8 ({error})") from error


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
