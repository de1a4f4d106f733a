"""``steward policy exemption``: violations accepted by rule, resource, account or tag, by two people."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show

EXEMPTIONS = "/api/v1/policy/exemptions"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Ask that violations be accepted for a time; somebody else grants or refuses it.",
)
Id = Annotated[str, typer.Argument(metavar="EXEMPTION", help="The id, as 'list' prints it.")]
Why = Annotated[str, typer.Option("--remark", help="Why it is decided so.")]


@app.command("ask")
def ask(  # one an option
    *,
    reason: Annotated[str, typer.Option(help="Why it is accepted.")],
    until: Annotated[str, typer.Option(help="Until when, as 2026-12-31T00:00:00Z.")],
    rule: Annotated[str | None, typer.Option(help="The rule's id.")] = None,
    resource: Annotated[str | None, typer.Option(help="The resource's id.")] = None,
    account: Annotated[str | None, typer.Option(help="The cloud account.")] = None,
    tag: Annotated[str | None, typer.Option(help="As purpose=demo; a key for any value.")] = None,
    warn_days: Annotated[int, typer.Option(help="Days before to warn; 0 for no warning.")] = 7,
    data: Data = DEFAULT_DATA,
) -> None:
    """Ask for an exemption of all violations that the given fields fit.

    Example: steward policy exemption ask --tag purpose=demo --reason "no data" --until 2026-12-31T00:00:00Z
    """
    given = {"rule": rule, "resource": resource, "account": account, "tag": tag}
    selector = {name: value for name, value in given.items() if value is not None}
    body = {"selector": selector, "reason": reason, "until": until, "warn_days": warn_days}
    asked = Client(data).post(EXEMPTIONS, body)
    note(f"exemption {asked['id']} is asked for; somebody else grants it")


@app.command("ls")
def list_(
    data: Data = DEFAULT_DATA,
    status: Annotated[str | None, typer.Option(help="asked, granted, refused or ended.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 1000,
    output: Output = Format.TABLE,
) -> None:
    """List exemptions.

    Example: steward policy exemption ls --status asked
    """
    found = pages(Client(data), EXEMPTIONS, limit=limit, status=status)
    columns = ("id", "status", "takes", "until", "asked_by", "decided_by", "reason")
    show(map(_told, found), columns=columns, output=output)


@app.command("grant")
def grant(exemption: Id, data: Data = DEFAULT_DATA) -> None:
    """Grant what somebody else asked for.

    Example: steward policy exemption grant 4d1f0a9b7c2e5d8831a6b0c9f7
    """
    _decided(Client(data).post(f"{EXEMPTIONS}/{exemption}/grant", {}))


@app.command("refuse")
def refuse(exemption: Id, remark: Why, data: Data = DEFAULT_DATA) -> None:
    """Say no to what somebody else asked for.

    Example: steward policy exemption refuse 4d1f0a9b --remark "it holds customers' data"
    """
    _decided(Client(data).post(f"{EXEMPTIONS}/{exemption}/refuse", {"remark": remark}))


@app.command("end")
def end(exemption: Id, remark: Why, data: Data = DEFAULT_DATA) -> None:
    """End one before its time; its findings are reopened.

    Example: steward policy exemption end 4d1f0a9b --remark "the demonstration is over"
    """
    _decided(Client(data).post(f"{EXEMPTIONS}/{exemption}/end", {"remark": remark}))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    taken = " ".join(f"{name}={value}" for name, value in row["selector"].items() if value)
    return {**row, "takes": taken}


def _decided(answer: dict[str, Any]) -> None:
    note(f"exemption {answer['id']} is {answer['status']}")
