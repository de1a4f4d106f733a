"""The first start of a data folder: tenant `default` gets an admin key, shown once."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from steward.edge.resources import Clock
from steward.identity import DEFAULT_TENANT, Role
from steward.identity.keys import KeyRing
from steward.store.records import Store

TOKEN = "operator.token"  # noqa: S105  # the file's name


def first_key(store: Store, *, clock: Clock) -> str | None:
    """An admin key for tenant `default` if no key exists yet; its plaintext is kept nowhere."""
    ring = KeyRing(store, clock)
    if not ring.empty(DEFAULT_TENANT):
        return None
    plaintext, _ = ring.issue(tenant=DEFAULT_TENANT, role=Role.ADMIN, name="first start")
    return plaintext


def operator_token(data: Path) -> str:
    """The token of this start, in a file that only its owner can read."""
    token = secrets.token_urlsafe(32)
    path = data / TOKEN
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token)
    return token
