"""One-shot timers of Works: set and cancelled by the relay, fired onto the bus when due."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from steward.json_text import compact
from steward.local.bus import Bus, Landed, post_event
from steward.local.writer import Turn

_SET = """
INSERT INTO timers (concern, tenant, key, due, event) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (concern, tenant, key) DO UPDATE SET due = excluded.due, event = excluded.event
"""
_DUE = "SELECT concern, tenant, key, event FROM timers WHERE due <= ? ORDER BY due LIMIT ?"
_DELETE = "DELETE FROM timers WHERE concern = ? AND tenant = ? AND key = ?"
_AT_ONCE = 64


class Name(NamedTuple):
    """What tells one timer from another."""

    concern: str
    tenant: str
    key: str


def set_timer(turn: Turn, name: Name, *, due: datetime, event: Mapping[str, Any]) -> None:
    """Set a timer; one of the same name is replaced."""
    turn.cursor.execute(_SET, (*name, int(due.timestamp() * 1000), compact(event)))


def cancel(turn: Turn, name: Name) -> None:
    """Remove a timer; one that fired or never was is no error."""
    turn.cursor.execute(_DELETE, name)


def fire(turn: Turn, *, bus: Bus, now: int) -> Landed | None:
    """Put what is due on the bus and forget it, in one transaction; at most 64 at once."""
    turn.cursor.execute(_DUE, (now, _AT_ONCE))
    rows = turn.cursor.fetchall()
    if not rows:
        return None
    turn.cursor.executemany(_DELETE, [row[:3] for row in rows])
    return bus.put(turn, [post_event(json.loads(row[3])) for row in rows], now=now)


def next_due(cursor: sqlite3.Cursor) -> int | None:
    """When the next timer is due, in epoch milliseconds."""
    cursor.execute("SELECT min(due) FROM timers")
    (due,) = cursor.fetchone()
    return None if due is None else int(due)
