"""Reading the runtime's tables for people: queues, dead letters, archived events, counts."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from steward.local.queues import DeadLetter
from steward.local.tables import open_reader

_LETTERS = """
SELECT id, queue, tenant, body, sent, died, receives, generation, reason, error
FROM dead_letters WHERE queue = ? AND id > ? ORDER BY id LIMIT ?
"""
_MESSAGES = """
SELECT m.id, m.tenant, m.sent, m.visible, m.receives, m.generation, m.reason,
       coalesce(m.body, e.body)
FROM messages m LEFT JOIN events e ON e.seq = m.event
WHERE m.queue = ? ORDER BY m.id LIMIT ?
"""
_TAIL = """
SELECT seq, bus, at, tenant, type, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?
"""
_ARCHIVED = """
SELECT seq, bus, tenant, body FROM events
WHERE at >= ? AND at < ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?
"""


class Archived(NamedTuple):
    """An event of the archive; ``at`` in epoch milliseconds."""

    seq: int
    bus: str
    at: int
    tenant: str
    type: str
    body: str

    @property
    def shown(self) -> dict[str, Any]:
        """The event as JSON has it."""
        return {
            "seq": self.seq,
            "bus": self.bus,
            "at": self.at,
            "tenant": self.tenant,
            "type": self.type,
            "event": json.loads(self.body),
        }


class Ledger:
    """Reads on a connection of its own: open one per thread."""

    def __init__(self, data: Path) -> None:
        self._connection = open_reader(data)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def letters(self, queue: str, *, after: int = 0, limit: int = 100) -> list[DeadLetter]:
        """Dead letters of a queue, oldest first."""
        return [DeadLetter(*row) for row in self._rows(_LETTERS, (queue, after, limit))]

    def letters_by_id(self, ids: Sequence[int]) -> list[DeadLetter]:
        """These dead letters; one that is gone is left out."""
        marks = ",".join("?" * len(ids))
        columns = "id, queue, tenant, body, sent, died, receives, generation, reason, error"
        sql = f"SELECT {columns} FROM dead_letters WHERE id IN ({marks}) ORDER BY id"  # noqa: S608
        return [DeadLetter(*row) for row in self._rows(sql, tuple(ids))]

    def letter_counts(self) -> dict[str, int]:
        """How many dead letters each queue has."""
        return dict(self._rows("SELECT queue, count(*) FROM dead_letters GROUP BY queue", ()))

    def oldest(self) -> dict[str, int]:
        """When the oldest message of each queue was sent, in epoch milliseconds."""
        return dict(self._rows("SELECT queue, min(sent) FROM messages GROUP BY queue", ()))

    def messages(self, queue: str, *, limit: int = 100) -> list[dict[str, Any]]:
        """Messages of a queue, oldest first, in flight or not."""
        names = ("id", "tenant", "sent", "visible", "receives", "generation", "reason", "body")
        return [dict(zip(names, row, strict=True)) for row in self._rows(_MESSAGES, (queue, limit))]

    def last_event(self) -> int:
        """The number of the newest archived event."""
        return int(self._rows("SELECT coalesce(max(seq), 0) FROM events", ())[0][0])

    def events_after(self, seq: int, *, limit: int = 100) -> list[Archived]:
        """Archived events from there on."""
        return [Archived(*row) for row in self._rows(_TAIL, (seq, limit))]

    def recent(self, limit: int) -> list[Archived]:
        """The newest archived events, newest first."""
        sql = "SELECT seq, bus, at, tenant, type, body FROM events ORDER BY seq DESC LIMIT ?"
        return [Archived(*row) for row in self._rows(sql, (limit,))]

    def archived(
        self, start: int, end: int, *, after: int, until: int, limit: int
    ) -> list[tuple[int, str, str, str]]:
        """(seq, bus, tenant, body) of events archived in [start, end), numbered (after, until]."""
        return self._rows(_ARCHIVED, (start, end, after, until, limit))

    def types(self, *, until: int) -> Counter[str]:
        """How many events of each type are in the archive, up to a number: a scan of all of it."""
        sql = "SELECT type, count(*) FROM events WHERE seq <= ? GROUP BY type"
        return Counter(dict(self._rows(sql, (until,))))

    def pending_outbox(self) -> tuple[int, str | None]:
        """Outbox items that were not relayed yet: how many, and when the oldest was committed."""
        sql = "SELECT count(*), min(s1) FROM items WHERE collection = 'outbox' AND p1 IS NOT NULL"
        count, oldest = self._rows(sql, ())[0]
        return int(count), oldest

    def _rows(self, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            raise LookupError(f"the database cannot be read: {error}") from error
