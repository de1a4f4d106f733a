"""``steward users``: who is known, what they hold, and who is shut out."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli import drawer
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.drawer import Apply, GrantWords, Groups, Limit, Reason, path
from steward.cli.output import Format, Output

COLUMNS = ("id", "name", "email", "standing", "grants", "groups")
FIELDS = ("name", "grants")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Say who is known, and what they hold."
)
UserId = Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")]


@app.command("ls")
def ls(
    email: Annotated[str | None, typer.Option(help="Only the one of this address.")] = None,
    data: Data = DEFAULT_DATA,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the users by name."""
    drawer.show_list(
        Client(data), path("users"), columns=COLUMNS, limit=limit, output=output, email=email
    )


@app.command("show")
def show_user(user: UserId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show a user."""
    drawer.show_thing(Client(data).get(path("users", user)), output)


@app.command("create")
def create(
    email: Annotated[str, typer.Argument(help="The address.")],
    name: Annotated[str, typer.Option(help="What to call them.")],
    grant: GrantWords = None,
    group: Groups = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Make a user, who signs in by an issuer; 'steward invitations create' lets them answer first.

    Example: steward users create ada@example.com --name Ada --grant editor --grant admin@shop
    """
    draft = {
        "email": email,
        "name": name,
        "grants": drawer.grants_of(grant) or [],
        "groups": group or [],
    }
    drawer.show_thing(Client(data).post(path("users"), draft), output)


@app.command("change")
def change(
    user: UserId,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    grant: GrantWords = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Give a user another name, or other grants in the place of all there are."""
    changes = {"name": name, "grants": drawer.grants_of(grant)}
    place = path("users", user)
    drawer.show_thing(drawer.replace(Client(data), place, changes, FIELDS), output)


@app.command("suspend")
def suspend(
    user: UserId,
    data: Data = DEFAULT_DATA,
    apply: Apply = False,
    output: Output = Format.TABLE,
) -> None:
    """Let a user in no more, until resumed."""
    place = path("users", user, "suspend")
    plan = f"let {user} in no more"
    drawer.act(Client(data), place, {}, plan=plan, apply=apply, output=output)


@app.command("resume")
def resume(user: UserId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Let a user in again."""
    drawer.show_thing(Client(data).post(path("users", user, "resume"), {}), output)


@app.command("rm")
def rm(user: UserId, data: Data = DEFAULT_DATA, apply: Apply = False) -> None:
    """Shut a user out for good, and erase the name and the address."""
    drawer.remove(Client(data), path("users", user), what="delete", apply=apply)


@app.command("impersonate")
def impersonate(
    user: UserId,
    reason: Reason,
    writes: Annotated[bool, typer.Option("--writes", help="More than reading.")] = False,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Get a token that stands for a user for half an hour; it is told to whoever listens."""
    draft = {"reason": reason, "writes": writes}
    made = Client(data).post(path("users", user, "impersonate"), draft)
    drawer.show_secret(made, made["token"], "token", output)


@app.command("elevate")
def elevate(
    reason: Reason,
    minutes: Annotated[int, typer.Option(min=1, max=60, help="For how long.")] = 30,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Break the glass: be admin for some minutes; it is told to whoever listens."""
    draft = {"reason": reason, "minutes": minutes}
    drawer.show_thing(Client(data).post(path("elevations"), draft), output)
