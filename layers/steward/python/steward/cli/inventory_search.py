"""``steward inventory facets|views|view|save-view``: what there is how often, and searches with a name."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show, show_one

FACETS = "/api/v1/inventory/facets"
VIEWS = "/api/v1/inventory/views"

Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]
Where = Annotated[
    list[str] | None,
    typer.Option(help="A condition, as configuration.instanceType=t3.micro; may be repeated."),
]


def facets(
    fields: Annotated[
        str | None, typer.Argument(help="As type,region,tags.Env or configuration.instanceType.")
    ] = None,
    data: Data = DEFAULT_DATA,
    where: Where = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Values of each field.")] = 50,
    output: Output = Format.TABLE,
) -> None:
    """Count resources by what they have in common.

    Example: steward inventory facets type,tags.Env --where account=111122223333
    """
    asked = {"fields": fields, "where": joined(where), "limit": limit}
    answer = Client(data).get(FACETS, **asked)
    rows = [
        {"field": facet["field"], "value": one["value"], "count": one["count"]}
        for facet in answer["facets"]
        for one in facet["values"]
    ]
    show(rows, columns=("field", "value", "count"), output=output)
    note(f"{answer['total']} resources, as of {answer['as_of']}")


def views(data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List the saved views.

    Example: steward inventory views
    """
    found = pages(Client(data), VIEWS, limit=limit)
    show(found, columns=("id", "name", "wanted", "sort", "saved_by", "saved_at"), output=output)


def view(
    saved: Annotated[str, typer.Argument(help="The id, as 'views' prints it.")],
    data: Data = DEFAULT_DATA,
    limit: Limit = 1000,
    output: Output = Format.TABLE,
) -> None:
    """List the resources that a saved view is about.

    Example: steward inventory view 3f9c2b
    """
    found = pages(Client(data), f"{VIEWS}/{saved}/resources", limit=limit)
    columns = ("id", "account", "region", "type", "native_id", "state", "captured_at")
    show(found, columns=columns, output=output)


def save_view(  # Typer: one parameter an option
    name: Annotated[str, typer.Argument(help="What to call it.")],
    data: Data = DEFAULT_DATA,
    type_: Annotated[str | None, typer.Option("--type", help="The resources' type.")] = None,
    tag: Annotated[str | None, typer.Option(help="KEY or KEY=VALUE.")] = None,
    text: Annotated[str | None, typer.Option(help="Found in names, ids and tags.")] = None,
    where: Where = None,
    sort: Annotated[str | None, typer.Option(help="By this field; -FIELD turns it.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Keep a search under a name.

    Example: steward inventory save-view "Small ones" --where configuration.instanceType=t3.micro
    """
    asked = {"type": type_, "tag": tag, "text": text, "where": joined(where)}
    wanted = {field: value for field, value in asked.items() if value is not None}
    body = {"name": name, "wanted": wanted, "sort": sort}
    show_one(Client(data).post(VIEWS, body), output=output)


def joined(where: list[str] | None) -> str | None:
    """The conditions as the API takes them."""
    return " && ".join(where or ()) or None


def add_to(app: typer.Typer) -> None:
    """Hang the commands below ``steward inventory``."""
    app.command("facets")(facets)
    app.command("views")(views)
    app.command("view")(view)
    app.command("save-view")(save_view)
