"""``steward sessions``: see and end browser sessions."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli import drawer
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.drawer import Apply, Limit, path
from steward.cli.output import Format, Output, note, show

COLUMNS = ("id", "principal", "created_at", "expires_at", "mfa")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="See and end browser sessions.")
User = Annotated[str | None, typer.Option(help="Somebody else's, as an admin.")]


@app.command("ls")
def ls(
    user: User = None,
    data: Data = DEFAULT_DATA,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List your sessions, newest first."""
    found = Client(data).get(_place(user))["items"]
    show((drawer.plain(one) for one in found[:limit]), columns=COLUMNS, output=output)


@app.command("rm")
def rm(
    session: Annotated[str | None, typer.Argument(help="The id; without one, all of them.")] = None,
    user: User = None,
    data: Data = DEFAULT_DATA,
    apply: Apply = False,
) -> None:
    """End a session, or all of them with every token of before."""
    if not apply:
        note(f"Would end {session or 'all sessions'} of {user or 'yours'}; add --apply to do it.")
        return
    place = _place(user) if session is None else f"{_place(user)}/{session}"
    Client(data).request("DELETE", place)


def _place(user: str | None) -> str:
    return path("users", user, "sessions") if user else path("self", "sessions")
