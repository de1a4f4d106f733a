"""Every statement of the SQL store is bound to its session's tenant, beside the key's own tenant."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steward.errors import NotGranted
from steward.store.records import (
    OUTBOX,
    PENDING,
    SLOTS,
    Check,
    Delete,
    Key,
    Put,
    Slot,
    Transaction,
)
from steward.store.sql import Statement, Statements, statements
from tests.contracts.backends import SqliteBackend
from tests.contracts.parts import EPOCH, NOW

DIALECTS = {"sqlite": r":(\w+)", "postgresql": r'%\((\w+)\)s::VARCHAR COLLATE "C"'}
RELAYS = {
    "pending": f"collection = '{OUTBOX}'",
    "committed": f"collection = '{OUTBOX}'",
    "expire": "expires <=",
}
"""What reaches over tenants on purpose, and what confines it."""
CONTROL = re.compile(r"(BEGIN IMMEDIATE|COMMIT|ROLLBACK|PRAGMA .*)")


def issued(known: Statements) -> Iterator[tuple[str, Statement]]:
    """Every statement of the store, each shape of a query included."""
    for name, statement in known._asdict().items():
        if isinstance(statement, Statement):
            yield name, statement
    for slot in range(SLOTS):
        for shape in itertools.product((False, True), repeat=4):
            yield f"query {slot} {shape}", known.queries(slot, *shape)


def unbound(known: Statements, parameter: str) -> list[str]:
    """The statements that a key of another tenant would take out of the session's tenant."""
    return [name for name, each in issued(known) if not _bound(name, _plain(each.sql, parameter))]


def _bound(name: str, sql: str) -> bool:
    if name in RELAYS:
        return RELAYS[name] in sql
    if name == "insert":
        own = "CASE WHEN (:k_tenant = :session) THEN :k_tenant END"
        return f"VALUES ({own}," in sql and "DO UPDATE" in sql and _guarded(sql)
    return _guarded(sql)


def _guarded(sql: str) -> bool:
    # The first condition, joined to the rest by AND: no OR beside it can let a row through.
    condition = sql.rpartition("WHERE ")[2]
    return condition.startswith("items.tenant = :session AND ") and not _loose_or(condition)


def _loose_or(condition: str) -> bool:
    depth = 0
    for token in re.findall(r"\(|\)|\bOR\b", condition):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "OR" and depth == 0:
            return True
    return False


def _plain(sql: str, parameter: str) -> str:
    return " ".join(re.sub(parameter, r":\1", sql).split())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_statement_holds_the_predicate(dialect: str) -> None:
    known = statements(dialect)
    assert unbound(known, DIALECTS[dialect]) == []
    assert len(list(issued(known))) == 9 + SLOTS * 16


@pytest.mark.parametrize(
    "planted",
    [
        "SELECT body FROM items WHERE items.tenant = :k_tenant AND items.id = :k_id",
        "SELECT body FROM items WHERE items.tenant = :session AND items.id = :k_id OR 1",
        "DELETE FROM items",
    ],
)
def test_a_statement_without_it_is_found(planted: str) -> None:
    known = statements("sqlite")._replace(get=Statement(planted, {}))
    assert unbound(known, DIALECTS["sqlite"]) == ["get"]


def test_an_unbound_shape_of_a_query_is_found() -> None:
    known = statements("sqlite")

    def forgetful(*shape: Any) -> Statement:
        right = known.queries(*shape)
        sql = right.sql.replace("items.tenant = :session AND ", "")
        return right._replace(sql=sql) if shape == (2, True, False, False, True) else right

    found = unbound(known._replace(queries=forgetful), DIALECTS["sqlite"])
    assert found == ["query 2 (True, False, False, True)"]


def test_the_store_issues_no_other_statement(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "steward.db")
    seen: list[str] = []
    connection = backend.database._connection()  # the only way to see what it is told
    connection.set_trace_callback(seen.append)
    _do_everything(backend)
    connection.set_trace_callback(None)
    backend.database.close()
    assert len(seen) > 15
    foreign = [sql for sql in seen if not CONTROL.fullmatch(sql) and not _known(sql)]
    assert foreign == []


def _known(sql: str) -> bool:
    """Whether it is one of the store's, with values in the place of its parameters."""
    value = r"(?:'(?:[^']|'')*'|NULL|-?\d+)"
    return any(
        re.fullmatch(re.sub(r":\w+", lambda _: value, re.escape(each.sql)), sql)
        for _, each in issued(statements("sqlite"))
    )


def _do_everything(backend: SqliteBackend) -> None:
    store = backend.store
    mark, box = Key("parts", "acme", "parts", "p1"), Key("parts", "acme", OUTBOX, "c1")
    puts = (Put(mark, None, 1, "{}"), Put(box, None, 1, "{}", (None, Slot(PENDING, "1"))))
    assert store.commit([Transaction("t", "acme", EPOCH, puts)]) == [None]
    later = (Put(mark, 1, 2, "{}"), Check(box, 1))
    assert store.commit([Transaction("t", "acme", EPOCH, later)]) == [None]
    assert store.of("acme").get(mark, now=EPOCH) is not None
    store.relayed([record.key for record in store.pending()])
    assert list(store.committed(since=NOW, until=NOW, now=EPOCH)) == []
    store.sweep(now=EPOCH)
    assert store.commit([Transaction("t", "acme", EPOCH, (Delete(mark, 2),))]) == [None]


@pytest.mark.parametrize("name", ["insert", "update", "delete", "check", "get", "relayed"])
def test_the_database_itself_stops_a_key_of_another_tenant(tmp_path: Path, name: str) -> None:
    backend = SqliteBackend(tmp_path / "steward.db")
    key = Key("parts", "rival", OUTBOX, "p1")
    put = Put(key, None, 1, "{}", (None, Slot(PENDING, "1")))
    assert backend.store.commit([Transaction("t", "rival", EPOCH, (put,))]) == [None]
    before = backend.items()
    parameters: dict[str, Any] = {f"k_{part}": value for part, value in key._asdict().items()}
    parameters |= {"k_space": "parts", "now": EPOCH, "expect": 1, "version": 2, "body": "stolen"}
    parameters |= {f"{letter}{slot}": None for letter in "ps" for slot in range(1, SLOTS)}
    parameters |= {"expires": None, "session": "acme"}
    statement: Statement = getattr(statements("sqlite"), name)
    connection = backend.database.connect()
    if name == "insert":
        with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
            connection.execute(statement.sql, parameters)
    else:
        cursor = connection.execute(statement.sql, parameters | statement.constants)
        assert cursor.rowcount in {0, -1}
        assert cursor.fetchall() == []
    connection.close()
    assert backend.items() == before


@pytest.mark.parametrize("write", [Put, Delete, Check])
def test_a_write_of_another_tenants_item_is_refused_by_name(tmp_path: Path, write: Any) -> None:
    backend = SqliteBackend(tmp_path / "steward.db")
    key = Key("parts", "rival", "parts", "p1")
    staged = Put(key, None, 1, "{}") if write is Put else write(key, 1)
    with pytest.raises(NotGranted, match="tenant 'rival' in a transaction of 'acme'"):
        backend.store.commit([Transaction("t", "acme", EPOCH, (staged,))])
    assert backend.items() == []
