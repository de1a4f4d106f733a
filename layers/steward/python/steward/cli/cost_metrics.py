"""``steward cost metrics``: how resources are used, from the cloud that measures it."""

from __future__ import annotations

import importlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show

METRICS = "/api/v1/cost/metrics"
GAPS = "/api/v1/cost/recommendations/not-evaluated"
COLUMNS = ("resource_name", "account", "check", "reason")
SAMPLING = "functions.cost.adapters.sampling"
"""The concern's own sampling; imported by name, as the shared package knows no concern."""
PART = 10
"""Resources that one request hands in."""
REASONS = 5
"""Different reasons for metrics that were not read, of which the most frequent are told."""

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
    """Read up to 30 days of CloudWatch with this machine's AWS credentials, and hand them in.

    The accounts that Steward enters by itself are sampled every night; this is for the others.

    Example: steward cost metrics sample
    """
    sampling, client = importlib.import_module(SAMPLING), Client(data)
    account, count = sampling.account(), 0
    failures: Counter[str] = Counter()
    for type_ in sampling.types():
        wanted = [one for one in _wanted(client, type_, account) if one["due"] or everything]
        for part in _parts(sampling.sampled(wanted, now=datetime.now(UTC))):
            failures.update(one["failure"] for one in part if one["failure"])
            count += client.post(METRICS, {"samples": part})["resources"]
    for reason, times in failures.most_common(REASONS):
        note(f"{times} metrics not read: {reason}")
    note(f"{count} resources of account {account}")
    if failures:
        raise typer.Exit(exits.PARTIAL)


@metrics.command("gaps")
def gaps(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Such as AWS::EC2::Instance.")],
    *,
    data: Data = DEFAULT_DATA,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 1000,
    output: Output = Format.TABLE,
) -> None:
    """The checks that say nothing of a type's resources, each with what it does not know.

    Example: steward cost metrics gaps AWS::EC2::Instance
    """
    found = pages(Client(data), GAPS, limit=limit, type=type_)
    show(found, columns=COLUMNS, output=output)


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


def _parts(samples: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The samples of a few resources at a time, all of one resource together."""
    by_resource: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in samples:
        by_resource[one["resource"]].append(one)
    found = list(by_resource.values())
    for begin in range(0, len(found), PART):
        yield [one for each in found[begin : begin + PART] for one in each]
