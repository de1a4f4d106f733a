"""PostgreSQL keeps tenants apart even when the application forgets to."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from steward.store.postgres import PostgresDatabase
from steward.store.records import PENDING, Key, Put, Slot, Transaction
from tests.contracts.backends import PostgresBackend
from tests.contracts.parts import EPOCH

TENANTS = ("acme", "rival")


@pytest.fixture
def database(postgres: PostgresDatabase, postgres_url: str) -> PostgresDatabase:
    """Both tenants have a part and an outbox item."""
    store = PostgresBackend(postgres_url, postgres).store
    for tenant in TENANTS:
        writes = (
            Put(Key("parts", tenant, "parts", "p1"), None, 1, f'"{tenant}"'),
            Put(Key("parts", tenant, "outbox", "c1"), None, 1, "{}", (None, Slot(PENDING, "1"))),
        )
        assert store.commit([Transaction("t", tenant, EPOCH, writes)]) == [None]
    return postgres


def _transaction(tenant: str) -> Transaction:
    return Transaction("t", tenant, EPOCH, ())


def _run(cursor: Any, sql: str) -> Any:
    return cursor.execute(sql)


@pytest.mark.parametrize("tenant", TENANTS)
def test_a_reader_without_a_predicate_sees_its_own_tenant_alone(
    database: PostgresDatabase, tenant: str
) -> None:
    with database.reading(tenant) as cursor:
        _run(cursor, "SELECT DISTINCT tenant FROM items")
        assert cursor.fetchall() == [(tenant,)]


def test_a_writer_without_a_predicate_changes_its_own_tenant_alone(
    database: PostgresDatabase, postgres_url: str
) -> None:
    with database.writing(_transaction("acme")) as cursor:
        _run(cursor, "UPDATE items SET body = 'changed'")
    with database.writing(_transaction("acme")) as cursor:
        _run(cursor, "DELETE FROM items WHERE collection = 'outbox'")
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT tenant, collection, body FROM items ORDER BY 1, 2"
        ).fetchall()
    assert rows == [
        ("acme", "parts", "changed"),
        ("rival", "outbox", "{}"),
        ("rival", "parts", '"rival"'),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO items VALUES ('rival', 'parts', 'parts', 'p2', 1, NULL, '')",
        "UPDATE items SET tenant = 'rival', id = 'moved' WHERE id = 'p1'",
    ],
)
def test_a_row_cannot_be_written_into_another_tenant(database: PostgresDatabase, sql: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database.writing(_transaction("acme")) as cursor,
    ):
        _run(cursor, sql)


def test_without_a_tenant_there_is_nothing_to_see(database: PostgresDatabase) -> None:
    with database.reading("") as cursor:
        _run(cursor, "SELECT count(*) FROM items")
        assert cursor.fetchone() == (0,)


def test_the_tenant_of_one_transaction_does_not_leak_into_the_next(
    database: PostgresDatabase,
) -> None:
    for tenant in (*TENANTS, *TENANTS):
        with database.reading(tenant) as cursor:
            _run(cursor, "SELECT current_setting('app.tenant'), current_user")
            assert cursor.fetchone() == (tenant, "steward_app")


def test_the_relay_sees_every_outbox_and_nothing_else(database: PostgresDatabase) -> None:
    with database.relaying() as cursor:
        _run(cursor, "SELECT tenant, collection FROM items ORDER BY 1")
        assert cursor.fetchall() == [(tenant, "outbox") for tenant in TENANTS]
        _run(cursor, "UPDATE items SET body = 'x' WHERE collection = 'parts'")
        assert cursor.rowcount == 0


def test_the_role_that_functions_run_as_bypasses_nothing(database: PostgresDatabase) -> None:
    with database.reading("acme") as cursor:
        _run(cursor, "SELECT rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
