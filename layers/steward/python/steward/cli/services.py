"""``steward services``: programs that sign in, and their secrets."""

from __future__ import annotations

from typing import Annotated

import typer

from steward.cli import drawer
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.drawer import Apply, GrantWords, Limit, path
from steward.cli.output import Format, Output

COLUMNS = ("id", "client_id", "name", "standing", "grants")
FIELDS = ("name", "grants")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Programs that sign in, and their secrets."
)
ServiceId = Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")]


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List the service accounts by name."""
    drawer.show_list(Client(data), path("services"), columns=COLUMNS, limit=limit, output=output)


@app.command("show")
def show_service(
    service: ServiceId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show a service account, without its secrets."""
    drawer.show_thing(Client(data).get(path("services", service)), output)


@app.command("create")
def create(
    name: Annotated[str, typer.Option(help="What to call it.")],
    grant: GrantWords = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Make a service account; its client secret is printed this once.

    Example: steward services create --name deployer --grant editor@shop
    """
    draft = {"name": name, "grants": drawer.grants_of(grant) or []}
    made = Client(data).post(path("services"), draft)
    drawer.show_secret(made["service"], made["client_secret"], "client_secret", output)


@app.command("change")
def change(
    service: ServiceId,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    grant: GrantWords = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Give a service account another name, or other grants."""
    changes = {"name": name, "grants": drawer.grants_of(grant)}
    place = path("services", service)
    drawer.show_thing(drawer.replace(Client(data), place, changes, FIELDS), output)


@app.command("rotate")
def rotate(
    service: ServiceId,
    overlap: Annotated[int, typer.Option(min=0, help="Hours that the old one holds on.")] = 24,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Make a new secret, good at once; the old one holds on for the overlap."""
    made = Client(data).post(path("services", service, "rotate"), {"overlap_hours": overlap})
    drawer.show_secret(made["service"], made["client_secret"], "client_secret", output)


@app.command("suspend")
def suspend(
    service: ServiceId,
    data: Data = DEFAULT_DATA,
    apply: Apply = False,
    output: Output = Format.TABLE,
) -> None:
    """Let a service account in no more, until resumed."""
    place = path("services", service, "suspend")
    plan = f"let {service} in no more"
    drawer.act(Client(data), place, {}, plan=plan, apply=apply, output=output)


@app.command("resume")
def resume(service: ServiceId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Let a service account in again."""
    drawer.show_thing(Client(data).post(path("services", service, "resume"), {}), output)


@app.command("rm")
def rm(service: ServiceId, data: Data = DEFAULT_DATA, apply: Apply = False) -> None:
    """Shut a service account out for good; its keys go after it."""
    drawer.remove(Client(data), path("services", service), what="delete", apply=apply)
