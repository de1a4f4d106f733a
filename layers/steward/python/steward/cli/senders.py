"""``steward senders``: which workloads of other clouds may deliver."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one

SENDERS = "/api/v1/intake/senders"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Say which workloads of other clouds may deliver.",
)

SenderId = Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")]
Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List the senders."""
    rows = pages(Client(data), SENDERS, limit=limit)
    show(rows, columns=("id", "name", "provider", "subject", "added_at"), output=output)


@app.command("show")
def show_sender(sender: SenderId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show a sender."""
    show_one(Client(data).get(f"{SENDERS}/{sender}"), output=output)


@app.command("add")
def add(
    issuer: Annotated[str, typer.Argument(help="Who issues its tokens, as their 'iss' says.")],
    subject: Annotated[str, typer.Argument(help="Whom they are for, as their 'sub' says.")],
    audience: Annotated[str, typer.Option(help="What they must be for, as their 'aud' says.")],
    name: Annotated[str, typer.Option(help="What to call it.")],
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Let a workload deliver; Terraform prints what to give here.

    Example: steward senders add https://accounts.google.com 1170 --audience https://a --name gcp
    """
    draft = {"name": name, "issuer": issuer, "subject": subject, "audience": audience}
    show_one(Client(data).post(SENDERS, draft), output=output)


@app.command("rm")
def rm(
    sender: SenderId,
    data: Data = DEFAULT_DATA,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")] = False,
) -> None:
    """Let a workload deliver no more."""
    client = Client(data)
    if apply:
        client.request("DELETE", f"{SENDERS}/{sender}")
        return
    found = client.get(f"{SENDERS}/{sender}")
    note(f"Would remove {found['name']!r} ({found['id']}); add --apply to do it.")
