"""Schedules of the manifests: every slot becomes one message, written with the fact that it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from steward.json_text import compact
from steward.local import cron
from steward.local.bus import ACCOUNT
from steward.local.queues import Arrival, Stored, insert
from steward.local.writer import Turn
from steward.manifest import Function, Schedule

CATCH_UP = timedelta(hours=24)
"""A slot missed for longer stays missed, as EventBridge Scheduler gives up after a day."""
_AT_ONCE = 100

_REGISTER = """
INSERT INTO schedules (name, expression, since) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET expression = excluded.expression, since = excluded.since, last = NULL
WHERE schedules.expression <> excluded.expression
"""


@dataclass(slots=True)
class Entry:
    """One schedule and its next slot."""

    name: str
    expression: cron.Expression
    due: datetime | None


class Schedules:
    """All schedules, and when each is due next."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self._functions = {f.id: f.trigger for f in functions if isinstance(f.trigger, Schedule)}
        self._entries: list[Entry] = []

    def load(self, turn: Turn, *, now: datetime) -> None:
        """Register what is new, and find the slots that are next after the last that fired."""
        entries = []
        for name, trigger in self._functions.items():
            text = f"{trigger.expression} {trigger.timezone}"
            turn.cursor.execute(_REGISTER, (name, text, _millis(now)))
            turn.cursor.execute("SELECT since, last FROM schedules WHERE name = ?", (name,))
            since, last = turn.cursor.fetchone()
            expression = cron.parse(
                trigger.expression, timezone=trigger.timezone, since=_moment(since)
            )
            start = max(_moment(since if last is None else last), now - CATCH_UP)
            entries.append(Entry(name, expression, expression.after(start)))
        self._entries = entries

    def next_due(self) -> datetime | None:
        """When the next slot of any schedule is due."""
        return min((entry.due for entry in self._entries if entry.due is not None), default=None)

    def fire(self, turn: Turn, *, now: datetime, number: Callable[[], int]) -> Fired:
        """Write a message for every slot that is due; ``advance`` takes note after the commit."""
        rows: list[Stored] = []
        moved: list[tuple[Entry, datetime | None]] = []
        for entry in self._entries:
            due = entry.due
            while due is not None and due <= now and len(rows) < _AT_ONCE:
                rows.append(_message(number(), entry.name, due, now))
                turn.cursor.execute(
                    "UPDATE schedules SET last = ? WHERE name = ?", (_millis(due), entry.name)
                )
                due = entry.expression.after(due)
            moved.append((entry, due))
        return Fired(insert(turn, rows), moved)


@dataclass(frozen=True, slots=True)
class Fired:
    """Ticks that were written, and where each schedule stands now."""

    arrivals: list[Arrival]
    moved: list[tuple[Entry, datetime | None]]

    def advance(self) -> None:
        """Take note that the ticks are durable."""
        for entry, due in self.moved:
            entry.due = due


def tick(name: str, due: datetime) -> dict[str, str]:
    """What a schedule sends for a slot: its function's id, and the time for which it was scheduled."""
    return {"schedule": name, "time": due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _message(number: int, name: str, due: datetime, now: datetime) -> Stored:
    sent = _millis(now)
    return Stored(number, name, ACCOUNT, None, compact(tick(name, due)), sent, sent)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)
