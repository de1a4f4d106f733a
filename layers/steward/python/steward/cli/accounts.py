"""``steward accounts``: which cloud accounts are yours."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one

ACCOUNTS = "/api/v1/inventory/accounts"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Add, list and remove the cloud accounts whose events are yours.",
)

Account = Annotated[str, typer.Argument(help="The account id, subscription or project.")]
Provider = Annotated[str, typer.Option(help="aws, azure or gcp.")]


@app.command("add")
def add(
    account: Account,
    data: Data = DEFAULT_DATA,
    provider: Provider = "aws",
    output: Output = Format.TABLE,
) -> None:
    """Claim an account; events of it that came before are released.

    Example: steward accounts add 111122223333
    """
    added = Client(data).post(ACCOUNTS, {"provider": provider, "account": account})
    show_one(added, output=output)


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the claimed accounts.

    Example: steward accounts ls -o json
    """
    columns = ("provider", "account", "added_at", "added_by")
    show(pages(Client(data), ACCOUNTS, limit=10_000), columns=columns, output=output)


@app.command("remove")
def remove(account: Account, data: Data = DEFAULT_DATA, provider: Provider = "aws") -> None:
    """Give an account up: its later events wait unclaimed, its resources stay.

    Example: steward accounts remove 111122223333
    """
    path = f"{ACCOUNTS}/{quote(provider, safe='')}/{quote(account, safe='')}"
    Client(data).request("DELETE", path)
    note(f"{provider} account {account}: removed")
