"""``steward cost diff`` and ``steward cost prices``: what a change costs, before it is made."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show
from steward.errors import BadInput

REPORTS = "functions.cost.adapters.change_reports"
"""The concern's own reckoning; imported by name, as the shared package knows no concern."""
PRICES = "/api/v1/cost/prices"
PART = 800
"""Prices that one request hands in."""
COLUMNS = ("resource", "type", "region", "before", "after", "difference", "unknown")

prices = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="What a unit costs: by your own bill, and by the clouds' public lists.",
)


class Report(StrEnum):
    """A form for other tools."""

    MARKDOWN = "markdown"


def diff(
    plan: Annotated[
        Path,
        typer.Argument(
            help="'terraform show -json PLAN', a CloudFormation template, or what describe-change-set prints."
        ),
    ],
    *,
    data: Data = DEFAULT_DATA,
    before: Annotated[
        Path | None, typer.Option(help="The template that is deployed; without it all is new.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(envvar="AWS_REGION", help="Where nothing else says it.")
    ] = None,
    usage: Annotated[
        list[str] | None, typer.Option(help="How much is used a month, as aws.nat.data_gb=500.")
    ] = None,
    price_file: Annotated[
        list[Path] | None, typer.Option("--prices", help="A price file to reckon with as well.")
    ] = None,
    offline: Annotated[bool, typer.Option(help="Ask no server: price files alone.")] = False,
    most: Annotated[
        str | None, typer.Option(help="Exit 3 when it costs more than this more a month.")
    ] = None,
    strict: Annotated[bool, typer.Option(help="Exit 8 when not everything is priced.")] = False,
    report: Annotated[Report | None, typer.Option(help="Print a report: markdown.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say what a change costs a month, before it is made.

    Example: steward cost diff plan.json --report markdown --most 100
    """
    reports = importlib.import_module(REPORTS)
    limit = _limit(most)
    found = reports.difference(
        plan,
        before=before,
        region=region,
        usage=usage or (),
        prices=price_file or (),
        sheets=_nothing if offline else _sheets(Client(data)),
    )
    if report is Report.MARKDOWN:
        sys.stdout.writelines(reports.markdown(found))
    else:
        show(reports.rows(found), columns=COLUMNS, output=output)
        _tell(reports.summary(found))
    if limit is not None and found.after - found.before > limit:
        raise typer.Exit(exits.FINDINGS)
    if strict and found.incomplete:
        raise typer.Exit(exits.PARTIAL)


@prices.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(help="AWS's offer (JSON or CSV), Azure's retail prices, or Google's SKUs."),
    ],
    data: Data = DEFAULT_DATA,
) -> None:
    """Hand a public price file in: checks and 'diff' then know what you have never paid for.

    Example: steward cost prices import AmazonEC2-eu-west-1.json
    """
    client, count = Client(data), 0
    for (source, provider, region), found in (
        importlib.import_module(REPORTS).imported(file, tell=note).items()
    ):
        parts = [found[begin : begin + PART] for begin in range(0, len(found), PART)]
        for number, part in enumerate(parts):
            body = {
                "source": source,
                "provider": provider,
                "region": region,
                "number": number,
                "parts": len(parts),
                "prices": [one.model_dump(mode="json") for one in part],
            }
            client.post(PRICES, body)
            count += len(part)
    note(f"{count} prices")


@prices.command("ls")
def list_(
    *,
    data: Data = DEFAULT_DATA,
    provider: Annotated[str, typer.Option(help="aws, azure or gcp.")],
    region: Annotated[str, typer.Option(help="The region.")] = "global",
    meter: Annotated[str, typer.Option(help="Only meters with this in their names.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """List what a unit costs in a region.

    Example: steward cost prices ls --provider aws --region eu-west-1 --meter EBS
    """
    found = list(_sheets(Client(data))(provider, region))
    rows = [price for sheet in found for price in sheet["prices"] if meter in price["meter"]]
    show(rows, columns=("meter", "unit", "amount", "currency", "origin"), output=output)
    for one in (one for sheet in found for one in sheet.get("unread", ())):
        if meter in one["meter"]:
            note(f"{one['meter']}: no price, as its unit {one['unit']!r} cannot be read")


def add_to(app: typer.Typer) -> None:
    """The commands, under ``steward cost``."""
    app.command("diff")(diff)
    app.add_typer(prices, name="prices")


def _sheets(client: Client) -> Any:
    def asked(provider: str, region: str) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        while True:
            page = client.get(PRICES, provider=provider, region=region, cursor=cursor)
            yield from page["items"]
            cursor = page["cursor"]
            if cursor is None:
                return

    return asked


def _nothing(_provider: str, _region: str) -> Iterable[Mapping[str, Any]]:
    return ()


def _limit(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation as error:
        raise BadInput(f"--most {text!r}: is no amount; write one such as 100") from error


def _tell(total: Mapping[str, Any]) -> None:
    note(
        f"{total['before']} -> {total['after']} {total['currency']} a month ({total['difference']}); "
        f"{total['unknown']} of {total['resources']} not wholly priced, {total['free']} free of charge"
    )
    if total["assumptions"]:
        said = ", ".join(f"{name}={value}" for name, value in total["assumptions"].items())
        note(f"assumed a month, each of a resource: {said}")
