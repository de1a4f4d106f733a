"""``steward events``: put raw events on the default bus, follow the archive, replay it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Put, follow and replay events."
)

File = Annotated[
    Path,
    typer.Argument(
        help="A JSON file: one event in EventBridge's envelope, or a list; '-' reads stdin."
    ),
]
Moment = Annotated[str, typer.Option(help="A time such as 2026-01-31T08:00:00Z.")]


@app.command("put")
def put(file: File, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Put raw cloud events on the default bus; says which queues took each.

    Example: steward events put event.json
    """
    answer = Client(data).post("/_steward/events", read_json(file))
    rows = answer["events"]
    for row in rows:
        row["queues"] = row.get("queues", [])
    show(rows, columns=("id", "accepted", "queues", "error"), output=output)
    if answer["accepted"] < len(rows):
        note(f"{len(rows) - answer['accepted']} of {len(rows)} events were refused")
        raise typer.Exit(exits.PARTIAL)


@app.command("tail")
def tail(
    data: Data = DEFAULT_DATA,
    since: Annotated[
        int | None,
        typer.Option(help="Begin after this sequence number; 0 shows the whole archive."),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Stop after so many; 0 never stops.")] = 0,
) -> None:
    """Follow both buses: one JSON object a line, as events are archived.

    Example: steward events tail --since 0 --limit 10
    """
    for event in Client(data).stream("/_steward/events/tail", since=since, limit=limit or None):
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()


@app.command("replay")
def replay(
    start: Annotated[
        str, typer.Option("--from", help="The first moment, such as 2026-01-31T08:00:00Z.")
    ],
    end: Annotated[
        str | None, typer.Option("--to", help="The end, not included; by default now.")
    ] = None,
    to_queue: Annotated[
        list[str] | None, typer.Option("--queue", help="Only to this queue; may be repeated.")
    ] = None,
    reapply: Annotated[
        bool, typer.Option("--reapply", help="Have inboxes take again what they have had already.")
    ] = False,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Send archived events to their queues again.

    Without --reapply a message that was handled before changes nothing.

    Example: steward events replay --from 2026-01-31T08:00:00Z --queue policy.evaluate-change
    """
    body = {
        "from": start,
        "to": end or datetime.now(UTC).isoformat(),
        "rules": to_queue or [],
        "reapply": reapply,
    }
    show_one(Client(data).post("/_steward/events/replay", body), output=output)


def read_json(file: Path) -> Any:
    """The JSON in a file, or on standard input for '-'.

    Raises:
        BadInput: there is no such file, or it holds no JSON.
    """
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read ({error})") from error
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file}: not JSON ({error})") from error
