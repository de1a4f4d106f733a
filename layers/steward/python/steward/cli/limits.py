"""``steward limits``: a tenant's rate limits, where they differ from the installation's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from steward.cli.keys import Data, TableName, Tenant, store_of
from steward.cli.output import Format, Output, show
from steward.edge.allowances import AllowanceBook
from steward.edge.rates import IP, NAMES, Limits, rates_of
from steward.identity import DEFAULT_TENANT

app = typer.Typer(no_args_is_help=True, help=__doc__)

COLUMNS = ("limit", "requests", "seconds", "set_by")


@app.command("show")
def show_limits(
    *,
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = Path(".steward"),
    table: TableName = "",
    output: Output = Format.TABLE,
) -> None:
    """Show what the tenant has of its own, and the defaults for the rest."""
    kept = _book(data, table).of(tenant)
    own = {} if kept is None else rates_of(kept.limits)
    limits = Limits().over(own)
    rows = (
        {
            "limit": name,
            "requests": limits[name].size,
            "seconds": limits[name].seconds,
            "set_by": kept.set_by if kept is not None and name in own else "default",
        }
        for name in NAMES
        if name != IP
    )
    show(rows, columns=COLUMNS, output=output)


@app.command("set")
def set_limits(
    rates: Annotated[list[str], typer.Argument(help="Such as caller=300/minute search=5/second.")],
    *,
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = Path(".steward"),
    table: TableName = "",
    output: Output = Format.TABLE,
) -> None:
    """Give the tenant these limits of its own, and no other; they hold within a minute."""
    _book(data, table).set(tenant, " ".join(rates))
    show_limits(tenant=tenant, data=data, table=table, output=output)


@app.command("clear")
def clear_limits(
    *,
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = Path(".steward"),
    table: TableName = "",
    output: Output = Format.TABLE,
) -> None:
    """Take the tenant's own limits away; the installation's hold within a minute."""
    _book(data, table).clear(tenant)
    show_limits(tenant=tenant, data=data, table=table, output=output)


def _book(data: Path, table: str) -> AllowanceBook:
    return AllowanceBook(store_of(data, table), _now)


def _now() -> datetime:
    return datetime.now(UTC)
