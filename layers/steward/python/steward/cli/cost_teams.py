"""``steward cost rules|untagged|statement|usage|unit``: whose the costs are, and what a unit costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.cost_explore import (
    Basis,
    Currency,
    Edition,
    Last,
    Priced,
    Since,
    Until,
    exchange,
    note_exchange,
    read_document,
)
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

RULES = "/api/v1/cost/rules"
UNTAGGED = "/api/v1/cost/untagged"
STATEMENTS = "/api/v1/cost/statements"
USAGE = "/api/v1/cost/usage"
UNITS = "/api/v1/cost/units"

Month = Annotated[str, typer.Option(help="As 2026-02.")]
RuleFile = Annotated[Path, typer.Argument(help="JSON or YAML with the rules in their order.")]

rules = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Rules by which costs are given to teams."
)


@rules.command("ls")
def list_rules(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the published versions, newest first.

    Example: steward cost rules ls
    """
    found = pages(Client(data), RULES, limit=1_000)
    show(found, columns=("version", "published_by", "published_at", "reason"), output=output)


@rules.command("show")
def show_rules(
    version: Annotated[int | None, typer.Argument(help="The one that holds, without.")] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show the rules of a version.

    Example: steward cost rules show 3 -o yaml
    """
    found = Client(data).get(f"{RULES}/{'current' if version is None else version}")
    if output is not Format.TABLE:
        show_one(found, output=output)
        return
    show(found["rules"], columns=("name", "when", "to", "by", "split"), output=output)
    note(f"version {found['version']}, by {found['published_by']} at {found['published_at']}")


@rules.command("try")
def try_rules(
    file: RuleFile, month: Month, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show what rules would move between teams in a month; nothing is changed.

    Example: steward cost rules try rules.yaml --month 2026-02
    """
    body = {"month": month, "rules": read_document(file)}
    found = Client(data).post(f"{RULES}/try", body)
    show(found["teams"], columns=("team", "currency", "before", "after", "change"), output=output)
    if found["idle"]:
        note(f"rules that nothing fits: {', '.join(found['idle'])}")
    note("every cost is given out once" if found["conserved"] else "costs would be lost or doubled")


@rules.command("publish")
def publish_rules(file: RuleFile, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Let these rules say whose the costs are, in every month there is.

    Example: steward cost rules publish rules.yaml
    """
    client = Client(data)
    found = client.request("POST", RULES, read_document(file), match=_current(client))
    shown = {name: found[name] for name in ("version", "published_by", "published_at")}
    show_one(shown, output=output)


def untagged(month: Month, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show the costs that no rule gives to anybody, and who may own them.

    Example: steward cost untagged --month 2026-02
    """
    found = Client(data).get(UNTAGGED, month=month)
    columns = ("account", "service", "resource", "currency", "cost", "suggested", "because")
    show(found["lines"], columns=columns, output=output)
    totals = ", ".join(
        f"{cost} {currency} ({found['share'].get(currency, 0):.1%})"
        for currency, cost in found["total"].items()
    )
    note(f"nobody's: {totals or 'nothing'}")


def statement(
    team: Annotated[str, typer.Argument(help="The team.")],
    month: Month,
    data: Data = DEFAULT_DATA,
    to: Annotated[Path | None, typer.Option("--to", help="Write *.html or *.pdf instead.")] = None,
    currency: Currency = None,
    basis: Basis = None,
    edition: Edition = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a team's month beside the month before.

    Example: steward cost statement payments --month 2026-02 --to payments.pdf
    """
    client = Client(data)
    money = exchange(currency, basis, edition, priced=False)
    if to is not None:
        _write_statement(client, to, {"team": team, "month": month, **money})
        note(f"{team}, {month}: in {to}")
        return
    found = client.get(STATEMENTS, team=team, month=month, **money)
    rows = [
        {**line, "currency": part["currency"]} for part in found["parts"] for line in part["lines"]
    ]
    show(rows, columns=("service", "account", "currency", "cost", "before"), output=output)
    for part in found["parts"]:
        note(f"total {part['cost']} {part['currency']}, the month before {part['before']}")
    note_exchange(found["exchange"])


def put_usage(
    dataset: Annotated[str, typer.Argument(help="What to call it, as requests.")],
    file: Annotated[Path, typer.Argument(help="JSON or YAML: unit, and days with keys.")],
    month: Month,
    data: Data = DEFAULT_DATA,
) -> None:
    """Say how much was used in a month, by day and by key.

    Example: steward cost usage requests february.yaml --month 2026-02
    """
    found = Client(data).request("PUT", f"{USAGE}/{dataset}/{month}", read_document(file))
    note(f"{dataset}, {month}: {len(found['days'])} days in {found['unit']}")


def unit(  # noqa: PLR0917  # Typer: one parameter an option
    dataset: Annotated[str, typer.Argument(help="The usage dataset, as requests.")],
    data: Data = DEFAULT_DATA,
    key: Annotated[str | None, typer.Option(help="One key's quantities alone.")] = None,
    per: Annotated[str, typer.Option(help="day, week or month.")] = "month",
    last: Last = None,
    since: Since = None,
    until: Until = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Which costs, as service=AWS Lambda; repeatable.")
    ] = None,
    currency: Currency = None,
    basis: Basis = None,
    edition: Edition = None,
    priced: Priced = False,
    output: Output = Format.TABLE,
) -> None:
    """Show what one unit of a usage dataset cost, period by period.

    Example: steward cost unit requests --per week --where "service=AWS Lambda"
    """
    asked = {"last": last, "since": since, "until": until, "where": "&&".join(where or ()) or None}
    money = exchange(currency, basis, edition, priced=priced)
    found = Client(data).get(UNITS, dataset=dataset, key=key, per=per, **asked, **money)
    show(found["lines"], columns=("period", "currency", "cost", "quantity", "each"), output=output)
    note(f"each is one {found['unit']}")
    note_exchange(found["exchange"])


def add_to(app: typer.Typer) -> None:
    """Hang the commands below ``steward cost``."""
    app.add_typer(rules, name="rules")
    app.command("untagged")(untagged)
    app.command("statement")(statement)
    app.command("usage")(put_usage)
    app.command("unit")(unit)


def _current(client: Client) -> str:
    # Whoever published meanwhile wins: these rules were written without knowing theirs.
    found: list[dict[str, Any]] = client.get(RULES, limit=1)["items"]
    return f'"{found[0]["version"] if found else 0}"'


def _write_statement(client: Client, to: Path, asked: dict[str, Any]) -> None:
    if to.suffix == ".html":
        to.write_text(client.text(f"{STATEMENTS}/page", **asked), "utf-8")
    elif to.suffix == ".pdf":
        from steward.cli.cost_pdf import write

        write(client.get(STATEMENTS, **asked), to)
    else:
        raise BadInput(f"{to}: end its name in .html or .pdf")
