"""``steward invitations``: invite people, and take it back."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli import drawer
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.drawer import Apply, GrantWords, Groups, Limit, path
from steward.cli.output import Format, Output

COLUMNS = ("id", "email", "name", "grants", "state", "expires_at")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Invite people, and take it back."
)
InvitationId = Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")]


@app.command("ls")
def ls(
    state: Annotated[str, typer.Option(help="open, accepted or revoked.")] = "open",
    data: Data = DEFAULT_DATA,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the invitations in a state, newest first."""
    drawer.show_list(
        Client(data), path("invitations"), columns=COLUMNS, limit=limit, output=output, state=state
    )


@app.command("create")
def create(
    email: Annotated[str, typer.Argument(help="The address.")],
    name: Annotated[str, typer.Option(help="What to call them.")],
    grant: GrantWords = None,
    group: Groups = None,
    tenant: Annotated[
        str | None, typer.Option(help="Into this tenant, as the operator of the installation.")
    ] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Invite somebody; the token is printed this once, and good for a week.

    Example: steward invitations create ada@example.com --name Ada --grant editor
    """
    draft = {
        "email": email,
        "name": name,
        "grants": drawer.grants_of(grant) or [],
        "groups": group or [],
    }
    place = path("tenants", tenant, "invitations") if tenant else path("invitations")
    made = Client(data).post(place, draft)
    drawer.show_secret(made["invitation"], made["token"], "token", output)


@app.command("rm")
def rm(invitation: InvitationId, data: Data = DEFAULT_DATA, apply: Apply = False) -> None:
    """Take an invitation back: nobody can accept it any more."""
    drawer.remove(Client(data), path("invitations", invitation), what="take back", apply=apply)
