"""``steward accounts``: which cloud accounts are yours, what is proven of them, and the roles they need."""

from __future__ import annotations

import time
from typing import Annotated, Any
from urllib.parse import quote

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one

ACCOUNTS = "/api/v1/inventory/accounts"
COLUMNS = ("provider", "account", "name", "state", "routed", "checked_at", "problems")
PART_COLUMNS = ("region", "service", "state", "fresh_at", "resources", "reason")
_ASKED_EVERY = 1.0

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Add, verify, list and remove the cloud accounts whose resources are yours.",
)

Account = Annotated[str, typer.Argument(help="The account id, subscription or project.")]
Provider = Annotated[str, typer.Option(help="aws, azure or gcp.")]
Wait = Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait at most.")]


@app.command("add")
def add(  # Typer: one parameter an option
    account: Account,
    data: Data = DEFAULT_DATA,
    provider: Provider = "aws",
    reader: Annotated[
        str,
        typer.Option(help="Who reads: a role's ARN, Azure DIRECTORY/CLIENT, GCP NUMBER/ADDRESS."),
    ] = "",
    actor: Annotated[str, typer.Option(help="Who acts, in the same words.")] = "",
    organization: Annotated[
        str, typer.Option(help="Claim all accounts of this organisation, as this one lists them.")
    ] = "",
    output: Output = Format.TABLE,
) -> None:
    """Claim an account, and show the external id that its role has to ask for.

    Example: steward accounts add 111122223333
    """
    body = {
        "provider": provider,
        "account": account,
        "reader": reader,
        "actor": actor,
        "organization": organization,
    }
    show_one(Client(data).post(ACCOUNTS, body), output=output)


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the claimed accounts and what is proven of them.

    Example: steward accounts ls -o json
    """
    show(pages(Client(data), ACCOUNTS, limit=10_000), columns=COLUMNS, output=output)


@app.command("show")
def show_account(
    account: Account,
    data: Data = DEFAULT_DATA,
    provider: Provider = "aws",
    output: Output = Format.TABLE,
) -> None:
    """Show an account: its state, what is missing, and every part that is not fresh with the reason.

    Example: steward accounts show 111122223333
    """
    client, path = Client(data), _path(provider, account)
    found = client.get(path)
    parts = list(pages(client, f"{path}/parts", limit=100_000))
    if output is not Format.TABLE:
        show_one({**found, "parts": parts}, output=output)
        return
    counts = {state: sum(part["state"] == state for part in parts) for state in _STATES}
    show_one({**found, "parts": counts})
    stale = [part for part in parts if part["state"] != "fresh"]
    if stale:
        note(f"{len(stale)} of {len(parts)} parts are not fresh:")
        show(stale, columns=PART_COLUMNS)


@app.command("verify")
def verify(
    account: Account,
    data: Data = DEFAULT_DATA,
    provider: Provider = "aws",
    timeout: Wait = 120.0,
    output: Output = Format.TABLE,
) -> None:
    """Enter an account and see what may be read; what is missing is named, and the exit code is 8.

    Example: steward accounts verify 111122223333
    """
    client, path = Client(data), _path(provider, account)
    before = client.post(f"{path}/check", {})
    found = _checked(client, path, before["checked_at"], timeout)
    show_one(found, output=output)
    if found["state"] != "verified":
        raise typer.Exit(exits.PARTIAL)


@app.command("template")
def template(
    account: Account,
    data: Data = DEFAULT_DATA,
    provider: Provider = "aws",
    organization: Annotated[
        bool, typer.Option("--organization", help="For all accounts of the organisation.")
    ] = False,
    actor: Annotated[bool, typer.Option("--actor", help="The role that acts, not reads.")] = False,
    principal: Annotated[str, typer.Option(help="The ARN that Steward comes as.")] = "",
    issuer: Annotated[str, typer.Option(help="The address that Steward's tokens come from.")] = "",
    scope: Annotated[
        str, typer.Option(help="What an Azure or GCP role is granted on; an AWS unit.")
    ] = "",
) -> None:
    """Write the template of the role by which an account lets Steward in.

    Example: steward accounts template 111122223333 > steward-role.json
    """
    asked = {"organization": str(organization).lower(), "actor": str(actor).lower()}
    words = {"principal": principal, "issuer": issuer, "scope": scope}
    given = {name: word for name, word in words.items() if word}
    found = Client(data).get(f"{_path(provider, account)}/template", **asked, **given)
    typer.echo(found["body"])


@app.command("suspend")
def suspend(
    account: Account,
    data: Data = DEFAULT_DATA,
    provider: Provider = "aws",
    output: Output = Format.TABLE,
) -> None:
    """Enter an account no more, until it is verified again.

    Example: steward accounts suspend 111122223333
    """
    show_one(Client(data).post(f"{_path(provider, account)}/suspend", {}), output=output)


@app.command("remove")
def remove(account: Account, data: Data = DEFAULT_DATA, provider: Provider = "aws") -> None:
    """Give an account up: its later events wait unclaimed, its resources stay.

    Example: steward accounts remove 111122223333
    """
    Client(data).request("DELETE", _path(provider, account))
    note(f"{provider} account {account}: removed")


_STATES = ("fresh", "stale", "sweeping")


def _path(provider: str, account: str) -> str:
    return f"{ACCOUNTS}/{quote(provider, safe='')}/{quote(account, safe='')}"


def _checked(client: Client, path: str, before: str | None, timeout: float) -> Any:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        found = client.get(path)
        if found["checked_at"] != before:
            return found
        time.sleep(_ASKED_EVERY)
    note(f"not checked within {timeout:g} s; 'steward queues ls' shows what it waits for")
    raise typer.Exit(exits.TIMEOUT)
