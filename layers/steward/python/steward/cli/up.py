"""``steward up``: the embedded Steward in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward.cli.client import DEFAULT_DATA, Data
from steward.cli.output import note

if TYPE_CHECKING:
    from steward.local.ground import Started


def up(
    data: Data = DEFAULT_DATA,
    port: Annotated[int, typer.Option(help="The HTTP port; 0 for any free one.")] = 8787,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; by default two per processor.")
    ] = None,
) -> None:
    """Run Steward on this machine until it is told to stop (Ctrl-C).

    Example: steward up --data .steward --port 8787
    """
    from steward.local.ground import Options, run

    options = Options(data=Path(data), port=port, host=host, workers=workers)
    run(options, started=_tell, say=note)


def _tell(started: Started) -> None:
    if started.key is not None:
        note(f"admin API key of tenant 'default', shown this once: {started.key}")
        note(
            "to sign in as a person: 'steward users create EMAIL --name NAME --grant admin' with this "
            "key, 'steward auth set-password EMAIL', 'steward login'"
        )
    note(f"Steward is at {started.url}; stop it with Ctrl-C")
