"""``steward groups``: grants that several hold together."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli import drawer
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.drawer import Apply, GrantWords, Limit, path
from steward.cli.output import Format, Output, note

COLUMNS = ("id", "name", "grants", "created_at")
FIELDS = ("name", "grants")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Grants that several hold together."
)
GroupId = Annotated[str, typer.Argument(help="The group's id.")]
Principal = Annotated[str, typer.Argument(help="A user's or service's id.")]


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List the groups."""
    drawer.show_list(Client(data), path("groups"), columns=COLUMNS, limit=limit, output=output)


@app.command("show")
def show_group(group: GroupId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show a group."""
    drawer.show_thing(Client(data).get(path("groups", group)), output)


@app.command("create")
def create(
    group: GroupId,
    name: Annotated[str, typer.Option(help="What to call it.")],
    grant: GrantWords = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Make a group.

    Example: steward groups create platform-team --name "Platform team" --grant operator
    """
    draft = {"id": group, "name": name, "grants": drawer.grants_of(grant) or []}
    drawer.show_thing(Client(data).post(path("groups"), draft), output)


@app.command("change")
def change(
    group: GroupId,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    grant: GrantWords = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Give a group another name, or other grants; they reach all members within moments."""
    changes = {"name": name, "grants": drawer.grants_of(grant)}
    place = path("groups", group)
    drawer.show_thing(drawer.replace(Client(data), place, changes, FIELDS), output)


@app.command("rm")
def rm(group: GroupId, data: Data = DEFAULT_DATA, apply: Apply = False) -> None:
    """Remove a group: its members hold its grants no more."""
    drawer.remove(Client(data), path("groups", group), what="delete", apply=apply)


@app.command("members")
def members(
    group: GroupId, data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE
) -> None:
    """List who is in a group."""
    place = path("groups", group, "members")
    drawer.show_list(
        Client(data), place, columns=("principal", "since"), limit=limit, output=output
    )


@app.command("add")
def add(
    group: GroupId,
    principal: Principal,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Take a user or service account into a group."""
    made = Client(data).request("PUT", path("groups", group, "members", principal))
    drawer.show_thing(made, output)


@app.command("remove")
def remove(
    group: GroupId, principal: Principal, data: Data = DEFAULT_DATA, apply: Apply = False
) -> None:
    """Put a user or service account out of a group."""
    if not apply:
        note(f"Would put {principal} out of {group}; add --apply to do it.")
        return
    Client(data).request("DELETE", path("groups", group, "members", principal))
