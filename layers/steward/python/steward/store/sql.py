"""The store on SQL: SQLite when embedded, PostgreSQL on Aurora.

Statements are built with SQLAlchemy Core, compiled once to the dialect's text, and run on the
driver's own cursor: the embedded writer applies tens of thousands of them a second.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

from sqlalchemy import (
    and_,
    bindparam,
    case,
    delete,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement, ColumnElement

from steward.errors import NotGranted, Transient
from steward.store.records import (
    OUTBOX,
    OUTBOX_LIFE,
    PENDING,
    SLOTS,
    Check,
    Cursor,
    Delete,
    Found,
    Key,
    Put,
    Query,
    Record,
    Refusal,
    Transaction,
    Write,
    marks_first,
    refusal_of,
)
from steward.store.schema import ITEMS

Row: TypeAlias = tuple[Any, ...]
Committer: TypeAlias = Callable[[Sequence[Transaction]], list[Refusal | None]]

BUSY_SECONDS = 30.0
_WAL_PAUSE = 0.005
_PAGE = 500
_PLACE = ("after_expires", "after_tenant", "after_space", "after_id")


class DriverCursor(Protocol):
    """What a DB-API cursor offers, as far as it is used here."""

    @property
    def rowcount(self) -> int:
        """Rows the last statement touched."""
        ...

    def execute(self, sql: Any, parameters: Any = ..., /) -> object:
        """Run one statement."""
        ...

    def fetchone(self) -> Any:
        """The next row."""
        ...

    def fetchall(self) -> Any:
        """All rows."""
        ...


class Database(Protocol):
    """Connections to one database, and the statements in its dialect."""

    statements: Statements

    def reading(self, tenant: str) -> AbstractContextManager[DriverCursor]:
        """A cursor that sees one tenant's committed items."""
        ...

    def writing(self, transaction: Transaction) -> AbstractContextManager[DriverCursor]:
        """A cursor in a transaction of its own, committed on leaving, rolled back on an error."""
        ...

    def relaying(self) -> AbstractContextManager[DriverCursor]:
        """A cursor that sees every tenant's outbox, and nothing else where the database helps."""
        ...


class Statement(NamedTuple):
    """One statement as the dialect's text, with the parameters that never vary."""

    sql: str
    constants: dict[str, Any]

    def run(self, cursor: DriverCursor, parameters: dict[str, Any]) -> None:
        """Run it with these named parameters; ``session`` is the tenant on whose behalf."""
        cursor.execute(self.sql, parameters | self.constants if self.constants else parameters)


class Statements(NamedTuple):
    """The store's statements in one dialect."""

    get: Statement
    insert: Statement
    update: Statement
    delete: Statement
    check: Statement
    pending: Statement
    relayed: Statement
    expire: Statement
    committed: Statement
    queries: Callable[[int, bool, bool, bool, bool], Statement]


_C = ITEMS.c
_PRIMARY = (_C.tenant, _C.space, _C.collection, _C.id)
_RECORD = (_C.id, _C.version, _C.body, _C.expires)


@cache
def statements(dialect_name: str) -> Statements:
    """The statements for ``sqlite`` or ``postgresql``."""
    dialect: Dialect = (
        sqlite.dialect(paramstyle="named")
        if dialect_name == "sqlite"
        else postgresql.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]
    )

    def text(clause: ClauseElement) -> Statement:
        compiled = clause.compile(dialect=dialect)
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        return Statement(str(compiled), constants)

    at = _at_key()
    live = or_(_C.expires.is_(None), _C.expires > bindparam("now"))
    unchanged = _C.version == bindparam("expect")
    return Statements(
        get=text(select(_C.version, _C.body, _C.expires).where(at, live)),
        insert=text(_insert(dialect_name)),
        update=text(update(ITEMS).where(at, live, unchanged).values(_values(keys=False))),
        delete=text(delete(ITEMS).where(at, live, unchanged)),
        check=text(_check(dialect_name, and_(at, live))),
        pending=text(_pending()),
        relayed=text(_relayed(at)),
        expire=text(_expire()),
        committed=text(_committed()),
        queries=cache(lambda *shape: text(_query(*shape))),
    )


def apply(cursor: DriverCursor, known: Statements, transaction: Transaction) -> Refusal | None:
    """Run one transaction's writes; a refusal means the caller must roll them back.

    Rows are locked in the order of their keys, inbox marks first, so that two writers never wait for
    each other in a circle.

    Raises:
        NotGranted: a write names another tenant than the transaction.
    """
    inbox = transaction.inbox
    for write in marks_first(transaction):
        if write.key.tenant != transaction.tenant:
            raise NotGranted(
                f"item {write.key.table}/{write.key.collection}: tenant {write.key.tenant!r} in a "
                f"transaction of {transaction.tenant!r}; open a Work of the item's own tenant"
            )
        if not _applied(cursor, known, write, transaction):
            return refusal_of(write, inbox)
    return None


