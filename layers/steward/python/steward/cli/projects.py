"""``steward projects``: parts of a tenant, and who holds what in them."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli import drawer
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.drawer import Apply, Limit, path
from steward.cli.output import Format, Output
from steward.identity import Role

COLUMNS = ("id", "name", "accounts", "tags", "created_at")
FIELDS = ("name", "accounts", "tags")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Parts of a tenant, and who holds what there."
)
ProjectId = Annotated[str, typer.Argument(help="The project's id.")]
Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", help="PROVIDER/ACCOUNT; may be given several times."),
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", help="NAME=VALUE; may be given several times.")
]


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List the projects that you may see."""
    drawer.show_list(Client(data), path("projects"), columns=COLUMNS, limit=limit, output=output)


@app.command("show")
def show_project(
    project: ProjectId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show a project."""
    drawer.show_thing(Client(data).get(path("projects", project)), output)


@app.command("create")
def create(
    project: ProjectId,
    name: Annotated[str, typer.Option(help="What to call it.")],
    account: Accounts = None,
    tag: Tags = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Make a project of accounts and tags; each is enough alone.

    Example: steward projects create shop --name Shop --account aws/123456789012 --tag app=shop
    """
    draft = {
        "id": project,
        "name": name,
        "accounts": account or [],
        "tags": drawer.tags_of(tag) or {},
    }
    drawer.show_thing(Client(data).post(path("projects"), draft), output)


@app.command("change")
def change(
    project: ProjectId,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    account: Accounts = None,
    tag: Tags = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Give a project another name, or other accounts or tags in the place of all there are."""
    changes = {"name": name, "accounts": account, "tags": drawer.tags_of(tag)}
    place = path("projects", project)
    drawer.show_thing(drawer.replace(Client(data), place, changes, FIELDS), output)


@app.command("rm")
def rm(project: ProjectId, data: Data = DEFAULT_DATA, apply: Apply = False) -> None:
    """Remove a project: grants in it are for nothing from then on."""
    drawer.remove(Client(data), path("projects", project), what="delete", apply=apply)


@app.command("grant")
def grant(
    project: ProjectId,
    principal: Annotated[str, typer.Argument(help="A user's or service's id.")],
    role: Annotated[
        list[Role] | None, typer.Option(help="May be given several times; none takes all away.")
    ] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Let a user or service account hold these roles in a project, and no others there."""
    wanted = {"roles": [each.value for each in role or []]}
    place = path("projects", project, "members", principal)
    drawer.show_thing(Client(data).request("PUT", place, wanted), output)
