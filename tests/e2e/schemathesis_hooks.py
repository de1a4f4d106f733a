"""A fresh admin key every other second: among what is tried is to revoke the key it is tried with."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import schemathesis

from steward.identity import DEFAULT_TENANT, Role
from steward.identity.keys import KeyRing
from steward.local.tables import database_path
from steward.store.sql import SqliteDatabase, SqlStore


@schemathesis.auth(refresh_interval=2)
class FreshKey:
    """The admin's credential."""

    def get(self, case: schemathesis.Case[Any], ctx: schemathesis.AuthContext) -> str:
        database = SqliteDatabase(database_path(Path(os.environ["STEWARD_DATA"])))
        ring = KeyRing(SqlStore(database), lambda: datetime.now(UTC))
        key, _ = ring.issue(
            tenant=DEFAULT_TENANT,
            role=Role.ADMIN,
            name="schemathesis",
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        return key

    def set(self, case: schemathesis.Case[Any], data: str, ctx: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"
