"""``steward inventory``: what exists, what it looked like, and who changed it."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli import inventory_export, inventory_graph, inventory_past, inventory_search
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory_past import pages, with_words
from steward.cli.output import Format, Output, show, show_one
from steward.cli.sync import sync
from steward.errors import BadInput

__all__ = ["app", "pages"]

RESOURCES = "/api/v1/inventory/resources"

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
    at: Annotated[
        str | None, typer.Option(help="As of this instant, as 2026-01-31T08:00:00Z.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """List the resources that all given filters take, now or as of an instant.

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
        "where": inventory_search.joined(where),
        "sort": sort,
    }
    columns = ("id", "account", "region", "type", "native_id", "state", "captured_at")
    if at is not None and (text or where or sort):
        raise BadInput(
            "--text, --where and --sort find what there is now; leave them out with --at"
        )
    path = RESOURCES if at is None else inventory_past.STATES
    found = pages(Client(data), path, limit=limit, at=at, **wanted)
    show(found, columns=columns, output=output)


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
    show((with_words(change) for change in found), columns=columns, output=output)


inventory_graph.add_to(app)
inventory_past.add_to(app)
inventory_search.add_to(app)
inventory_export.add_to(app)
