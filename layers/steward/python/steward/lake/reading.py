"""DuckDB over a few files and nothing else: no other file, no network, no extension, no setting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LOCKED: Final = (
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class Means(NamedTuple):
    """What a connection may take: bytes of memory and threads."""

    memory: int = 256 * 1024 * 1024
    threads: int = 2


MEANS: Final = Means()


def connect(
    files: Iterable[Path],
    *,
    means: Means = MEANS,
    workshop: Path | None = None,
    ordered: bool = True,
) -> DuckDBPyConnection:
    """An empty database in memory whose SQL reaches these files alone.

    ``workshop`` is a folder that it may write to as well, also what does not fit the memory; without
    one that fails instead. What is not ``ordered`` may write rows in any order, and holds none back for it.
    """
    import duckdb  # 90 ms and native, paid by the functions that read the lake

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": means.threads,
            "memory_limit": f"{means.memory}B",
            "preserve_insertion_order": ordered,
            "temp_directory": "" if workshop is None else str(workshop),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        },
    )
    allowed = ", ".join(quoted(str(path)) for path in files)
    # Times are kept in UTC without a zone: compared with now() they must not shift by this machine's.
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET allowed_paths = [{allowed}]")
    if workshop is not None:
        connection.execute(f"SET allowed_directories = [{quoted(str(workshop))}]")
    # The footers of files that never change: read once a connection.
    connection.execute("SET parquet_metadata_cache = true")
    for statement in _LOCKED:
        connection.execute(statement)
    return connection


def view(
    connection: DuckDBPyConnection,
    name: str,
    files: Sequence[Path],
    *,
    columns: Mapping[str, str],
) -> None:
    """Name the rows of some files; of no file at all, the view is empty and has the same columns."""
    chosen = ", ".join(
        f"CAST({identifier(one)} AS {kind}) AS {identifier(one)}" for one, kind in columns.items()
    )
    if files:
        source = f"SELECT {', '.join(map(identifier, columns))} FROM {scan(files)}"
    else:
        empty = ", ".join(f"NULL AS {identifier(one)}" for one in columns)
        source = f"SELECT {chosen} FROM (SELECT {empty}) WHERE false"
    connection.execute(f"CREATE VIEW {identifier(name)} AS {source}")


def scan(files: Sequence[Path], *, alike: bool = False) -> str:
    """The files as a table expression; columns are matched by name, as older files may lack some.

    Of files that are ``alike`` in their columns only one is asked for them, which takes less time.
    """
    listed = ", ".join(quoted(str(path)) for path in files)
    return f"read_parquet([{listed}], union_by_name = {str(not alike).lower()})"


def quoted(text: str) -> str:
    """The text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """The name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
