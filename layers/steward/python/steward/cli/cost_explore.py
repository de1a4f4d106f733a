"""``steward cost by|moves|views|view|save-view|remove-view|define``: costs as they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.cost_files import write
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

EXPLORE = "/api/v1/cost/explore"
MOVES = "/api/v1/cost/moves"
VIEWS = "/api/v1/cost/views"
DIMENSIONS = "/api/v1/cost/dimensions"

By = Annotated[
    list[str] | None,
    typer.Argument(help="service, account, region, team, tags.KEY, own.NAME, ... as many as 6."),
]
Last = Annotated[str | None, typer.Option(help="Days up to today, as 30d, 6w or 12m.")]
Since = Annotated[str | None, typer.Option(help="The first day, as 2026-01-01.")]
Until = Annotated[str | None, typer.Option(help="The day after the last.")]
Per = Annotated[str | None, typer.Option(help="hour, day, week or month.")]
Metric = Annotated[str, typer.Option(help="effective (amortised), billed, list or contracted.")]
Where = Annotated[
    list[str] | None,
    typer.Option(help="A condition, as service=X|Y, tags.env!=prod or resource~*gpu*; repeatable."),
]
Most = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Lines at most.")]
Currency = Annotated[
    str | None,
    typer.Option(help="Exchange into this, as EUR; 'own' keeps each amount in its own."),
]
Basis = Annotated[
    str | None, typer.Option(help="Rates of the day, the month's average, or its end.")
]
Edition = Annotated[
    int | None, typer.Option(min=0, help="Rates as of this edition ('rates ls' lists them).")
]
Priced = Annotated[
    bool,
    typer.Option("--priced", help="Take the bill's own amount where it has one in --currency."),
]
To = Annotated[
    Path | None,
    typer.Option("--to", help="Write a file instead: *.csv, *.json, *.parquet, *.xlsx."),
]


def by(  # noqa: PLR0917  # Typer: one parameter an option
    dimensions: By = None,
    data: Data = DEFAULT_DATA,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    per: Per = None,
    metric: Metric = "effective",
    where: Where = None,
    limit: Most = 1_000,
    currency: Currency = None,
    basis: Basis = None,
    edition: Edition = None,
    priced: Priced = False,
    to: To = None,
    output: Output = Format.TABLE,
) -> None:
    """Add up costs by dimensions, and over time.

    Example: steward cost by service --last 30d
    """
    asked = _asked(dimensions, last, since, until, metric, where, limit)
    money = exchange(currency, basis, edition, priced=priced)
    answer = Client(data).get(EXPLORE, **asked, per=per, **money)
    print_answer(answer, to=to, output=output)


def moves(  # noqa: PLR0917  # Typer: one parameter an option
    dimensions: By = None,
    data: Data = DEFAULT_DATA,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    metric: Metric = "effective",
    where: Where = None,
    limit: Most = 20,
    currency: Currency = None,
    basis: Basis = None,
    edition: Edition = None,
    priced: Priced = False,
    output: Output = Format.TABLE,
) -> None:
    """Show what moved most against as many days right before.

    Example: steward cost moves service account --last 7d
    """
    asked = _asked(dimensions or ["service"], last, since, until, metric, where, limit)
    money = exchange(currency, basis, edition, priced=priced)
    answer = Client(data).get(MOVES, **asked, **money)
    rows = [{**one["values"], **_without_values(one)} for one in answer["lines"]]
    names = list(answer["lines"][0]["values"]) if rows else []
    show(rows, columns=(*names, "before", "after", "change", "share"), output=output)
    note(f"{answer['since']} to {answer['until']}, against {answer['compared_since']} on")
    note_exchange(answer["exchange"])


def views(
    data: Data = DEFAULT_DATA,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the saved views of costs.

    Example: steward cost views
    """
    found = pages(Client(data), VIEWS, limit=limit)
    show(found, columns=("id", "name", "asked", "saved_by", "saved_at"), output=output)


def view(
    saved: Annotated[str, typer.Argument(help="The id, as 'views' prints it.")],
    data: Data = DEFAULT_DATA,
    to: To = None,
    output: Output = Format.TABLE,
) -> None:
    """Show the costs that a saved view asks for.

    Example: steward cost view 3f9c2b --to costs.xlsx
    """
    print_answer(Client(data).get(f"{VIEWS}/{saved}/costs"), to=to, output=output)


def save_view(  # noqa: PLR0917  # Typer: one parameter an option
    name: Annotated[str, typer.Argument(help="What to call it.")],
    dimensions: By = None,
    data: Data = DEFAULT_DATA,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    per: Per = None,
    metric: Metric = "effective",
    where: Where = None,
    limit: Most = 1_000,
    currency: Currency = None,
    basis: Basis = None,
    edition: Edition = None,
    priced: Priced = False,
    output: Output = Format.TABLE,
) -> None:
    """Keep a question about costs under a name.

    Example: steward cost save-view "Production" service --last 30d --where tags.env=prod
    """
    asked = {
        "by": dimensions or [],
        "where": where or [],
        "metric": metric,
        "limit": limit,
        **_given({"last": last, "since": since, "until": until, "per": per}),
        **exchange(currency, basis, edition, priced=priced),
    }
    show_one(Client(data).post(VIEWS, {"name": name, "asked": asked}), output=output)


