"""A new SQLite file is opened by many at once: each gets a connection, none is told "locked"."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from steward.store.sql import SqliteDatabase

HELD_SECONDS = 0.2


def test_a_first_connection_waits_for_whoever_has_the_new_file(tmp_path: Path) -> None:
    """The other has read and is about to write, as one does that changes the journal."""
    path = tmp_path / "steward.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE first (id TEXT)")
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO first VALUES ('a')")
    timer = threading.Timer(HELD_SECONDS, lambda: other.execute("COMMIT"))
    timer.start()
    try:
        connection = SqliteDatabase(path).connect()
    finally:
        timer.join()
        other.close()
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
