"""``steward keys``: API keys.

With STEWARD_API_KEY they are those of its tenant, over the API; without, those of any tenant, straight
from the store, by whoever operates the installation: so the first one is made.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from steward.cli import keys_api
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput
from steward.identity import DEFAULT_TENANT, Role
from steward.identity.directory import ApiKey
from steward.identity.keys import KeyRing
from steward.store.records import Store

app = typer.Typer(no_args_is_help=True, help=__doc__)

COLUMNS = ("id", "hint", "name", "role", "state", "created_at", "expires_at")

Data = Annotated[
    Path,
    typer.Option("--data", envvar="STEWARD_DATA", help="The data folder of the embedded Steward."),
]
TableName = Annotated[
    str, typer.Option("--table", help="The DynamoDB directory table, for an installation in AWS.")
]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose keys.")]


@app.command()
def create(
    *,
    role: Annotated[Role, typer.Option(help="What the key may do.")] = Role.VIEWER,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "unnamed",
    days: Annotated[int, typer.Option(min=0, help="Days until it expires; 0 for never.")] = 0,
    owner: Annotated[
        str | None,
        typer.Option(help="A user's or service's id, or 'me': it holds what they hold. API only."),
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="Only this permission; may be repeated. API only.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = Path(".steward"),
    table: TableName = "",
) -> None:
    """Issue a key; it is printed once and kept nowhere."""
    if _over_api(table, tenant):
        keys_api.create(data, role=role, name=name, days=days, owner=owner, scopes=scope)
        return
    if owner is not None or scope:
        raise BadInput("--owner and --scope: only over the API; set STEWARD_API_KEY")
    expires = _now() + timedelta(days=days) if days else None
    ring = _ring(data, table)
    plaintext, kept = ring.issue(tenant=tenant, role=role, name=name, expires_at=expires)
    note(f"key {kept.hash[:12]} for tenant {tenant}, role {role.value}; it is not shown again")
    typer.echo(plaintext)


@app.command("ls")
def ls(
    *,
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = Path(".steward"),
    table: TableName = "",
    output: Output = Format.TABLE,
) -> None:
    """List a tenant's keys."""
    if _over_api(table, tenant):
        keys_api.ls(data, output=output)
        return
    now = _now()
    show((_row(key, now) for key in _ring(data, table).of(tenant)), columns=COLUMNS, output=output)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The id, or the start of it, from 'steward keys ls'.")],
    *,
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = Path(".steward"),
    table: TableName = "",
    output: Output = Format.TABLE,
) -> None:
    """Revoke a key; functions refuse it within a minute."""
    if _over_api(table, tenant):
        keys_api.revoke(data, key, output=output)
        return
    show_one(_row(_ring(data, table).revoke(tenant, key), _now()), output=output)


def _ring(data: Path, table: str) -> KeyRing:
    return KeyRing(store_of(data, table), _now)


@app.command()
def rotate(
    key: Annotated[str, typer.Argument(help="The id from 'steward keys ls'.")],
    *,
    overlap: Annotated[int, typer.Option(min=0, help="Hours that the old one holds on.")] = 24,
    data: Data = Path(".steward"),
    output: Output = Format.TABLE,
) -> None:
    """Issue a key in the place of another, which holds on for the overlap; over the API."""
    keys_api.rotate(data, key, overlap=overlap, output=output)


def _over_api(table: str, tenant: str) -> bool:
    over = bool(os.environ.get("STEWARD_API_KEY")) and not table
    if over and tenant != DEFAULT_TENANT:
        raise BadInput(
            f"--tenant {tenant}: over the API a key sees its own tenant; unset STEWARD_API_KEY to "
            "reach into the store"
        )
    return over


def store_of(data: Path, table: str) -> Store:
    """The directory's store: the DynamoDB table of that name, or that of the data folder."""
    if table:
        import boto3

        from steward.store.dynamodb import DynamoStore, shared

        client = shared(boto3.client("dynamodb"))
        return DynamoStore(client, tables={"directory": table})
    from steward.local.tables import database_path, open_writer
    from steward.local.worker import foreign_store
    from steward.store.sql import SqliteDatabase, SqlStore

    url = foreign_store()
    if url is not None:
        from steward.store.migrate import migrate
        from steward.store.postgres import PostgresDatabase, driver_url

        migrate(driver_url(url))
        return SqlStore(PostgresDatabase(url))
    open_writer(data).close()
    return SqlStore(SqliteDatabase(database_path(data)))


def _row(key: ApiKey, now: datetime) -> dict[str, str | None]:
    state = "valid" if key.revoked_at is None else "retiring"
    if key.expires_at is not None and key.expires_at <= now:
        state = "expired"
    if key.revoked_at is not None and key.revoked_at <= now:
        state = "revoked"
    return {
        "id": key.hash[:12],
        "hint": key.hint,
        "name": key.name,
        "tenant": key.tenant,
        "role": key.role.value,
        "state": state,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }


def _now() -> datetime:
    return datetime.now(UTC)