def remove_view(
    saved: Annotated[str, typer.Argument(help="The id, as 'views' prints it.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Keep a view no more.

    Example: steward cost remove-view 3f9c2b
    """
    Client(data).request("DELETE", f"{VIEWS}/{saved}")
    note(f"view {saved}: is removed")


def define(
    file: Annotated[Path, typer.Argument(help="JSON or YAML: a name, and values with conditions.")],
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Define a dimension of your own, such as an environment or a product.

    Example: steward cost define product.yaml
    """
    dimension = read_document(file)
    name = dimension.get("name")
    if not isinstance(name, str) or not name:
        raise BadInput(f"{file}: has no name; write name: and values: with value: and when:")
    show_one(Client(data).request("PUT", f"{DIMENSIONS}/{name}", dimension), output=output)


def print_answer(answer: dict[str, Any], *, to: Path | None, output: Format) -> None:
    """Show an answer's lines, or write them to a file."""
    rows = [_row(line, timed=bool(answer["question"]["per"])) for line in answer["lines"]]
    names = list(answer["lines"][0]["values"]) if rows else [*answer["question"]["by"], "currency"]
    columns = (*(["period"] if answer["question"]["per"] else []), *names, "cost")
    if to is not None:
        write(rows, columns, to)
        note(f"{len(rows)} lines in {to}")
    else:
        show(rows, columns=columns, output=output)
    note(_summary(answer))
    note_exchange(answer["exchange"])


def exchange(
    currency: str | None, basis: str | None, edition: int | None, *, priced: bool
) -> dict[str, Any]:
    """The wishes about currencies that were given, as the API takes them."""
    given = {"currency": currency, "basis": basis, "edition": edition, "priced": priced or None}
    return {name: value for name, value in given.items() if value is not None}


def note_exchange(found: dict[str, Any] | None) -> None:
    """Say by which rates amounts were exchanged, and which stayed in their own currency."""
    if found is None:
        return
    note(
        f"in {found['currency']} by edition {found['edition']} of the rates, basis {found['basis']}"
    )
    for one in found["unexchanged"]:
        note(
            f"{one['currency']}: no rate into {found['currency']} on {one['days']} days from "
            f"{one['first']} to {one['last']}; stays in {one['currency']} ('steward cost rates import')"
        )


def read_document(file: Path) -> dict[str, Any]:
    """The object that a file of JSON or YAML holds.

    Raises:
        BadInput: it holds none.
    """
    import yaml

    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{file}: cannot be read as JSON or YAML: {error}") from error
    if not isinstance(found, dict):
        raise BadInput(f"{file}: holds {type(found).__name__}; write an object with named fields")
    return {str(name): _plain(value) for name, value in found.items()}


def add_to(app: typer.Typer) -> None:
    """Hang the commands below ``steward cost``."""
    app.command("by")(by)
    app.command("moves")(moves)
    app.command("views")(views)
    app.command("view")(view)
    app.command("save-view")(save_view)
    app.command("remove-view")(remove_view)
    app.command("define")(define)


def _asked(  # one an option
    dimensions: list[str] | None,
    last: str | None,
    since: str | None,
    until: str | None,
    metric: str,
    where: list[str] | None,
    limit: int,
) -> dict[str, Any]:
    return {
        "by": ",".join(dimensions or ()) or None,
        "where": "&&".join(where or ()) or None,
        "last": last,
        "since": since,
        "until": until,
        "metric": metric,
        "limit": limit,
    }


def _plain(value: Any) -> Any:
    """What YAML reads as JSON has it, which knows no dates."""
    match value:
        case dict():
            return {str(name): _plain(one) for name, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case None | bool() | int() | float() | str():
            return value
    return str(value)


def _given(options: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}


def _row(line: dict[str, Any], *, timed: bool) -> dict[str, Any]:
    period = {"period": line["period"]} if timed else {}
    return {**period, **line["values"], "cost": line["cost"]}


def _without_values(line: dict[str, Any]) -> dict[str, Any]:
    share = line["share"]
    shown = None if share is None else f"{share:+.1%}"
    return {**{name: line[name] for name in ("before", "after", "change")}, "share": shown}


def _summary(answer: dict[str, Any]) -> str:
    asked = answer["question"]
    totals = ", ".join(f"{cost} {currency}" for currency, cost in answer["totals"].items())
    cut = "; cut, raise --limit to see more" if answer["cut"] else ""
    place = "rollups" if answer["rolled"] else "rows"
    return f"{asked['since']} to {asked['until']}: {totals or 'nothing'} (from the {place}){cut}"