def pending(cursor: DriverCursor, known: Statements, *, limit: int) -> list[Record]:
    """Outbox items not yet relayed, oldest first, of every tenant the cursor sees."""
    known.pending.run(cursor, {"limit": limit})
    return [
        Record(Key(space, tenant, OUTBOX, id_), version, body, expires)
        for tenant, space, id_, version, body, expires in cursor.fetchall()
    ]


def mark_relayed(cursor: DriverCursor, known: Statements, keys: Sequence[Key]) -> None:
    """Take outbox items out of the relay's reach; they stay as the record of their commit."""
    for key in keys:
        known.relayed.run(cursor, {**_key_parameters(key), "session": key.tenant})


def sweep_expired(cursor: DriverCursor, known: Statements, *, now: int) -> int:
    """Remove expired items; how many."""
    known.expire.run(cursor, {"now": now})
    return cursor.rowcount


class SqlStore:
    """`steward.store.records.Store` over a database; commits through ``committer`` if one is given.

    The embedded runtime's workers read the file themselves and hand commits to its one writer.
    """

    def __init__(self, database: Database, *, committer: Committer | None = None) -> None:
        self.database = database
        self._commit = committer or self._commit_each

    def of(self, tenant: str) -> SqlSession:
        """Reads as that tenant."""
        return SqlSession(self.database, tenant)

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        """Commit each on its own, in order."""
        return self._commit(transactions)

    def _commit_each(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        return [self._commit_one(transaction) for transaction in transactions]

    def _commit_one(self, transaction: Transaction) -> Refusal | None:
        try:
            with self.database.writing(transaction) as cursor:
                refusal = apply(cursor, self.database.statements, transaction)
                if refusal is not None:
                    raise _RollBack(refusal)  # noqa: TRY301  # leaving by an error rolls back
        except _RollBack as stop:
            return stop.refusal
        return None

    def pending(self, *, limit: int = 100) -> list[Record]:
        """Outbox items not yet relayed, oldest first, of every tenant."""
        with self.database.relaying() as cursor:
            return pending(cursor, self.database.statements, limit=limit)

    def relayed(self, keys: Sequence[Key]) -> None:
        """Take outbox items out of the relay's reach."""
        with self.database.relaying() as cursor:
            mark_relayed(cursor, self.database.statements, keys)

    def committed(self, *, since: datetime, until: datetime, now: int) -> Iterator[Record]:
        """The outbox items staged in that time, of every table and tenant."""
        at = {"low": _outbox_expiry(since), "high": _outbox_expiry(until), "now": now}
        after: tuple[Any, ...] = (at["low"], "", "", "")
        while True:
            with self.database.relaying() as cursor:
                known = self.database.statements.committed
                known.run(cursor, at | dict(zip(_PLACE, after, strict=True)) | {"limit": _PAGE})
                rows = cursor.fetchall()
            for tenant, space, id_, version, body, expires in rows:
                yield Record(Key(space, tenant, OUTBOX, id_), version, body, expires)
            if len(rows) < _PAGE:
                return
            tenant, space, id_, _, _, expires = rows[-1]
            after = (expires, tenant, space, id_)

    def sweep(self, *, now: int) -> int:
        """Remove expired items of every tenant; how many."""
        with self.database.relaying() as cursor:
            return sweep_expired(cursor, self.database.statements, now=now)


class SqlSession:
    """`steward.store.records.Session` over a database."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    def get(self, key: Key, *, now: int) -> Record | None:
        """The current item; None when absent or expired."""
        parameters = {**_key_parameters(key), "now": now, "session": self._tenant}
        with self._database.reading(self._tenant) as cursor:
            self._database.statements.get.run(cursor, parameters)
            row = cursor.fetchone()
        return None if row is None else Record(key, row[0], row[1], row[2])

    def query(self, query: Query) -> list[Found]:
        """At most ``query.limit`` items in order."""
        query = _bounded_once(query)
        known = self._database.statements
        shape = (
            query.slot,
            query.after is not None,
            query.low is not None,
            query.high is not None,
            query.descending,
        )
        parameters = {**_query_parameters(query), "session": self._tenant}
        with self._database.reading(self._tenant) as cursor:
            known.queries(*shape).run(cursor, parameters)
            rows = cursor.fetchall()
        return [_found(query, row) for row in rows]


class SqliteDatabase:
    """A SQLite file in WAL mode with ``synchronous=FULL``; a connection per thread."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.statements = statements("sqlite")
        self._read_only = read_only
        self._threads = threading.local()

    def connect(self) -> sqlite3.Connection:
        """A new connection in autocommit mode: transactions are begun by hand."""
        mode = "ro" if self._read_only else "rwc"
        connection = sqlite3.connect(
            f"file:{self.path}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
        )
        if not self._read_only:
            _into_wal(connection)
            connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-32768")
        connection.execute("PRAGMA mmap_size=268435456")
        return connection

    @contextmanager
    def reading(self, tenant: str) -> Iterator[DriverCursor]:
        """A cursor; the tenant is a mandatory part of every statement's key."""
        del tenant
        with _sqlite_errors():
            yield self._connection().cursor()

    @contextmanager
    def writing(self, transaction: Transaction) -> Iterator[DriverCursor]:
        """A cursor inside BEGIN IMMEDIATE: a busy writer is waited for and never deadlocks."""
        del transaction
        with self._immediate() as cursor:
            yield cursor

    @contextmanager
    def relaying(self) -> Iterator[DriverCursor]:
        """A cursor over the outbox of every tenant."""
        with self._immediate() as cursor:
            yield cursor

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._threads, "connection", None)
        if connection is not None:
            connection.close()
            del self._threads.connection

    @contextmanager
    def _immediate(self) -> Iterator[DriverCursor]:
        with _sqlite_errors():
            cursor = self._connection().cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            connection = self._threads.connection = self.connect()
        return connection


