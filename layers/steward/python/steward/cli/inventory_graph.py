"""``steward inventory neighbours|path|dependents|exposure|orphans``: how resources hang together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.exits import NOT_FOUND
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show, show_one

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


def exposure(resource: Resource, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Say whether the internet reaches a resource, and by which hops or why not.

    Example: steward inventory exposure res_abc
    """
    found = Client(data).get(f"{ROOT}/exposure/{resource}")
    if output not in {Format.TABLE, Format.CSV}:
        show_one(found, output=output)
        return
    columns = ("way", "verdict", "type", "native_id", "says")
    show(_ways(found["ways"]), columns=columns, output=output)
    for text in (found["why"], *found["missing"]):
        _say_plainly(f"{found['verdict']}: {text}" if text else None)


def _ways(ways: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for number, way in enumerate(ways, start=1):
        for hop in way["hops"]:
            yield {"way": number, "verdict": way["verdict"], **hop}


def _say_plainly(text: str | None) -> None:
    if text:
        note(text)


def orphans(
    data: Data = DEFAULT_DATA,
    kind: Annotated[str | None, typer.Option(help="Of this kind, as unattached-volume.")] = None,
    account: Annotated[str | None, typer.Option(help="The cloud account.")] = None,
    region: Annotated[str | None, typer.Option(help="The region, or 'global'.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 1000,
    output: Output = Format.TABLE,
) -> None:
    """List what serves nothing any more, as unattached volumes and unused groups.

    Example: steward inventory orphans --kind unattached-volume
    """
    found = pages(
        Client(data), f"{ROOT}/orphans", limit=limit, kind=kind, account=account, region=region
    )
    flat = output in {Format.TABLE, Format.CSV}
    rows = ({**one["resource"], **one} if flat else one for one in found)
    show(rows, columns=("kind", *_COLUMNS), output=output)


def add_to(app: typer.Typer) -> None:
    """Make these commands of ``steward inventory``."""
    app.command("neighbours")(neighbours)
    app.command("path")(path)
    app.command("dependents")(dependents)
    app.command("exposure")(exposure)
    app.command("orphans")(orphans)


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
