"""``steward privacy``: export or erase what is kept about a person."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from steward.cli import drawer
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.drawer import Apply, Limit, path
from steward.cli.output import Format, Output, note

COLUMNS = ("id", "person", "kind", "state", "missing", "requested_at")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Export or erase what is kept of a person."
)
RequestId = Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")]


class Kind(StrEnum):
    """What the person asks for."""

    ACCESS = "access"
    ERASURE = "erasure"


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List the requests, newest first."""
    place = path("privacy", "requests")
    drawer.show_list(Client(data), place, columns=COLUMNS, limit=limit, output=output)


@app.command("show")
def show_request(
    request: RequestId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show a request, and what each concern reported."""
    drawer.show_thing(Client(data).get(path("privacy", "requests", request)), output)


@app.command("create")
def create(
    kind: Annotated[Kind, typer.Argument(help="What the person asks for.")],
    person: Annotated[str, typer.Argument(help="The user's id.")],
    identifier: Annotated[
        list[str] | None,
        typer.Option(help="What else they are called by, such as a cloud user's ARN."),
    ] = None,
    data: Data = DEFAULT_DATA,
    apply: Apply = False,
    output: Output = Format.TABLE,
) -> None:
    """Begin a request; an erasure needs --apply, and shuts the person out at once."""
    draft = {"kind": kind.value, "person": person, "identifiers": identifier or []}
    place = path("privacy", "requests")
    plan = f"erase what is kept about {person}, and delete the user"
    sure = apply or kind is Kind.ACCESS
    drawer.act(Client(data), place, draft, plan=plan, apply=sure, output=output)


@app.command("fetch")
def fetch(
    request: RequestId,
    folder: Annotated[Path, typer.Argument(help="Where to write the files.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Write the files of an access export into a folder."""
    client = Client(data)
    place = path("privacy", "requests", request)
    files = [file for part in client.get(place)["parts"] for file in part["files"]]
    note(f"{drawer.save(client, f'{place}/files', files, folder)} files in {folder}")
