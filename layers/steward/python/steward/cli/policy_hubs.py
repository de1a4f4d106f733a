"""``steward policy hub``: accounts whose AWS Security Hub gets their findings."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show

HUBS = "/api/v1/policy/hubs"
MOST = 10_000

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Push findings to AWS Security Hub of the accounts that they are about.",
)
Account = Annotated[str, typer.Argument(help="The AWS account.")]


@app.command("connect")
def connect(
    account: Account,
    role: Annotated[str, typer.Option(help="The ARN of a role there, named Steward...")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Push an account's findings; again after a change to the role, to push all of them anew.

    Example: steward policy hub connect 111122223333 --role arn:aws:iam::111122223333:role/StewardHub
    """
    made = Client(data).post(HUBS, {"account": account, "role": role})
    note(f"{account}: the role's trust policy asks for sts:ExternalId {made['external_id']}")


@app.command("ls")
def list_(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the connected accounts.

    Example: steward policy hub ls
    """
    found = pages(Client(data), HUBS, limit=MOST)
    show(found, columns=("account", "role", "external_id", "connected_at"), output=output)


@app.command("disconnect")
def disconnect(account: Account, data: Data = DEFAULT_DATA) -> None:
    """Push nothing more of an account; what its Security Hub has stays there.

    Example: steward policy hub disconnect 111122223333
    """
    Client(data).request("DELETE", f"{HUBS}/{account}")
    note(f"{account} is disconnected")


@app.command("refused")
def refused(account: Account, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List findings that Security Hub does not take, with its reason.

    Example: steward policy hub refused 111122223333
    """
    found = pages(Client(data), f"{HUBS}/{account}/refused", limit=MOST)
    show(found, columns=("finding", "region", "attempts", "error"), output=output)
