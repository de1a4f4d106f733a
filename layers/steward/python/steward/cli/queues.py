"""``steward queues``: what waits, what failed, and another chance for it."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show, show_one

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look into queues and dead letters, and redrive them.",
)

Name = Annotated[
    str, typer.Argument(help="The queue: its function's id, such as policy.evaluate-change.")
]


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the queues with their depth, lag and dead letters.

    Example: steward queues ls -o json
    """
    columns = ("queue", "ready", "in_flight", "delayed", "lag_seconds", "dead_letters")
    show(Client(data).get("/_steward/queues")["items"], columns=columns, output=output)


@app.command("peek")
def peek(
    queue: Name,
    dead: Annotated[bool, typer.Option("--dead", help="Show the dead letters instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show messages without receiving them.

    Example: steward queues peek notify.deliver --dead -o jsonl
    """
    kind = "dead-letters" if dead else "messages"
    columns = (
        ("id", "tenant", "receives", "reason", "error")
        if dead
        else ("id", "tenant", "receives", "reason")
    )
    found = Client(data).get(f"/_steward/queues/{queue}/{kind}", limit=limit)["items"]
    show(found, columns=columns, output=output)


@app.command("redrive")
def redrive(
    queue: Name,
    ids: Annotated[
        list[int] | None, typer.Option("--id", help="Only this dead letter; may be repeated.")
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without, only say what would be.")
    ] = False,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Put dead letters back into their queue; plans unless --apply is given.

    Example: steward queues redrive notify.deliver --apply
    """
    client = Client(data)
    if apply:
        show_one(client.post(f"/_steward/queues/{queue}/redrive", {"ids": ids}), output=output)
        return
    found = client.get(f"/_steward/queues/{queue}/dead-letters", limit=1000)["items"]
    chosen = [letter for letter in found if ids is None or letter["id"] in ids]
    show(chosen, columns=("id", "tenant", "receives", "reason", "error"), output=output)
    note(f"{len(chosen)} dead letters of {queue} would go back; --apply does it")
