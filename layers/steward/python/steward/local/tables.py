"""The runtime's own tables, beside the store's in the one database file.

An event is kept once, in the archive of its bus; a message is a queue's claim on it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from steward.store.migrate import migrate
from steward.store.sql import SqliteDatabase

VERSION = 1

_DDL = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    bus TEXT NOT NULL,
    at INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_at ON events (at);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    tenant TEXT NOT NULL,
    event INTEGER,
    body TEXT,
    sent INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    reason TEXT
);
CREATE TABLE IF NOT EXISTS dead_letters (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    digest TEXT NOT NULL,
    tenant TEXT NOT NULL,
    body TEXT NOT NULL,
    sent INTEGER NOT NULL,
    died INTEGER NOT NULL,
    receives INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    reason TEXT NOT NULL,
    error TEXT NOT NULL,
    UNIQUE (queue, digest, generation)
);
CREATE TABLE IF NOT EXISTS timers (
    concern TEXT NOT NULL,
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    due INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (concern, tenant, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS timers_due ON timers (due);
CREATE TABLE IF NOT EXISTS schedules (
    name TEXT PRIMARY KEY,
    expression TEXT NOT NULL,
    since INTEGER NOT NULL,
    last INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
"""

# Checkpoints copy the log into the file with two more flushes: less often than SQLite's 1,000 pages.
_CHECKPOINT_PAGES = 4000


class NewerData(Exception):
    """The data folder was written by a newer Steward."""


def database_path(data: Path) -> Path:
    """The database file of a data folder."""
    return data / "steward.db"


def open_writer(data: Path) -> sqlite3.Connection:
    """The one writing connection, with every table in place.

    Raises:
        NewerData: the file has a schema version that this program does not know.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = database_path(data)
    connection = SqliteDatabase(path).connect()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        connection.close()
        raise NewerData(
            f"{path}: schema version {version}; this Steward knows up to {VERSION}, so upgrade it"
        )
    migrate(f"sqlite:///{path}")
    connection.executescript(_DDL)
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    return connection


def open_reader(data: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    return SqliteDatabase(database_path(data), read_only=True).connect()
