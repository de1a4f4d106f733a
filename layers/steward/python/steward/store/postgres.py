"""PostgreSQL behind the SQL store: pooled connections, roles, and row-level security by tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from sqlalchemy import create_engine, event
from sqlalchemy.exc import TimeoutError as PoolTimeout

from steward.errors import Transient
from steward.store.records import Check, Transaction
from steward.store.sql import DriverCursor, statements

_ROLES = {"app": "steward_app", "relay": "steward_relay"}


class PostgresDatabase:
    """A PostgreSQL database; every transaction runs as a role that row-level security holds for."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 2,
        password: Callable[[str, int, str], str] | None = None,
    ) -> None:
        self.statements = statements("postgresql")
        self._engine = create_engine(driver_url(url), pool_size=pool_size, max_overflow=8)
        if password is not None:
            self._ask_for(password)

    @contextmanager
    def reading(self, tenant: str) -> Iterator[DriverCursor]:
        """A cursor that row-level security confines to the tenant."""
        with self._transaction("app", tenant) as cursor:
            yield cursor

    @contextmanager
    def writing(self, transaction: Transaction) -> Iterator[DriverCursor]:
        """A cursor in its own transaction; serializable when it rests on items it only checks."""
        strict = any(isinstance(write, Check) for write in transaction.writes)
        with self._transaction("app", transaction.tenant, serializable=strict) as cursor:
            yield cursor

    @contextmanager
    def relaying(self) -> Iterator[DriverCursor]:
        """A cursor that row-level security confines to outboxes, of every tenant."""
        with self._transaction("relay", "") as cursor:
            yield cursor

    def close(self) -> None:
        """Close the pool."""
        self._engine.dispose()

    def _ask_for(self, password: Callable[[str, int, str], str]) -> None:
        # Called with (host, port, user) for each new connection: an IAM token is short-lived.
        @event.listens_for(self._engine, "do_connect")
        def provide(
            _dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]
        ) -> None:
            parameters["password"] = password(
                parameters["host"], int(parameters.get("port", 5432)), parameters["user"]
            )

    @contextmanager
    def _transaction(
        self, role: Literal["app", "relay"], tenant: str, *, serializable: bool = False
    ) -> Iterator[DriverCursor]:
        try:
            connection = self._engine.raw_connection()
        except (psycopg.Error, PoolTimeout) as error:
            raise Transient(f"postgresql: {error}; the database is out of reach") from error
        try:
            with _postgres_errors():
                cursor = connection.cursor()
                if serializable:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                cursor.execute(
                    "SELECT set_config('role', %s, true), set_config('app.tenant', %s, true)",
                    (_ROLES[role], tenant),
                )
                yield cursor
                connection.commit()
        except BaseException:
            _give_up(connection)
            raise
        finally:
            connection.close()


def driver_url(url: str) -> str:
    """The URL with the driver that is installed named in it."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _give_up(connection: object) -> None:
    # A connection that died has nothing left to roll back; the pool drops it.
    try:
        connection.rollback()  # type: ignore[attr-defined]  # SQLAlchemy types it as a DB-API protocol
    except psycopg.Error:
        connection.invalidate()  # type: ignore[attr-defined]


@contextmanager
def _postgres_errors() -> Iterator[None]:
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        # Deadlocks, serialization failures, lost connections: all end well on a second try.
        raise Transient(f"postgresql: {str(error).strip()}; try again") from error
