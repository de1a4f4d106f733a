"""Bring a SQL database to the current schema; a database that is there already costs one query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

HEAD = "0001"


def migrate(url: str) -> None:
    """Run the migrations that the database lacks.

    ``url`` is SQLAlchemy's: ``sqlite:///file`` or ``postgresql+psycopg://...``.
    """
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            if _revision(connection) != HEAD:
                _upgrade(connection)
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).fetchone()
    return None if row is None else str(row[0])


def _upgrade(connection: Connection) -> None:
    # Alembic takes a quarter of a second to import: only a database that needs it pays.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "steward.store:migrations")
    config.attributes["connection"] = connection
    upgrade: Callable[..., Any] = command.upgrade
    upgrade(config, "head")
