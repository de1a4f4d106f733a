"""A stranger's SQL over named views: one SELECT, read by DuckDB's own parser before it runs.

Two walls stand behind each other. The parsed statement may name the views and a few harmless table
functions only; and the connection it runs on reaches no other file whatever it were made to do.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from steward.decimals import plainly
from steward.errors import BadInput, TooLarge

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LENGTH: Final = 20_000
"""Characters of a statement."""
_BATCH: Final = 500
_TABLE_FUNCTIONS: Final = frozenset(
    {
        "generate_series",
        "generate_subscripts",
        "json_each",
        "json_tree",
        "range",
        "repeat",
        "unnest",
    }
)
# They tell of the machine rather than of the data, or wait instead of computing.
_FUNCTIONS: Final = frozenset({"current_setting", "getenv", "getvariable", "sleep_ms", "write_log"})
_DESCRIBING: Final = frozenset({"DESCRIBE", "SUMMARY"})
_CATALOG: Final = ("duckdb_", "information_schema", "pg_", "pragma_", "sqlite_")
_ZONED: Final = "WITH TIME ZONE"
_NOWHERE: Final = 2**63
_POINTER = re.compile(r"\n\nLINE (\d+): (.*)\n( *)\^", re.DOTALL)


class Limits(NamedTuple):
    """How much one statement may take and answer; ``size`` is bytes of the answer as JSON."""

    seconds: float = 20.0
    rows: int = 10_000
    size: int = 4 * 1024 * 1024


LIMITS: Final = Limits()


class Answer(NamedTuple):
    """Rows as JSON takes them; ``cut`` says what kept the rest from being among them."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[list[Any]]
    cut: str | None
    seconds: float


