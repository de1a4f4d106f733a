"""``steward inventory neighbours|path|dependents``: how resources hang together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.exits import NOT_FOUND
from steward.cli.output import Format, Output, note, show

ROOT = "/api/v1/inventory"
_COLUMNS = ("type", "native_id", "name", "account", "region", "id")

Resource = Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="Visit at most this many.")]


def neighbours(
    resource: Resource, data: Data = DEFAULT_DATA, limit: Limit = 200, output: Output = Format.TABLE
) -> None:
    """List what a resource names, and who names it.

    Example: steward inventory neighbours res_abc
    """
    found = Client(data).get(f"{ROOT}/neighbours/{resource}", limit=limit)
    _rows(found["items"], ("direction", "kinds"), output)
    _say(found["cut"])


def path(
    resource: Resource,
    to: Annotated[str, typer.Argument(help="The id of the other end.")],
    data: Data = DEFAULT_DATA,
    limit: Limit = 1000,
    output: Output = Format.TABLE,
) -> None:
    """Show the shortest path between two resources.

    Example: steward inventory path res_abc res_def
    """
    found = Client(data).get(f"{ROOT}/paths/{resource}", to=to, limit=limit)
    _say(found["cut"])
    if found["steps"] is None:
        note(f"no path among the {found['visited']} resources visited")
        raise typer.Exit(NOT_FOUND)
    first = {"direction": "", "kinds": [], "resource": found["start"]}
    _rows([first, *found["steps"]], ("direction", "kinds"), output)


def dependents(
    resource: Resource,
    data: Data = DEFAULT_DATA,
    depth: Annotated[int, typer.Option(min=1, max=20, help="So many steps away.")] = 20,
    limit: Limit = 200,
    output: Output = Format.TABLE,
) -> None:
    """List what needs a resource, directly or by others: its blast radius.

    Example: steward inventory dependents res_abc --depth 2
    """
    found = Client(data).get(f"{ROOT}/dependents/{resource}", depth=depth, limit=limit)
    _rows(found["items"], ("depth", "kinds"), output)
    _say(found["cut"])


def add_to(app: typer.Typer) -> None:
    """Make these commands of ``steward inventory``."""
    app.command("neighbours")(neighbours)
    app.command("path")(path)
    app.command("dependents")(dependents)


def _rows(items: Iterable[Mapping[str, Any]], columns: tuple[str, ...], output: Format) -> None:
    show(_flat(items, output), columns=(*columns, *_COLUMNS), output=output)


def _flat(items: Iterable[Mapping[str, Any]], output: Format) -> Iterator[Mapping[str, Any]]:
    for item in items:
        if output in {Format.TABLE, Format.CSV}:
            yield {**item["resource"], **item, "kinds": ", ".join(item["kinds"])}
        else:
            yield item


def _say(cut: str | None) -> None:
    if cut:
        note(f"not everything: {cut}")
