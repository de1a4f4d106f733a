"""``steward cost budgets|anomalies|forecast``: what may be spent, what stands out, what it will come to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.cost_explore import (
    Basis,
    Currency,
    Edition,
    Metric,
    Where,
    exchange,
    note_exchange,
    read_document,
)
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

BUDGETS = "/api/v1/cost/budgets"
ANOMALIES = "/api/v1/cost/anomalies"
FORECAST = "/api/v1/cost/forecast"

BudgetId = Annotated[str, typer.Argument(help="The id, as 'budgets ls' prints it.")]
AnomalyId = Annotated[str, typer.Argument(help="The id, as 'anomalies ls' prints it.")]
Reason = Annotated[str, typer.Option(help="Why.")]

budgets = typer.Typer(no_args_is_help=True, add_completion=False, help="How much may be spent.")
anomalies = typer.Typer(no_args_is_help=True, add_completion=False, help="What stands out.")


@budgets.command("ls")
def list_budgets(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the budgets.

    Example: steward cost budgets ls
    """
    found = pages(Client(data), BUDGETS, limit=10_000)
    show(found, columns=("id", "name", "period", "amount", "currency", "where"), output=output)


@budgets.command("show")
def show_budget(budget: BudgetId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show where a budget stands today.

    Example: steward cost budgets show 3f9c2b
    """
    show_one(Client(data).get(f"{BUDGETS}/{budget}/standing"), output=output)


@budgets.command("save")
def save_budget(
    file: Annotated[Path, typer.Argument(help="JSON or YAML of the budget.")],
    data: Data = DEFAULT_DATA,
    replace: Annotated[str | None, typer.Option(help="The id of the one it replaces.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Keep a budget from a file.

    Example: steward cost budgets save production.yaml
    """
    client, body = Client(data), read_document(file)
    if replace is None:
        show_one(client.post(BUDGETS, body), output=output)
        return
    match = client.read(f"{BUDGETS}/{replace}")[1]
    show_one(client.request("PUT", f"{BUDGETS}/{replace}", body, match=match), output=output)


@budgets.command("rm")
def remove_budget(budget: BudgetId, data: Data = DEFAULT_DATA) -> None:
    """Keep a budget no more.

    Example: steward cost budgets rm 3f9c2b
    """
    Client(data).request("DELETE", f"{BUDGETS}/{budget}")
    note(f"budget {budget}: is removed")


@anomalies.command("ls")
def list_anomalies(
    data: Data = DEFAULT_DATA,
    status: Annotated[
        str | None, typer.Option(help="open, expected, not-useful or withdrawn.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 100,
    output: Output = Format.TABLE,
) -> None:
    """List what stood out, the latest first.

    Example: steward cost anomalies ls --status open
    """
    query = {} if status is None else {"status": status}
    found = pages(Client(data), ANOMALIES, limit=limit, **query)
    columns = ("id", "day", "source", "names", "at_stake", "currency", "status")
    show(found, columns=columns, output=output)


@anomalies.command("show")
def show_anomaly(
    anomaly: AnomalyId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show an anomaly: its cause, what was expected, and the money at stake.

    Example: steward cost anomalies show ano_3f9c2b
    """
    show_one(Client(data).get(f"{ANOMALIES}/{anomaly}"), output=output)


@anomalies.command("expected")
def expected(anomaly: AnomalyId, data: Data = DEFAULT_DATA, reason: Reason = "") -> None:
    """Say that an anomaly was expected: the like of it is left alone for a while.

    Example: steward cost anomalies expected ano_3f9c2b --reason "load test"
    """
    _say(Client(data), anomaly, "expected", reason)


@anomalies.command("not-useful")
def not_useful(anomaly: AnomalyId, data: Data = DEFAULT_DATA, reason: Reason = "") -> None:
    """Say that nobody needs to hear of it: the like of it must stand out more from now on.

    Example: steward cost anomalies not-useful ano_3f9c2b
    """
    _say(Client(data), anomaly, "not-useful", reason)


def forecast(  # noqa: PLR0917  # Typer: one parameter an option
    horizon: Annotated[str, typer.Argument(help="month, quarter or year.")] = "month",
    data: Data = DEFAULT_DATA,
    where: Where = None,
    metric: Metric = "effective",
    plus: Annotated[
        list[str] | None,
        typer.Option(help="A line to come, as NAME=DAILY@2026-04-01; repeatable."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Costs to go, as service=X; repeatable, all together.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="The day from which they go.")] = None,
    currency: Currency = None,
    basis: Basis = None,
    edition: Edition = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what costs will come to, how sure that is, and how well it was foretold before.

    Example: steward cost forecast quarter --without service=AmazonRDS
    """
    scenario: dict[str, Any] = {
        "plus": [_line(one) for one in plus or ()],
        "without": without or [],
        "since": since,
    }
    body = {
        "where": where or [],
        "metric": metric,
        "horizon": horizon,
        "scenario": scenario,
        "exchange": exchange(currency, basis, edition, priced=False),
    }
    answer = Client(data).post(FORECAST, body)
    found = answer["items"]
    columns = ("currency", "start", "end", "until", "spent", "total", "low", "high", "changed")
    show(found, columns=columns, output=output)
    for one in found:
        note(_record(one))
    note_exchange(answer["exchange"])


def add_to(app: typer.Typer) -> None:
    """Hang the commands below ``steward cost``."""
    app.add_typer(budgets, name="budgets")
    app.add_typer(anomalies, name="anomalies")
    app.command("forecast")(forecast)


def _say(client: Client, anomaly: str, says: str, reason: str) -> None:
    client.post(f"{ANOMALIES}/{anomaly}/feedback", {"says": says, "reason": reason})
    note(f"anomaly {anomaly}: {says}")


def _line(text: str) -> dict[str, str]:
    name, equals, rest = text.partition("=")
    daily, at, since = rest.partition("@")
    if not equals or not at:
        raise BadInput(f"plus {text[:60]!r}: write NAME=DAILY@DAY, as cluster=120@2026-04-01")
    return {"name": name, "daily": daily, "since": since}


def _record(outlook: dict[str, Any]) -> str:
    if outlook["reason"]:
        return f"{outlook['currency']}: {outlook['reason']}"
    record = outlook["backtest"]
    if not record["origins"]:
        return f"{outlook['currency']}: too short a history to test the method on"
    return (
        f"{outlook['currency']}: {record['days']} days ahead, tested from {record['origins']} earlier "
        f"days: typically off by {record['typical']:.1%}, within the interval {record['within']:.0%}"
    )
