"""``steward query``: ask the inventory and the costs by SQL."""

from __future__ import annotations

import re
import sys
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show
from steward.errors import BadInput

QUERY = "/api/v1/inventory/query"
TABLES = "/api/v1/inventory/tables"
COST_QUERY = "/api/v1/cost/query"
COST_TABLES = "/api/v1/cost/tables"
_COSTS = re.compile(r"\b(from|join)\s+\"?(costs|cost_days)\b", re.IGNORECASE)


def query(
    sql: Annotated[
        str | None, typer.Argument(help="One SELECT; '-' reads it from standard input.")
    ] = None,
    data: Data = DEFAULT_DATA,
    schema: Annotated[
        bool, typer.Option("--schema", help="Show the tables and their columns.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Ask by SQL: one SELECT over resources, changes, relations and accounts, or over costs and cost_days.

    Example: steward query "select type, count(*) as n from resources group by 1 order by n desc"
    """
    client = Client(data)
    if schema:
        show(_columns(client), columns=("table", "column", "type", "about"), output=output)
        return
    if not sql:
        raise BadInput("no SQL: give one SELECT, or --schema to see the tables")
    text = sys.stdin.read() if sql == "-" else sql
    answer = client.post(place_of(text), {"sql": text})
    columns = _unique(answer["columns"])
    rows = [dict(zip(columns, row, strict=True)) for row in answer["rows"]]
    show(rows, columns=columns, output=output)
    if answer["cut"]:
        note(f"steward: {answer['cut']}")


def place_of(sql: str) -> str:
    """Who answers a statement: whoever has the tables that it reads."""
    return COST_QUERY if _COSTS.search(sql) else QUERY


def _columns(client: Client) -> list[dict[str, Any]]:
    tables = [*client.get(TABLES)["items"], *client.get(COST_TABLES)["items"]]
    return [
        {
            "table": table["name"],
            "column": one["name"],
            "type": one["type"],
            "about": one.get("about", ""),
        }
        for table in tables
        for one in table["columns"]
    ]


def _unique(names: list[str]) -> list[str]:
    """The names, each once: SQL gives two columns the same, JSON objects take it once."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found
