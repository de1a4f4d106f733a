"""``steward hooks``: who may post to the public door."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one

SOURCES = "/api/v1/hooks/sources"

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Manage the senders of webhooks to Steward."
)

SourceId = Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")]
Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]
Given = Annotated[
    str | None,
    typer.Option(
        envvar="HOOK_SECRET",
        help="The sender's secret; without one Steward makes it, except for Slack.",
    ),
]


class Scheme(StrEnum):
    """How the sender proves itself."""

    SLACK = "slack"
    GITHUB = "github"
    GITLAB = "gitlab"
    WEBHOOK = "webhook"


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List the sources."""
    rows = pages(Client(data), SOURCES, limit=limit)
    show(rows, columns=("id", "name", "scheme", "created_at"), output=output)


@app.command("show")
def show_source(source: SourceId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show a source, without its secrets."""
    show_one(Client(data).get(f"{SOURCES}/{source}"), output=output)


@app.command("add")
def add(
    scheme: Annotated[Scheme, typer.Argument(help="How the sender proves itself.")],
    name: Annotated[str, typer.Option(help="What to call it.")],
    secret: Given = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Add a source; prints the path to give to the sender, and once the secret if Steward made it.

    Example: steward hooks add github --name main-repository
    """
    draft = {"name": name, "scheme": scheme.value, "secret": secret}
    _opened(Client(data).post(SOURCES, draft), output=output)


@app.command("rotate")
def rotate(
    source: SourceId,
    secret: Given = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Change the secret; the old one holds for 24 hours more."""
    _opened(Client(data).post(f"{SOURCES}/{source}/rotate", {"secret": secret}), output=output)


@app.command("rm")
def rm(
    source: SourceId,
    data: Data = DEFAULT_DATA,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")] = False,
) -> None:
    """Close a source's door, and forget its secrets."""
    client = Client(data)
    if apply:
        client.request("DELETE", f"{SOURCES}/{source}")
        return
    found = client.get(f"{SOURCES}/{source}")
    note(f"Would remove {found['name']!r} ({found['id']}); add --apply to do it.")


def _opened(opened: dict[str, Any], *, output: Format) -> None:
    source = opened["source"]
    shown = {"id": source["id"], "name": source["name"], "scheme": source["scheme"]}
    show_one({**shown, "path": opened["path"], "secret": opened["secret"]}, output=output)
    if opened["secret"] is not None:
        note("The secret is shown this once; give it to the sender now.")