def _into_wal(connection: sqlite3.Connection) -> None:
    # A new file leaves its rollback journal once, and SQLite's busy handler does not wait for whoever
    # is changing it at that moment: of several first connections, some are told "locked" at once.
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                connection.close()
                raise
            time.sleep(_WAL_PAUSE)
        else:
            return


class _RollBack(Exception):  # not an error: carries the refusal out of the transaction
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Transient(f"sqlite: {error}; the database is busy, full or out of reach") from error


def _applied(
    cursor: DriverCursor, known: Statements, write: Write, transaction: Transaction
) -> bool:
    parameters = {
        **_key_parameters(write.key),
        "now": transaction.now,
        "session": transaction.tenant,
    }
    if isinstance(write, Put):
        parameters |= _put_parameters(write)
        if write.expect is None:
            known.insert.run(cursor, parameters)
        else:
            known.update.run(cursor, parameters)
        return cursor.rowcount == 1
    if isinstance(write, Delete):
        known.delete.run(cursor, {**parameters, "expect": write.expect})
        return cursor.rowcount == 1
    return _unchanged(cursor, known, write, parameters)


def _unchanged(
    cursor: DriverCursor, known: Statements, check: Check, parameters: dict[str, Any]
) -> bool:
    known.check.run(cursor, parameters)
    row = cursor.fetchone()
    return (None if row is None else row[0]) == check.expect


def _key_parameters(key: Key) -> dict[str, Any]:
    return {
        "k_space": key.table,
        "k_tenant": key.tenant,
        "k_collection": key.collection,
        "k_id": key.id,
    }


def _put_parameters(write: Put) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "version": write.version,
        "body": write.body,
        "expires": write.expires,
    }
    if write.expect is not None:
        parameters["expect"] = write.expect
    for slot in range(1, SLOTS):
        place = write.slots[slot] if slot < len(write.slots) else None
        parameters[f"p{slot}"] = None if place is None else place.partition
        parameters[f"s{slot}"] = None if place is None else place.sort
    return parameters


def _bounded_once(query: Query) -> Query:
    # Of two bounds on one side a database may seek to the wider one, and pass over on every page all
    # that earlier pages had. Text compares by code points as the database's does by UTF-8 bytes.
    if query.after is None:
        return query
    edge = query.after.sort if query.slot else query.after.id
    bound = query.high if query.descending else query.low
    if bound is None:
        return query
    past = edge > bound if query.descending else edge < bound
    if past:
        return query._replace(after=None)
    return query._replace(high=None) if query.descending else query._replace(low=None)


def _query_parameters(query: Query) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "k_space": query.table,
        "k_tenant": query.tenant,
        "k_collection": query.collection,
        "now": query.now,
        "limit": query.limit,
    }
    if query.slot:
        parameters["partition"] = query.partition
    if query.low is not None:
        parameters["low"] = query.low
    if query.high is not None:
        parameters["high"] = query.high
    if query.after is not None:
        parameters["after_id"] = query.after.id
        if query.slot:
            parameters["after_sort"] = query.after.sort
    return parameters


def _found(query: Query, row: Row) -> Found:
    id_, version, body, expires, sort = row
    key = Key(query.table, query.tenant, query.collection, id_)
    return Found(Record(key, version, body, expires), Cursor(sort or "", id_))


def _of_session() -> ColumnElement[bool]:
    # Beside the key's own tenant: a key that names another than the session's meets no row.
    return _C.tenant == bindparam("session")


