"""``steward policy backtest|diff``: what a rule would have found, before it is enabled."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import RESOURCES, pages
from steward.cli.output import Format, Output, note, show, show_one

TRIALS = "functions.policy.adapters.trials"
"""The concern's own; imported by name, as the shared package knows no concern."""
MOST = 100_000

History = Annotated[
    Path | None,
    typer.Option(help="Read the past from this file, as --save writes it, not from Steward."),
]
_COLUMNS = ("opened_at", "resolved_at", "resource", "account", "region", "message")


def backtest(
    file: Annotated[Path, typer.Argument(help="The rule file.")],
    days: Annotated[int, typer.Option(min=1, max=400, help="Over so many days until now.")] = 30,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with this rule file, or 'shipped' for the one that ships."),
    ] = None,
    history: History = None,
    save: Annotated[
        Path | None, typer.Option(help="Write what was read of the past to this file as well.")
    ] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show what a rule would have found in the last days; exits 3 when findings would be open now.

    Example: steward policy backtest my-rule.yaml --days 30 --against shipped
    """
    trials, until = importlib.import_module(TRIALS), datetime.now(UTC)
    types = trials.types_of(file)
    read = trials.read_history(history) if history else _asked(Client(data), types)
    past = read if save is None else _saved(read, save, trials)
    found: dict[str, Any] = trials.backtest(file, against, past, until=until, days=days)
    _print(found, output)
    if found["open"]:
        raise typer.Exit(exits.FINDINGS)


def diff(
    old: Annotated[Path, typer.Argument(help="The rule file as it was.")],
    new: Annotated[Path, typer.Argument(help="The rule file as it is to be.")],
    history: History = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="Days of the history.")] = 30,
    output: Output = Format.TABLE,
) -> None:
    """Show what two versions of a rule differ in, and which findings come and go; exits 4 if they do.

    Example: steward policy diff before.yaml after.yaml --history past.jsonl
    """
    trials = importlib.import_module(TRIALS)
    changed: list[dict[str, Any]] = trials.diff(old, new)
    show(changed, columns=("what", "before", "after"), output=output)
    if history is not None:
        past = trials.read_history(history)
        found = trials.backtest(new, str(old), past, until=datetime.now(UTC), days=days)
        _tell_difference(found)
    if changed:
        raise typer.Exit(exits.DRIFT)


def add_to(app: typer.Typer) -> None:
    """The commands, under ``steward policy``."""
    app.command("backtest")(backtest)
    app.command("diff")(diff)


def _asked(client: Client, types: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The resources of the types, those that are gone as well, with all their changes."""
    for kind in types:
        for state in (None, "deleted"):
            for resource in pages(client, RESOURCES, limit=MOST, type=kind, state=state):
                path = f"{RESOURCES}/{resource['id']}/history"
                changes = list(pages(client, path, limit=MOST))
                yield {"resource": resource, "changes": changes}


def _saved(read: Iterable[dict[str, Any]], save: Path, trials: Any) -> Iterator[dict[str, Any]]:
    with save.open("w", encoding="utf-8") as file:
        for document in read:
            file.write(trials.written(document))
            yield document


def _print(found: dict[str, Any], output: Format) -> None:
    if output is Format.TABLE:
        show(found["days"], columns=("day", "opened", "resolved", "open"))
    elif output is Format.CSV:
        show(found["findings"], columns=_COLUMNS, output=output)
    else:
        show_one(found, output=output)
    note(
        f"{found['rule']}: {found['open']} open now, {found['opened']} opened and "
        f"{found['resolved']} resolved since {found['since'][:10]}, {found['unknown']} unknown"
    )
    if found["gaps"]:
        note(f"{found['gaps']} histories lack changes; what came before those is not told")
    if "against" in found:
        _tell_difference(found)


def _tell_difference(found: dict[str, Any]) -> None:
    before = found["against"]["open"]
    counts = {name: len(found[name]) for name in ("appear", "vanish", "reworded")}
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    note(f"findings open now: {before} before, {found['open']} after; {told}")
