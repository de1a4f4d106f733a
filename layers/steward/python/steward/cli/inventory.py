"""``steward inventory``: what exists, what it looked like, and who changed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from steward.cli import inventory_graph
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, show, show_one
from steward.cli.sync import sync

RESOURCES = "/api/v1/inventory/resources"
_PAGE = 200

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="List resources, show one as it is or was, follow its history and its ties.",
)

Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]


app.command("sync")(sync)


@app.command("ls")
def ls(  # noqa: PLR0917  # Typer: one parameter an option
    data: Data = DEFAULT_DATA,
    provider: Annotated[str | None, typer.Option(help="aws, azure or gcp.")] = None,
    account: Annotated[str | None, typer.Option(help="The cloud account.")] = None,
    region: Annotated[str | None, typer.Option(help="The region, or 'global'.")] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="The CloudFormation type, as AWS::S3::Bucket.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="KEY or KEY=VALUE.")] = None,
    state: Annotated[str | None, typer.Option(help="The provider's word, or 'deleted'.")] = None,
    text: Annotated[str | None, typer.Option(help="Found in names, ids and tags.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="A condition, as configuration.instanceType=t3.micro; may be repeated."),
    ] = None,
    sort: Annotated[
        str | None, typer.Option(help="By this field; -FIELD for the largest first.")
    ] = None,
    limit: Limit = 1000,
    output: Output = Format.TABLE,
) -> None:
    """List the resources that all given filters take.

    Example: steward inventory ls --type AWS::S3::Bucket --tag Env=prod
    """
    wanted = {
        "provider": provider,
        "account": account,
        "region": region,
        "type": type_,
        "tag": tag,
        "state": state,
        "text": text,
        "where": " && ".join(where or ()) or None,
        "sort": sort,
    }
    columns = ("id", "account", "region", "type", "native_id", "state", "captured_at")
    show(pages(Client(data), RESOURCES, limit=limit, **wanted), columns=columns, output=output)


@app.command("show")
def show_resource(
    resource: Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")],
    data: Data = DEFAULT_DATA,
    at: Annotated[
        str | None, typer.Option(help="As of this instant, as 2026-01-31T08:00:00Z.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a resource as it is, or as it was.

    Example: steward inventory show res_abc --at 2026-03-10T09:00:00Z
    """
    show_one(Client(data).get(f"{RESOURCES}/{resource}", at=at), output=output)


@app.command("history")
def history(
    resource: Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")],
    data: Data = DEFAULT_DATA,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the changes of a resource, newest first.

    Example: steward inventory history res_abc
    """
    found = pages(Client(data), f"{RESOURCES}/{resource}/history", limit=limit)
    columns = ("at", "source", "action", "who", "changed")
    show((_with_words(change) for change in found), columns=columns, output=output)


inventory_graph.add_to(app)


def pages(client: Client, path: str, *, limit: int, **query: Any) -> Iterator[dict[str, Any]]:
    """The items of all pages of a list, up to ``limit``."""
    cursor: str | None = None
    left = limit
    while left > 0:
        page = client.get(path, limit=min(left, _PAGE), cursor=cursor, **query)
        yield from page["items"]
        left -= len(page["items"])
        cursor = page["cursor"]
        if cursor is None:
            return


def _with_words(change: dict[str, Any]) -> dict[str, Any]:
    actor = change.get("actor") or {}
    paths = ", ".join(step["path"] or "/" for step in change["patch"])
    return {**change, "who": actor.get("who"), "changed": paths}
