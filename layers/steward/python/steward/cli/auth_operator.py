"""``steward auth``: what the operator does for whoever cannot sign in, at the store itself."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.output import note
from steward.errors import BadInput
from steward.identity import DEFAULT_TENANT
from steward.manifest import Access, Function, Poke, Secret, Table

app = typer.Typer(no_args_is_help=True, help=__doc__)

MODULE = "functions.identity.handlers.operate"
# Declared here and not in the manifest: no event, request or schedule leads to it.
OPERATOR = Function(
    name="operator",
    handler=f"{MODULE}.handler",
    trigger=Poke(),
    system=True,
    uses=(
        Table("identity"),
        Table("directory"),
        Secret("signing-keys", Access.READ_WRITE, family=True),
    ),
)

Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose user.")]
Data = Annotated[
    Path,
    typer.Option("--data", envvar="STEWARD_DATA", help="The data folder of the embedded Steward."),
]


@app.command("set-password")
def set_password(
    email: Email, *, tenant: Tenant = DEFAULT_TENANT, data: Data = Path(".steward")
) -> None:
    """Set a user's password, typed twice or read from a pipe; their other sign-ins end.

    Example: steward auth set-password ada@example.com
    """
    password = _password()
    with _store(data) as operate:
        user = operate.set_password(tenant, email, password)
    note(f"{user} of tenant {tenant} signs in by this password from now on")


@app.command("reset-link")
def reset_link(
    email: Email, *, tenant: Tenant = DEFAULT_TENANT, data: Data = Path(".steward")
) -> None:
    """Print a link by which a user sets their password, once and within a day."""
    with _store(data) as operate:
        typer.echo(operate.reset_link(tenant, email))


@app.command("clear-factors")
def clear_factors(
    email: Email,
    *,
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = Path(".steward"),
    apply: Annotated[bool, typer.Option("--apply", help="Do it, not only say it.")] = False,
) -> None:
    """Take away the second factors of a user who lost them; acts with --apply alone."""
    if not apply:
        note(f"would take away all second factors of {email} in tenant {tenant}; add --apply")
        return
    with _store(data) as operate:
        note(f"{operate.clear_factors(tenant, email)} signs in without a second factor now")


@app.command("rotate-keys")
def rotate_keys(*, data: Data = Path(".steward")) -> None:
    """Sign tokens by a new key from now on; those of the old one hold until they end."""
    with _store(data) as operate:
        typer.echo(operate.rotate_keys())


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    import getpass

    password = getpass.getpass("New password: ")
    if getpass.getpass("Again: ") != password:
        raise BadInput("password: the two differ; type it again")
    return password


@contextmanager
def _store(data: Path) -> Iterator[Any]:
    from dataclasses import replace

    from steward.edge.resources import bind, utc_now
    from steward.local.adapters import Ports
    from steward.local.tables import database_path, open_writer
    from steward.local.worker import foreign_store
    from steward.store.records import Store
    from steward.store.sql import SqliteDatabase, SqlStore

    url = foreign_store()
    store: Store
    if url is None:
        open_writer(data).close()
        store = SqlStore(SqliteDatabase(database_path(data)))
    else:
        from steward.store.migrate import migrate
        from steward.store.postgres import PostgresDatabase, driver_url

        migrate(driver_url(url))
        store = SqlStore(PostgresDatabase(url))
    resources = Ports(data, store=store, host=_Nobody(), clock=utc_now).of(OPERATOR)
    with bind(replace(resources, committed=None)):
        yield importlib.import_module(MODULE)


class _Nobody:
    """No runtime around: what is written waits in the outbox for the server's relay."""

    def bury(self, body: str, reason: Any) -> None:
        """Refuse: nothing is handled here."""
        raise BadInput(f"dead letter of {len(body)} characters: {reason}; start 'steward up'")

    def announce(self, envelope: Any) -> None:
        """Refuse: nothing is announced here."""
        raise BadInput(f"event {envelope.get('id')}: no bus here; start 'steward up'")
