"""A bill's file as rows of text for DuckDB, whatever it is written in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from functions.cost.adapters.feeding import Header, fed, headed, peeked, unpacked, utf8
from functions.cost.model.formats.google import OPTIONAL
from steward.errors import BadInput
from steward.lake.reading import identifier, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

_PARQUET: Final = b"PAR1"
_NESTED: Final = ("STRUCT", "MAP", "LIST", "[]")
LINE: Final = 4 << 20
"""Bytes that one row takes at most; four hundred tags come to less than a hundredth of it."""
BUFFER: Final = 2 * LINE
"""Bytes that are read at once, several times held; DuckDB's own choice is sixteen rows of that size."""


class Opened(NamedTuple):
    """A file's rows: a table expression whose columns are text, and what the file calls each of them.

    ``check`` raises what broke the reading off, once it was read.
    """

    source: str
    names: dict[str, str]
    check: Callable[[], None]


@contextmanager
def opened(connection: DuckDBPyConnection, path: Path, *, workshop: Path) -> Iterator[Opened]:
    """A file's rows, to be read once.

    Raises:
        BadInput: it is no file of rows, or has no header.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == _PARQUET:
        yield _parquet(connection, path)
        return
    pipe = workshop / "feed"
    first, text = peeked(utf8(unpacked(path)))
    if first.lstrip().startswith(b"{"):
        names = _called(_keys(first))
        with fed(text, pipe) as check:
            yield Opened(_json(pipe, names), names, check)
        return
    header, rows = headed(text)
    names = _called(header.names)
    with fed(rows, pipe) as check:
        yield Opened(_csv(pipe, header), names, check)


def _called(names: Iterable[str]) -> dict[str, str]:
    return {name: f"c{place}" for place, name in enumerate(names)}


def _keys(line: bytes) -> list[str]:
    """The names that the first line of a JSON text has, and those that others of its maker may have."""
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadInput(
            f"JSON lines: the first is none ({error}); write an object a line"
        ) from error
    return list(dict.fromkeys([*found, *OPTIONAL]))


def _json(pipe: Path, names: Mapping[str, str]) -> str:
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    chosen = ", ".join(
        f"nullif({identifier(name)}, '') AS {place}" for name, place in names.items()
    )
    return (
        f"(SELECT {chosen} FROM read_json({quoted(str(pipe))}, format = 'newline_delimited', "
        f"columns = {{{columns}}}, compression = 'none', maximum_object_size = {LINE}))"
    )


def digest_of(path: Path) -> str:
    """What tells a file's bytes from others."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _csv(pipe: Path, header: Header) -> str:
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header.names)))
    return (
        f"read_csv({quoted(str(pipe))}, auto_detect = false, header = false, "
        f"delim = {quoted(header.delimiter)}, new_line = {quoted(header.ending)}, "
        f"quote = '\"', escape = '\"', nullstr = ['', 'NULL'], columns = {{{columns}}}, "
        f"compression = 'none', max_line_size = {LINE}, buffer_size = {BUFFER})"
    )


def _parquet(connection: DuckDBPyConnection, path: Path) -> Opened:
    import duckdb

    source = f"read_parquet({quoted(str(path))})"
    try:
        found = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        raise BadInput("Parquet: cut short or damaged; deliver the file anew") from error
    names = {str(row[0]): f"c{place}" for place, row in enumerate(found)}
    chosen = ", ".join(_text(str(row[0]), str(row[1]), names[str(row[0])]) for row in found)
    return Opened(f"(SELECT {chosen} FROM {source})", names, lambda: None)


def _text(name: str, kind: str, called: str) -> str:
    value = identifier(name)
    if any(one in kind for one in _NESTED):
        return f"CAST(to_json({value}) AS VARCHAR) AS {called}"
    if kind == "VARCHAR":
        return f"nullif({value}, '') AS {called}"
    # Of a number in binary the shortest text that reads back as the same is what its maker meant.
    return f"CAST({value} AS VARCHAR) AS {called}"
