"""Durable queues: the table is the truth, an index in memory says what is ready without looking there.

The index is touched by one thread only, after the commit that makes a change durable. What is in
flight is in no table: after a crash every message that was not acknowledged is simply ready again.
"""

from __future__ import annotations

import hashlib
import heapq
import random
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from steward.local.writer import Turn
from steward.manifest import Function, Objects, Queue, Schedule, Trail

_BACKOFF_FIRST = timedelta(seconds=1)
_BACKOFF_LAST = timedelta(minutes=15)

_INSERT = """
INSERT INTO messages (id, queue, tenant, event, body, sent, visible, receives, generation)
VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)
"""
_BURY = """
INSERT INTO dead_letters
    (id, queue, digest, tenant, body, sent, died, receives, generation, reason, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (queue, digest, generation) DO UPDATE SET
    died = excluded.died, receives = excluded.receives,
    reason = excluded.reason, error = excluded.error
"""
_BODIES = """
SELECT m.id, coalesce(m.body, e.body), m.sent, m.receives, m.generation, m.tenant
FROM messages m LEFT JOIN events e ON e.seq = m.event WHERE m.id IN ({marks}) ORDER BY m.id
"""


class Message(NamedTuple):
    """A message as it is handed out; times are epoch milliseconds, ``receives`` counts this one."""

    id: int
    body: str
    sent: int
    receives: int
    generation: int
    tenant: str


class Arrival(NamedTuple):
    """A message that became durable; ``visible`` in epoch milliseconds."""

    queue: str
    id: int
    tenant: str
    visible: int
    receives: int = 0


class DeadLetter(NamedTuple):
    """A message given up, whole, with the reason (a kebab-case word) and the error's text."""

    id: int
    queue: str
    tenant: str
    body: str
    sent: int
    died: int
    receives: int
    generation: int
    reason: str
    error: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How a queue hands out its messages."""

    visibility: timedelta
    batch_size: int = 10
    max_receives: int = 5
    max_concurrency: int = 10
    follows: bool = False
    """Whether other queues' messages go before its own."""


# As on AWS, where Scheduler calls asynchronously and Lambda tries such a call three times.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_TICK_RECEIVES = 3


def limits_of(function: Function) -> Limits | None:
    """The limits of a function's queue; None for a function that has none."""
    trigger = function.trigger
    if isinstance(trigger, Schedule):
        return Limits(function.visibility_timeout, 1, _TICK_RECEIVES, 1)
    if isinstance(trigger, Queue | Objects | Trail):
        return Limits(
            function.visibility_timeout,
            trigger.batch_size,
            trigger.max_receives,
            trigger.max_concurrency,
            # Of what was done nobody waits for the record of it.
            isinstance(trigger, Trail) or (isinstance(trigger, Queue) and trigger.follows),
        )
    return None


@dataclass(slots=True)
class Backlog:
    """What one queue holds, in memory: ready by tenant, delayed, in flight."""

    limits: Limits
    ready: dict[str, deque[int]] = field(default_factory=dict)
    tenants: deque[str] = field(default_factory=deque)
    delayed: list[tuple[int, int, str]] = field(default_factory=list)
    flying: dict[int, tuple[int, str]] = field(default_factory=dict)
    receives: dict[int, int] = field(default_factory=dict)
    alone: set[int] = field(default_factory=set)
    """Messages handed out one by one, since a batch with them in it did not end well."""

    def arrive(self, arrival: Arrival, *, now: int) -> None:
        """Know of a durable message."""
        if arrival.receives:
            self.receives[arrival.id] = arrival.receives
        if arrival.visible > now:
            heapq.heappush(self.delayed, (arrival.visible, arrival.id, arrival.tenant))
        else:
            self._make_ready(arrival.id, arrival.tenant)

    def take(self, *, now: int) -> list[tuple[int, int]]:
        """Up to a batch of (id, receives), one tenant after the other; they are in flight now."""
        self.wake(now=now)
        taken: list[tuple[int, int]] = []
        deadline = now + int(self.limits.visibility.total_seconds() * 1000)
        while self.tenants and len(taken) < self.limits.batch_size:
            single = self.ready[self.tenants[0]][0] in self.alone
            if single and taken:
                break
            id_, tenant = self._next()
            self.flying[id_] = (deadline, tenant)
            self.receives[id_] = self.receives.get(id_, 0) + 1
            taken.append((id_, self.receives[id_]))
            if single:
                break
        return taken

    def _next(self) -> tuple[int, str]:
        tenant = self.tenants.popleft()
        line = self.ready[tenant]
        id_ = line.popleft()
        if line:
            self.tenants.append(tenant)
        else:
            del self.ready[tenant]
        return id_, tenant

    def wake(self, *, now: int) -> None:
        """Make ready what has waited, or been in flight, for long enough."""
        while self.delayed and self.delayed[0][0] <= now:
            _, id_, tenant = heapq.heappop(self.delayed)
            self._make_ready(id_, tenant)

    def reclaim(self, *, now: int) -> int:
        """Make ready what was in flight past its visibility timeout; how many."""
        late = [id_ for id_, (deadline, _) in self.flying.items() if deadline <= now]
        for id_ in late:
            self._make_ready(id_, self.flying.pop(id_)[1])
        return len(late)

    def forget(self, ids: Iterable[int]) -> None:
        """Drop messages that are gone from the table."""
        for id_ in ids:
            self.receives.pop(id_, None)
            self.alone.discard(id_)
            if self.flying.pop(id_, None) is None:
                self._drop_waiting(id_)

    def put_back(self, id_: int, *, visible: int, now: int) -> None:
        """Return a message in flight; it shows again at ``visible``."""
        flight = self.flying.pop(id_, None)
        if flight is not None:
            self.arrive(Arrival("", id_, flight[1], visible, self.receives.get(id_, 0)), now=now)

    def unreceive(self, id_: int, *, now: int) -> None:
        """Return a message that nobody looked at: this receive does not count."""
        self.receives[id_] = max(0, self.receives.get(id_, 1) - 1)
        self.put_back(id_, visible=now, now=now)

    @property
    def waiting(self) -> bool:
        """Whether a message is ready now."""
        return bool(self.tenants)

    @property
    def depth(self) -> int:
        """Messages ready or delayed."""
        return sum(len(line) for line in self.ready.values()) + len(self.delayed)

    def next_change(self) -> int | None:
        """When the next delayed message shows; None when none is delayed."""
        return self.delayed[0][0] if self.delayed else None

    def _make_ready(self, id_: int, tenant: str) -> None:
        line = self.ready.get(tenant)
        if line is None:
            self.ready[tenant] = deque((id_,))
            self.tenants.append(tenant)
        else:
            line.append(id_)

    def _drop_waiting(self, id_: int) -> None:
        # Rare: acknowledged after its visibility timeout had returned it.
        self.delayed = [entry for entry in self.delayed if entry[1] != id_]
        heapq.heapify(self.delayed)
        for tenant, line in list(self.ready.items()):
            if id_ in line:
                line.remove(id_)
                if not line:
                    del self.ready[tenant]
                    self.tenants.remove(tenant)


