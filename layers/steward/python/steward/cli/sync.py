"""``steward inventory sync``: look at everything there is, and wait for it with progress on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show_one

SWEEPS = "/api/v1/inventory/sweeps"
_ASKED_EVERY = 1.0
_CODES = {"done": exits.OK, "partial": exits.PARTIAL, "cancelled": exits.FAILED}

Shown = Callable[[dict[str, Any]], None]


def sync(  # Typer: one parameter an option
    data: Data = DEFAULT_DATA,
    account: Annotated[
        list[str] | None, typer.Option(help="Only this account; may be repeated.")
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Only this region, or 'global'; may be repeated.")
    ] = None,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Only this type; may be repeated.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is over.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait at most.")] = 3600.0,
    output: Output = Format.TABLE,
) -> None:
    """Look at everything there is in your accounts; the exit code is 8 when not everything was seen.

    Example: steward inventory sync --account 111122223333 --wait
    """
    client = Client(data)
    scope = {"accounts": account or [], "regions": region or [], "types": type_ or []}
    sweep = client.post(SWEEPS, scope)
    if wait:
        sweep = _awaited(client, sweep, timeout)
    show_one(sweep, output=output)
    if wait:
        for reason in sweep["reasons"]:
            note(reason)
        raise typer.Exit(_CODES.get(sweep["state"], exits.TIMEOUT))


def _awaited(client: Client, sweep: dict[str, Any], timeout: float) -> dict[str, Any]:
    deadline = time.monotonic() + timeout
    with _progress() as shown:
        while sweep["state"] == "running" and time.monotonic() < deadline:
            time.sleep(_ASKED_EVERY)
            sweep = client.get(f"{SWEEPS}/{sweep['id']}")
            shown(sweep)
    return sweep


@contextmanager
def _progress() -> Iterator[Shown]:
    """A bar on the terminal; nothing where there is none."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("parts"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("planning", total=None)

        def shown(sweep: dict[str, Any]) -> None:
            text = f"{sweep['seen']} seen, {sweep['changed']} changed, {sweep['gone']} gone"
            bar.update(
                task, description=text, total=sweep["parts"] or None, completed=sweep["finished"]
            )

        yield shown
