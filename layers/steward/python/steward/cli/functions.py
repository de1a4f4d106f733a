"""``steward functions``: what runs here."""

from __future__ import annotations

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, show

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List the functions.")


@app.callback()
def functions() -> None:
    """List the functions and what triggers them."""


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the functions of the running Steward with their triggers.

    Example: steward functions ls -o yaml
    """
    columns = ("id", "trigger", "takes", "timeout", "memory")
    show(Client(data).get("/_steward/functions")["items"], columns=columns, output=output)
