"""``steward tenants``: keep tenants, as the operator; see and close one's own, as its admin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import drawer
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.drawer import Apply, Limit, Reason, path
from steward.cli.output import Format, Output, note
from steward.errors import NotFound

COLUMNS = ("id", "name", "standing", "created_at")
OWN = "own"

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Keep tenants, and close them.")
TenantId = Annotated[str, typer.Argument(help="The tenant's id.")]
TenantOrOwn = Annotated[str, typer.Argument(help="The tenant's id; 'own' for your own.")]


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List the tenants of this installation."""
    drawer.show_list(Client(data), path("tenants"), columns=COLUMNS, limit=limit, output=output)


@app.command("show")
def show_tenant(
    tenant: TenantOrOwn = OWN, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show a tenant."""
    drawer.show_thing(Client(data).get(_place(tenant)), output)


@app.command("create")
def create(
    tenant: TenantId,
    name: Annotated[str, typer.Option(help="What to call it.")],
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Make a tenant; invite its first admin with 'steward invitations create --tenant'.

    Example: steward tenants create globex --name Globex
    """
    draft = {"id": tenant, "name": name}
    drawer.show_thing(Client(data).post(path("tenants"), draft), output)


@app.command("settings")
def settings(
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    grace: Annotated[
        int | None, typer.Option(min=0, help="Days between export and erasure at a closing.")
    ] = None,
    retention: Annotated[
        list[str] | None, typer.Option(help="TABLE.COLLECTION=DAYS; may be given several times.")
    ] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Change your own tenant's name or settings.

    Example: steward tenants settings --grace 30 --retention notify.deliveries=30
    """
    client = Client(data)
    kept = client.get(path("tenant"))["settings"]
    days = {name: drawer.days_of(text) for name, text in (drawer.tags_of(retention) or {}).items()}
    changed: dict[str, Any] = {"retention": {**kept["retention"], **days}}
    if grace is not None:
        changed["grace_days"] = grace
    changes = {"name": name, "settings": {**kept, **changed}}
    after = drawer.replace(client, path("tenant"), changes, ("name", "settings"))
    drawer.show_thing(after, output)


@app.command("suspend")
def suspend(
    tenant: TenantId,
    reason: Reason,
    data: Data = DEFAULT_DATA,
    apply: Apply = False,
    output: Output = Format.TABLE,
) -> None:
    """Let nobody of a tenant in, until it is resumed."""
    place = path("tenants", tenant, "suspend")
    plan = f"let nobody of tenant {tenant} in"
    body = {"reason": reason}
    drawer.act(Client(data), place, body, plan=plan, apply=apply, output=output)


@app.command("resume")
def resume(tenant: TenantId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Let a tenant's people in again."""
    drawer.show_thing(Client(data).post(path("tenants", tenant, "resume"), {}), output)


@app.command("close")
def close(
    tenant: TenantOrOwn,
    reason: Reason,
    data: Data = DEFAULT_DATA,
    apply: Apply = False,
    output: Output = Format.TABLE,
) -> None:
    """Close a tenant: exported now, read-only, and erased after its days of grace."""
    place = f"{_place(tenant)}/closing"
    plan = f"close tenant {tenant}: export it, and erase it after its days of grace"
    body = {"reason": reason}
    drawer.act(Client(data), place, body, plan=plan, apply=apply, output=output)


@app.command("closing")
def closing(
    tenant: TenantOrOwn = OWN, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show how far a closing is, and at its end the record of what was erased."""
    drawer.show_thing(Client(data).get(f"{_place(tenant)}/closing"), output)


@app.command("reopen")
def reopen(
    tenant: TenantId,
    data: Data = DEFAULT_DATA,
    apply: Apply = False,
) -> None:
    """Take a closing back, as long as nothing is erased."""
    if not apply:
        note(f"Would take the closing of tenant {tenant} back; add --apply to do it.")
        return
    Client(data).request("DELETE", f"{path('tenants', tenant)}/closing")


@app.command("fetch")
def fetch(
    folder: Annotated[Path, typer.Argument(help="Where to write the files.")],
    tenant: TenantOrOwn = OWN,
    data: Data = DEFAULT_DATA,
) -> None:
    """Write the files of a closing's export into a folder."""
    client = Client(data)
    place = f"{_place(tenant)}/closing"
    manifest = client.get(place)["manifest"]
    if manifest is None:
        raise NotFound(
            f"tenant {tenant}: its export is not done yet; see 'steward tenants closing'"
        )
    files = drawer.manifest_files(client, f"{place}/files", manifest["key"])
    note(f"{drawer.save(client, f'{place}/files', files, folder)} files in {folder}")


def _place(tenant: str) -> str:
    return path("tenant") if tenant == OWN else path("tenants", tenant)