def _at_key() -> ColumnElement[bool]:
    return and_(
        _of_session(),
        _C.tenant == bindparam("k_tenant"),
        _C.space == bindparam("k_space"),
        _C.collection == bindparam("k_collection"),
        _C.id == bindparam("k_id"),
    )


def _values(*, keys: bool) -> dict[str, Any]:
    names = ["version", "body", "expires"]
    for slot in range(1, SLOTS):
        names += [f"p{slot}", f"s{slot}"]
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    if keys:
        values |= {column.name: bindparam(f"k_{column.name}") for column in _PRIMARY}
    return values


def _insert(dialect_name: str) -> ClauseElement:
    # An expired item that was not swept yet counts as absent.
    make = sqlite.insert if dialect_name == "sqlite" else postgresql.insert
    # VALUES takes no condition: of another tenant than the session's the row would have none, which
    # the column refuses. (INSERT .. SELECT .. WHERE says the same, and takes SQLite a tenth longer.)
    tenant: ColumnElement[str] = bindparam("k_tenant", type_=_C.tenant.type)
    own = case((tenant == bindparam("session", type_=_C.tenant.type), tenant))
    statement = make(ITEMS).values(_values(keys=True) | {"tenant": own}).inline()
    replaced = {name: statement.excluded[name] for name in _values(keys=False)}
    expired = and_(_of_session(), _C.expires.is_not(None), _C.expires <= bindparam("now"))
    return statement.on_conflict_do_update(
        index_elements=list(_PRIMARY), set_=replaced, where=expired
    )


def _check(dialect_name: str, where: ColumnElement[bool]) -> ClauseElement:
    statement = select(_C.version).where(where)
    return statement if dialect_name == "sqlite" else statement.with_for_update(read=True)


def _pending() -> ClauseElement:
    return (
        select(_C.tenant, _C.space, _C.id, _C.version, _C.body, _C.expires)
        .where(_C.collection == literal_column(f"'{OUTBOX}'"), _C.p1 == PENDING)
        .order_by(_C.s1, _C.id)
        .limit(bindparam("limit"))
    )


def _relayed(at: ColumnElement[bool]) -> ClauseElement:
    own = _C.collection == literal_column(f"'{OUTBOX}'")
    return update(ITEMS).where(at, own).values(p1=null(), s1=null())


def _expire() -> ClauseElement:
    return delete(ITEMS).where(_C.expires.is_not(None), _C.expires <= bindparam("now"))


def _committed() -> ClauseElement:
    # An outbox item expires a fixed time after its commit: the index by expiry is one by time.
    place = (_C.expires, _C.tenant, _C.space, _C.id)
    after = tuple_(
        *(bindparam(name, type_=column.type) for name, column in zip(_PLACE, place, strict=True))
    )
    return (
        select(_C.tenant, _C.space, _C.id, _C.version, _C.body, _C.expires)
        .where(
            _C.collection == literal_column(f"'{OUTBOX}'"),
            _C.expires.between(bindparam("low"), bindparam("high")),
            _C.expires > bindparam("now"),
            tuple_(*place) > after,
        )
        .order_by(*place)
        .limit(bindparam("limit"))
    )


def _outbox_expiry(moment: datetime) -> int:
    return int((moment + OUTBOX_LIFE).timestamp())


def _query(slot: int, after: bool, low: bool, high: bool, descending: bool) -> ClauseElement:  # noqa: FBT001  # the shape of a statement, cached by position
    sort = _C.id if slot == 0 else _C[f"s{slot}"]
    conditions = [
        _of_session(),
        _C.tenant == bindparam("k_tenant"),
        _C.space == bindparam("k_space"),
        _C.collection == bindparam("k_collection"),
        or_(_C.expires.is_(None), _C.expires > bindparam("now")),
    ]
    if slot:
        conditions.append(_C[f"p{slot}"] == bindparam("partition"))
    if low:
        conditions.append(sort >= bindparam("low"))
    if high:
        conditions.append(sort <= bindparam("high"))
    if after:
        conditions.append(_after(slot, sort, descending=descending))
    order: list[ColumnElement[str]] = [_C.id] if slot == 0 else [sort, _C.id]
    if descending:
        order = [column.desc() for column in order]
    shown = (*_RECORD, literal_column("''") if slot == 0 else sort)
    return select(*shown).where(*conditions).order_by(*order).limit(bindparam("limit"))


def _after(slot: int, sort: ColumnElement[str], *, descending: bool) -> ColumnElement[bool]:
    id_: ColumnElement[str] = bindparam("after_id")
    if slot == 0:
        return _C.id < id_ if descending else _C.id > id_
    edge: ColumnElement[str] = bindparam("after_sort")
    if descending:
        return and_(sort <= edge, or_(sort < edge, _C.id < id_))
    return and_(sort >= edge, or_(sort > edge, _C.id > id_))
