"""API keys over the API: those of one's own tenant, or one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from steward.cli import drawer
from steward.cli.client import Client
from steward.cli.drawer import path
from steward.cli.output import Format, note
from steward.identity import Role

ME = "me"
COLUMNS = ("id", "hint", "name", "owner", "role", "scopes", "state", "expires_at", "last_used_at")
_MANY = 1_000_000


def create(
    data: Path,
    *,
    role: Role,
    name: str,
    days: int,
    owner: str | None,
    scopes: Sequence[str] | None,
) -> None:
    """Issue a key of the role, of the owner, or of one's own."""
    draft: dict[str, Any] = {"name": name, "scopes": list(scopes or ()), "days": days or None}
    if owner == ME:
        made = Client(data).post(path("self", "keys"), draft)
    else:
        holder = {"role": role.value} if owner is None else {"owner": owner}
        made = Client(data).post(path("keys"), draft | holder)
    note(f"key {made['key']['id']}; it is not shown again")
    typer.echo(made["plaintext"])


def ls(data: Path, *, output: Format) -> None:
    """List the tenant's keys."""
    drawer.show_list(Client(data), path("keys"), columns=COLUMNS, limit=_MANY, output=output)


def rotate(data: Path, key: str, *, overlap: int, output: Format) -> None:
    """Issue a key in the place of another."""
    made = Client(data).post(path("keys", key, "rotate"), {"overlap_hours": overlap})
    drawer.show_secret(made["key"], made["plaintext"], "plaintext", output)


def revoke(data: Path, key: str, *, output: Format) -> None:
    """Revoke a key."""
    drawer.show_thing(Client(data).request("DELETE", path("keys", key)), output)