def backoff(receives: int, *, rng: random.Random) -> timedelta:
    """How long a message waits after its n-th failed receive: doubling, with half of it random.

    Source: "Exponential backoff and jitter", AWS Architecture Blog ("equal jitter").
    """
    ceiling = min(_BACKOFF_FIRST * 2.0 ** min(receives - 1, 20), _BACKOFF_LAST)
    return ceiling * (0.5 + rng.random() / 2)


# Below: jobs for the writer. They change the table; the caller changes the index after the commit.


class Stored(NamedTuple):
    """A row of the messages table to insert: ``event`` or ``body`` holds the content."""

    id: int
    queue: str
    tenant: str
    event: int | None
    body: str | None
    sent: int
    visible: int
    generation: int = 0

    @property
    def arrival(self) -> Arrival:
        """What the index is told after the commit."""
        return Arrival(self.queue, self.id, self.tenant, self.visible)


def insert(turn: Turn, rows: Sequence[Stored]) -> list[Arrival]:
    """Add messages."""
    turn.cursor.executemany(_INSERT, rows)
    return [row.arrival for row in rows]


def remove(turn: Turn, ids: Sequence[int]) -> None:
    """Acknowledge: the messages are done with."""
    turn.cursor.execute(f"DELETE FROM messages WHERE id IN ({_marks(ids)})", ids)  # noqa: S608  # marks only


def postpone(turn: Turn, id_: int, *, receives: int, visible: int, reason: str) -> None:
    """Return a message: it shows again at ``visible``, knowing why it was returned."""
    turn.cursor.execute(
        "UPDATE messages SET receives = ?, visible = ?, reason = ? WHERE id = ?",
        (receives, visible, reason, id_),
    )


def bury(turn: Turn, letter: DeadLetter) -> None:
    """Keep a dead letter; the same message dying twice is kept once."""
    digest = hashlib.sha256(letter.body.encode()).hexdigest()
    turn.cursor.execute(
        _BURY,
        (
            letter.id,
            letter.queue,
            digest,
            letter.tenant,
            letter.body,
            letter.sent,
            letter.died,
            letter.receives,
            letter.generation,
            letter.reason,
            letter.error,
        ),
    )


def redrive(
    turn: Turn, letters: Sequence[DeadLetter], *, number: Callable[[], int], now: int
) -> list[Arrival]:
    """Put dead letters back into their queues with fresh numbers, as if never received."""
    ids = [letter.id for letter in letters]
    if not ids:
        return []
    turn.cursor.execute(f"DELETE FROM dead_letters WHERE id IN ({_marks(ids)})", ids)  # noqa: S608
    rows = [
        Stored(
            number(),
            letter.queue,
            letter.tenant,
            None,
            letter.body,
            letter.sent,
            now,
            letter.generation,
        )
        for letter in letters
    ]
    return insert(turn, rows)


def _marks(ids: Sequence[int]) -> str:
    return ",".join("?" * len(ids))


def read_messages(cursor: sqlite3.Cursor, taken: Sequence[tuple[int, int]]) -> list[Message]:
    """The content of messages by (id, receives); one that is gone from the table is left out."""
    receives = dict(taken)
    ids = list(receives)
    cursor.execute(_BODIES.format(marks=_marks(ids)), ids)
    return [
        Message(id_, body, sent, receives[id_], generation, tenant)
        for id_, body, sent, _, generation, tenant in cursor.fetchall()
    ]
