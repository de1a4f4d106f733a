"""The first start of a data folder: tenant `default` gets an admin key, shown once."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from steward.edge.resources import Clock
from steward.identity import DEFAULT_TENANT, SYSTEM, Role
from steward.identity.directory import KEYS, new_key
from steward.manifest import DIRECTORY
from steward.store.records import Key, Put, Query, Store, Transaction

TOKEN = "operator.token"  # noqa: S105  # the file's name


def first_key(store: Store, *, clock: Clock) -> str | None:
    """An admin key for tenant `default` if no key exists yet; its plaintext is kept nowhere."""
    now = clock()
    epoch = int(now.timestamp())
    found = store.query(Query(DIRECTORY.name, SYSTEM, KEYS.name, epoch, shards=4, limit=1))
    if found:
        return None
    plaintext, kept = new_key(tenant=DEFAULT_TENANT, role=Role.ADMIN, name="first start", now=now)
    key = Key(DIRECTORY.name, SYSTEM, KEYS.name, KEYS.id(kept))
    write = Put(key, None, 1, kept.model_dump_json(), KEYS.slots(kept), KEYS.expiry(kept))
    (refusal,) = store.commit([Transaction(f"key-{kept.hash[:26]}", SYSTEM, epoch, (write,))])
    if refusal is not None:
        raise refusal
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
