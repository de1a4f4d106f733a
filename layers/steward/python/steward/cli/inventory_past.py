"""``steward inventory timeline|diff``: who changed what, and what differs between two instants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, show

ROOT = "/api/v1/inventory"
STATES = f"{ROOT}/states"
_PAGE = 200

Since = Annotated[str, typer.Option(help="The earlier instant, as 2026-01-31T08:00:00Z.")]
Until = Annotated[str, typer.Option(help="The later instant.")]
Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]


def timeline(
    resource: Annotated[
        str | None, typer.Argument(help="The id, as 'ls' prints it; else --account or --actor.")
    ] = None,
    data: Data = DEFAULT_DATA,
    account: Annotated[str | None, typer.Option(help="Of this cloud account.")] = None,
    actor: Annotated[str | None, typer.Option(help="By this actor, as a history names it.")] = None,
    since: Annotated[str | None, typer.Option(help="From this instant on.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this instant.")] = None,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the changes of a resource, of an account or by an actor, newest first.

    Example: steward inventory timeline --actor arn:aws:iam::111122223333:user/ana
    """
    wanted = {
        "resource": resource,
        "account": account,
        "actor": actor,
        "since": since,
        "until": until,
    }
    found = pages(Client(data), f"{ROOT}/changes", limit=limit, **wanted)
    columns = ("at", "source", "action", "who", "type", "native_id", "changed")
    show((with_words(change) for change in found), columns=columns, output=output)


def diff(  # noqa: PLR0917  # Typer: one parameter an option
    since: Since,
    until: Until,
    data: Data = DEFAULT_DATA,
    resource: Annotated[str | None, typer.Option(help="Of this resource alone.")] = None,
    account: Annotated[str | None, typer.Option(help="The cloud account.")] = None,
    region: Annotated[str | None, typer.Option(help="The region, or 'global'.")] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="The CloudFormation type, as AWS::S3::Bucket.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="KEY or KEY=VALUE, at either instant.")] = None,
    limit: Limit = 1000,
    output: Output = Format.TABLE,
) -> None:
    """List what was added, changed and removed between two instants.

    Example: steward inventory diff --since 2026-03-09T00:00:00Z --until 2026-03-10T00:00:00Z
    """
    client = Client(data)
    columns = ("what", "type", "native_id", "account", "region", "changed", "id")
    if resource is not None:
        path = f"{ROOT}/differences/{resource}"
        rows = iter([client.get(path, since=since, until=until)])
    else:
        scope = {"account": account, "region": region, "type": type_, "tag": tag}
        rows = pages(client, f"{ROOT}/differences", limit=limit, since=since, until=until, **scope)
    show((with_words(one) for one in rows), columns=columns, output=output)


def add_to(app: typer.Typer) -> None:
    """Make these commands of ``steward inventory``."""
    app.command("timeline")(timeline)
    app.command("diff")(diff)


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


def with_words(change: dict[str, Any]) -> dict[str, Any]:
    """A change with its actor and its paths as words."""
    actor = change.get("actor") or {}
    paths = ", ".join(step["path"] or "/" for step in change["patch"])
    return {**change, "who": actor.get("who"), "changed": paths}
