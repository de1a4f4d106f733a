"""``steward keys``: API keys, issued and revoked by whoever operates the installation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from steward.cli.output import Format, Output, note, show, show_one
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
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = Path(".steward"),
    table: TableName = "",
) -> None:
    """Issue a key; it is printed once and kept nowhere."""
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
    show_one(_row(_ring(data, table).revoke(tenant, key), _now()), output=output)


def _ring(data: Path, table: str) -> KeyRing:
    return KeyRing(store_of(data, table), _now)


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
    state = "valid"
    if key.expires_at is not None and key.expires_at <= now:
        state = "expired"
    if key.revoked_at is not None:
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
