"""``steward cost metrics``: how resources are used, from the cloud that measures it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import note

METRICS = "/api/v1/cost/metrics"
SAMPLING = "functions.cost.adapters.sampling"
"""The concern's own sampling; imported by name, as the shared package knows no concern."""
PART = 10
"""Resources that one request hands in."""

metrics = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="How resources are used, from the cloud that measures it.",
)


@metrics.command("sample")
def sample(
    data: Data = DEFAULT_DATA,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was measured today already.")
    ] = False,
) -> None:
    """Read two weeks of CloudWatch with this machine's AWS credentials, and hand it in.

    Example: steward cost metrics sample
    """
    sampling, client = importlib.import_module(SAMPLING), Client(data)
    account, count = sampling.account(), 0
    for type_ in sampling.types():
        wanted = [one for one in _wanted(client, type_, account) if one["due"] or everything]
        found = list(sampling.sampled(wanted, now=datetime.now(UTC)))
        for begin in range(0, len(found), PART):
            body = {"samples": dict(found[begin : begin + PART])}
            count += client.post(METRICS, body)["resources"]
    note(f"{count} resources of account {account}")


def add_to(app: typer.Typer) -> None:
    """The commands, under ``steward cost``."""
    app.add_typer(metrics, name="metrics")


def _wanted(client: Client, type_: str, account: str) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        page = client.get(METRICS, type=type_, account=account, cursor=cursor)
        yield from page["items"]
        cursor = page["cursor"]
        if cursor is None:
            return