def ask(
    connection: DuckDBPyConnection,
    sql: str,
    *,
    views: Collection[str],
    limits: Limits = LIMITS,
) -> Answer:
    """What a statement answers.

    Raises:
        BadInput: it is no single SELECT over the views, or fails; the message says where.
        TooLarge: it takes more time or memory than there is for one.
    """
    import duckdb

    began = time.monotonic()
    check(connection, sql, views=views)
    timer = threading.Timer(limits.seconds, connection.interrupt)
    timer.start()
    try:
        cursor = connection.execute(sql)
        columns, types = _described(cursor)
        if any(_ZONED in kind for kind in types):
            cursor = connection.execute(_without_zones(connection, sql, types))
        rows, cut = _fetched(cursor, limits)
    except duckdb.InterruptException as error:
        raise TooLarge(
            f"sql: took longer than {limits.seconds:g} s; narrow it, or aggregate less"
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise TooLarge("sql: takes more memory than one query has; narrow it") from error
    except duckdb.IOException as error:
        # Its message names files of this machine.
        raise TooLarge(
            "sql: the files it reads have been replaced meanwhile; run it again"
        ) from error
    except duckdb.Error as error:
        raise BadInput(fault(str(error), sql)) from error
    finally:
        timer.cancel()
    return Answer(columns, types, rows, cut, time.monotonic() - began)


def check(connection: DuckDBPyConnection, sql: str, *, views: Collection[str]) -> None:
    """Refuse anything but one SELECT over the views.

    Raises:
        BadInput: the first thing that is not allowed, and where it stands.
    """
    if len(sql) > LENGTH:
        raise BadInput(f"sql: {len(sql)} characters; at most {LENGTH}")
    if "\x00" in sql or (not sql.isascii() and sql != sql.encode(errors="replace").decode()):
        raise BadInput("sql: holds a character that is no text; leave it out")
    tree = _parsed(connection, sql)
    statements = tree["statements"]
    if len(statements) != 1:
        raise BadInput(f"sql: {len(statements)} statements; send one SELECT")
    ctes = {entry["key"].lower() for entry in _ctes(statements[0])}
    for name in ctes:
        # Elsewhere in the statement the same name would be the catalog's.
        if name.startswith(_CATALOG):
            raise BadInput(
                f"sql: a common table may not be named {name[:80]!r}; choose another name"
            )
    allowed = {name.lower() for name in views}
    for node in _nodes(statements[0]):
        refusal = _refusal(node, allowed, ctes)
        if refusal is not None:
            raise BadInput(f"sql: {refusal}{_where(sql, node.get('query_location', _NOWHERE))}")


def fault(message: str, sql: str) -> str:
    """An error of DuckDB's as one line, with the place in the statement."""
    found = _POINTER.search(message)
    head = message.partition("\n\nLINE ")[0]
    kind, _, text = head.partition(": ")
    text = " ".join((text or kind).split())
    if found is None:
        return f"sql: {text}"
    line, column = int(found[1]), len(found[3]) - len(f"LINE {found[1]}: ") + 1
    shown = found[2].split("\n")[-1]
    if shown.startswith("..."):
        # Of a long line DuckDB shows the middle.
        start = sql.split("\n")[line - 1].find(shown.strip("."))
        column += max(start, 0) - len("...")
    return f"sql: {text} (line {line}, column {column})"


def _parsed(connection: DuckDBPyConnection, sql: str) -> dict[str, Any]:
    import duckdb

    try:
        row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    except duckdb.Error as error:
        raise BadInput(fault(str(error), sql)) from error
    tree: dict[str, Any] = json.loads(row[0] if row else "{}")
    if not tree.get("error"):
        return tree
    if tree.get("error_type") == "not implemented":
        raise BadInput("sql: is no SELECT; only SELECT can be run here, and it changes nothing")
    where = _where(sql, int(tree.get("position", _NOWHERE)))
    raise BadInput(f"sql: {tree.get('error_message', 'cannot be parsed')}{where}")


def _refusal(node: dict[str, Any], views: Collection[str], ctes: Collection[str]) -> str | None:
    match node.get("type"):
        case "BASE_TABLE":
            return _table_refusal(node, views, ctes)
        case "TABLE_FUNCTION":
            name = str(node.get("function", {}).get("function_name", "")).lower()
            if name not in _TABLE_FUNCTIONS:
                return f"table function {name!r} is not available; read {_listed(views)}"
        case "SHOW_REF":
            if node.get("show_type") not in _DESCRIBING or node.get("query") is None:
                return f"SHOW is not available; the tables are {_listed(views)}"
        case "FUNCTION":
            name = str(node.get("function_name", "")).lower()
            if name in _FUNCTIONS or name.startswith("read_"):
                return f"function {name!r} is not available"
    return None


def _table_refusal(
    node: dict[str, Any], views: Collection[str], ctes: Collection[str]
) -> str | None:
    name = str(node.get("table_name", "")).lower()
    place = [str(part).lower() for part in node.get("qualified_name", {}).get("path", [name])]
    if place == [name] and (name in views or name in ctes):
        return None
    return f"there is no table {'.'.join(place)[:80]!r}; the tables are {_listed(views)}"


def _listed(views: Collection[str]) -> str:
    return ", ".join(sorted(views))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    # Without recursion: how deep a statement nests is the stranger's choice.
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _ctes(tree: Any) -> Iterator[dict[str, Any]]:
    for node in _nodes(tree):
        entries = node.get("cte_map")
        if isinstance(entries, dict):
            yield from entries.get("map", [])


def _where(sql: str, offset: int) -> str:
    if not 0 <= offset <= len(sql.encode()):
        return ""
    before = sql.encode()[:offset].decode(errors="replace")
    line = before.count("\n") + 1
    return f" (line {line}, column {len(before) - before.rfind(chr(10))})"


def _described(cursor: DuckDBPyConnection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    columns = cursor.description or ()
    return tuple(str(one[0]) for one in columns), tuple(str(one[1]) for one in columns)


def _without_zones(connection: DuckDBPyConnection, sql: str, types: Sequence[str]) -> str:
    # To fetch a time with a zone DuckDB's Python side wants a time zone package; as text it does not.
    chosen = ", ".join(
        f"CAST(#{place} AS VARCHAR)" if _ZONED in kind else f"#{place}"
        for place, kind in enumerate(types, start=1)
    )
    row = connection.execute("SELECT json_deserialize_sql(json_serialize_sql(?))", [sql]).fetchone()
    return f"SELECT {chosen} FROM ({'' if row is None else row[0]})"


def _fetched(cursor: DuckDBPyConnection, limits: Limits) -> tuple[list[list[Any]], str | None]:
    rows: list[list[Any]] = []
    size = 0
    while True:
        batch: Sequence[Sequence[Any]] = cursor.fetchmany(_BATCH)
        if not batch:
            return rows, None
        for found in batch:
            if len(rows) == limits.rows:
                return rows, f"cut after {limits.rows} rows; add a LIMIT, or export instead"
            row = [plain(value) for value in found]
            size += len(json.dumps(row, ensure_ascii=False).encode(errors="replace"))
            if size > limits.size:
                return (
                    rows,
                    f"cut after {len(rows)} rows, at {limits.size} bytes; select less, or export",
                )
            rows.append(row)


def plain(value: Any) -> Any:  # noqa: PLR0911  # one for each kind of value
    """A value of DuckDB's as JSON takes it; times are UTC."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return plainly(value)
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return f"{value.isoformat()}Z" if value.tzinfo is None else value.isoformat()
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return value.hex()
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
    return str(value)
