"""The embedded event system: commits, relay, buses, queues, timers and schedules over one database.

Everything that changes the database is a job of the writer; everything in memory is changed after the
commit, by the thread to which the writer delivers its answers. The supervisor drives it with a thread,
an event loop and worker processes; the pump drives the same object in one thread.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from steward.local import bus as buses
from steward.local import queues, relay, timers
from steward.local.bus import Bus, Landed, Posted, Replay
from steward.local.lines import Lines
from steward.local.queues import Arrival, Backlog, DeadLetter, Message
from steward.local.schedules import Fired, Schedules
from steward.local.writer import Entry, Submits, Turn, unheard
from steward.manifest import STORES, Function, Objects, Queue, Routes, Schedule, Trail
from steward.store.records import Record, Refusal, Transaction
from steward.store.sql import SqlStore, apply, pending, statements, sweep_expired
from steward.store.work import Claims

_STATEMENTS = statements("sqlite")
_SWEEP = 100
_HOUSEKEEPING = timedelta(hours=1)
_SWEEP_EVERY = timedelta(seconds=30)
_RETRY = timedelta(seconds=1)

T = TypeVar("T")
Clock = Callable[[], datetime]
Failed = Callable[[BaseException], None]


_GENERATION = """
INSERT INTO counters (name, value) VALUES ('generation', 1)
ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value
"""


class Background(Protocol):
    """Runs a call somewhere, then its answer's use where the runtime lives."""

    def __call__(self, call: Callable[[], T], then: Callable[[T], None], /) -> None:
        """Start the call."""
        ...


def at_once(call: Callable[[], T], then: Callable[[T], None]) -> None:
    """No background at all."""
    then(call())


class Setting(NamedTuple):
    """What a runtime is made of."""

    functions: tuple[Function, ...]
    writer: Submits
    reader: sqlite3.Connection
    claims: Claims
    clock: Clock
    rng: random.Random
    items: SqlStore | None = None
    """The store of the items when it is another database than the runtime's own."""
    background: Background = at_once
    """How calls to that other database are kept off the thread that must not wait."""


@dataclass(slots=True)
class Counts:
    """What has passed through since the start."""

    commits: int = 0
    events: int = 0
    relayed: int = 0
    handled: int = 0
    returned: int = 0
    dead: int = 0
    relay_errors: int = 0
    types: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Due:
    timer: int | None = None
    housekeeping: int = 0
    sweep: int = 0
    firing: bool = False


class Runtime:
    """The event system of one data folder.

    ``changed`` is called when there may be something to do, ``news`` when events were archived.
    """

    def __init__(self, setting: Setting, *, changed: Callable[[], None]) -> None:
        self.functions = {f.id: f for f in setting.functions if runs_embedded(f)}
        self.counts = Counts()
        self.news: Callable[[], None] = lambda: None
        self._setting = setting
        self._changed = changed
        self._cursor = setting.reader.cursor()
        self.bus = Bus(buses.rules_of(self.functions.values()), last=self._last_number())
        self.schedules = Schedules(self.functions.values())
        self.backlogs = {
            f.id: Lines(limits) if isinstance(f.trigger, Trail) else Backlog(limits)
            for f in self.functions.values()
            if (limits := queues.limits_of(f)) is not None
        }
        trails = [f.id for f in self.functions.values() if isinstance(f.trigger, Trail)]
        self._routes = relay.Routes(self.bus, trails[0] if trails else None, setting.claims)
        self._due = _Due()

    # Starting

    def start(self) -> None:
        """Make everything ready that was not acknowledged, and relay what a crash left in the outbox."""
        for id_, queue, tenant, visible, receives in self._rows(
            "SELECT id, queue, tenant, visible, receives FROM messages ORDER BY id"
        ):
            backlog = self.backlogs.get(queue)
            if backlog is not None:
                backlog.arrive(Arrival(queue, id_, tenant, visible, receives), now=self.now())
        self._due.timer = timers.next_due(self._cursor)
        moment = self._setting.clock()
        self._submit(lambda turn: self.schedules.load(turn, now=moment), lambda _: self._changed())

    def sweep(self) -> None:
        """Relay outbox items that are still pending, oldest first, until there are none."""
        store = self._setting.items
        if store is not None:
            self._setting.background(lambda: store.pending(limit=_SWEEP), self._found_foreign)
            return
        self._submit(self._sweep_job, unheard)

    def _found_foreign(self, records: list[Record]) -> None:
        self._send_foreign([_outgoing(record) for record in records])

    def _sweep_job(self, turn: Turn) -> None:
        # Each in a job of its own: one whose claim is gone must not hold up those behind it.
        found = [_outgoing(record) for record in pending(turn.cursor, _STATEMENTS, limit=_SWEEP)]
        for item in found:
            job = partial(self._relay_job, items=[item])
            turn.follow(Entry(job, self._relayed, self._relay_failed))
        errors = self.counts.relay_errors
        turn.follow(Entry(unheard, lambda _: self._swept(len(found), errors), unheard))

    def _swept(self, found: int, errors: int) -> None:
        # A page of nothing but stuck items would come back for ever.
        stuck = self.counts.relay_errors - errors
        if found == _SWEEP and stuck < found:
            self.sweep()

    # Commits and the relay

    def commit(
        self,
        transactions: Sequence[Transaction],
        done: Callable[[list[Refusal | None]], None],
        failed: Failed,
    ) -> None:
        """Commit each transaction on its own, in one flush with whatever else is under way."""
        self._setting.writer.submit(
            Entry(lambda turn: self._commit_job(turn, transactions), done, failed)
        )

    def committed_elsewhere(self, items: Sequence[relay.Outgoing]) -> None:
        """Relay outbox items that another database has just committed."""
        self._send_foreign(items)

    def _commit_job(self, turn: Turn, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        outcomes = _apply_all(turn, transactions)
        items: list[relay.Outgoing] = []
        for transaction, refusal in zip(transactions, outcomes, strict=True):
            if refusal is None:
                items += relay.outgoing(transaction)
        self.counts.commits += len(transactions)
        if items:
            turn.follow(
                Entry(lambda turn: self._relay_job(turn, items), self._relayed, self._relay_failed)
            )
        return outcomes

    def _relay_job(self, turn: Turn, items: Sequence[relay.Outgoing]) -> relay.Relayed:
        relayed = self._send_job(turn, items)
        relay.mark(turn, items)
        return relayed

    def _send_job(self, turn: Turn, items: Sequence[relay.Outgoing]) -> relay.Relayed:
        return relay.send(turn, items, routes=self._routes, now=self.now())

    def _send_foreign(self, items: Sequence[relay.Outgoing]) -> None:
        # Two databases: sent first, marked afterwards. A crash between sends twice; inboxes see to it.
        store = self._setting.items
        if store is None or not items:
            return

        def sent(relayed: relay.Relayed) -> None:
            self._relayed(relayed)
            keys = [item.key for item in items]
            self._setting.background(lambda: store.relayed(keys), unheard)

        self._submit(lambda turn: self._send_job(turn, items), sent, self._relay_failed)

    def _relayed(self, relayed: relay.Relayed) -> None:
        self.counts.relayed += len(relayed.types)
        if relayed.timers:
            self._due.timer = timers.next_due(self._cursor)
        self._landed(Landed(relayed.arrivals, relayed.types))

    def _relay_failed(self, error: BaseException) -> None:
        # The items stay pending: the next sweep tries again.
        del error
        self.counts.relay_errors += 1

    # The buses

    def put(
        self, posted: Sequence[Posted], done: Callable[[list[Arrival]], None], failed: Failed
    ) -> None:
        """Put events on their bus; ``done`` hears once they are durable in every queue."""

        def landed(result: Landed) -> None:
            self._landed(result)
            done(result.arrivals)

        now = self.now()
        self._submit(lambda turn: self.bus.put(turn, posted, now=now), landed, failed)

    def replay(
        self,
        archived: Sequence[tuple[str, str, str]],
        replay: Replay,
        done: Callable[[list[Arrival]], None],
        failed: Failed,
    ) -> None:
        """Send archived events (bus, tenant, body) to their queues again."""

        def landed(arrivals: list[Arrival]) -> None:
            self.arrived(arrivals)
            done(arrivals)

        now = self.now()
        self._submit(
            lambda turn: self.bus.replay(turn, archived, replay=replay, now=now), landed, failed
        )

    def _landed(self, landed: Landed) -> None:
        self.counts.events += len(landed.types)
        self.counts.types.update(landed.types)
        self.arrived(landed.arrivals)
        if landed.types:
            self.news()

    def arrived(self, arrivals: Iterable[Arrival]) -> None:
        """Index messages that became durable."""
        now = self.now()
        for arrival in arrivals:
            self.backlogs[arrival.queue].arrive(arrival, now=now)
        self._changed()

    def next_generation(self, done: Callable[[int], None], failed: Failed) -> None:
        """Raise the replay generation, under which inboxes take again what they have had."""

        def job(turn: Turn) -> int:
            turn.cursor.execute(_GENERATION)
            (value,) = turn.cursor.fetchone()
            return int(value)

        self._submit(job, done, failed)

    # The queues

    def take(self, queue: str) -> list[Message]:
        """The next batch of a queue, in flight from now on; empty when nothing is ready."""
        backlog = self.backlogs[queue]
        taken = backlog.take(now=self.now())
        if not taken:
            return []
        messages = queues.read_messages(self._cursor, taken)
        if len(messages) < len(taken):
            here = {message.id for message in messages}
            backlog.forget(id_ for id_, _ in taken if id_ not in here)
        return messages

    def acknowledge(self, queue: str, ids: Sequence[int]) -> None:
        """Be done with messages; nobody waits for this, a repeat changes nothing."""
        if not ids:
            return
        self.counts.handled += len(ids)

        backlog = self.backlogs[queue]
        in_line = isinstance(backlog, Lines)
        if in_line:
            # What they hold up may go on at once: should they come again, the inbox knows them.
            backlog.forget(ids)
            if backlog.waiting:
                self._changed()

        def removed(_: None) -> None:
            if not in_line:
                backlog.forget(ids)

        # Not written: they come again after their visibility timeout, and the inbox knows them.
        job = Entry(lambda turn: queues.remove(turn, ids), removed, unheard, lazy=True)
        self._setting.writer.submit(job)

    def give_back_all(
        self, queue: str, messages: Sequence[Message], *, reason: str, error: str
    ) -> None:
        """Return a batch that failed as a whole; next time each goes alone, so that one cannot doom all."""
        if len(messages) > 1:
            self.backlogs[queue].alone.update(message.id for message in messages)
        for message in messages:
            self.give_back(queue, message, reason=reason, error=error)

    def give_back(self, queue: str, message: Message, *, reason: str, error: str) -> None:
        """Return a message that failed: later again, or to the dead letters when it had its chances."""
        if message.receives >= self.backlogs[queue].limits.max_receives:
            self.bury(queue, message, reason=reason, error=error)
            return
        self.counts.returned += 1
        wait = queues.backoff(message.receives, rng=self._setting.rng)
        visible = self.now() + int(wait.total_seconds() * 1000)
        why = f"{reason}: {error}" if error else reason
        receives = message.receives

        def stored(_: object) -> None:
            self.backlogs[queue].put_back(message.id, visible=visible, now=self.now())
            self._changed()

        self._submit(
            lambda turn: queues.postpone(
                turn, message.id, receives=receives, visible=visible, reason=why[:1000]
            ),
            stored,
            stored,
        )

    def release(self, queue: str, messages: Iterable[Message]) -> None:
        """Return messages that nobody looked at, as if they had not been received."""
        for message in messages:
            self.backlogs[queue].unreceive(message.id, now=self.now())
        self._changed()

    def bury(self, queue: str, message: Message, *, reason: str, error: str) -> None:
        """Move a message to the dead letters."""
        letter = self.letter(queue, message, reason=reason, error=error)

        def job(turn: Turn) -> None:
            queues.bury(turn, letter)
            queues.remove(turn, [message.id])

        def buried(_: None) -> None:
            self.counts.dead += 1
            self.backlogs[queue].forget([message.id])
            self._changed()

        self._submit(job, buried)

    def keep_letter(self, letter: DeadLetter, done: Callable[[None], None], failed: Failed) -> None:
        """Keep a dead letter whose message its handler then acknowledges."""

        def kept(result: None) -> None:
            self.counts.dead += 1
            done(result)

        self._submit(lambda turn: queues.bury(turn, letter), kept, failed)

    def letter(self, queue: str, message: Message, *, reason: str, error: str) -> DeadLetter:
        """A message as a dead letter."""
        return DeadLetter(
            self.bus.next_number(),
            queue,
            message.tenant,
            message.body,
            message.sent,
            self.now(),
            message.receives,
            message.generation,
            reason,
            error[:4000],
        )

    def redrive(
        self, letters: Sequence[DeadLetter], done: Callable[[int], None], failed: Failed
    ) -> None:
        """Put dead letters back into their queues, as if never received."""
        now = self.now()

        def job(turn: Turn) -> list[Arrival]:
            return queues.redrive(turn, letters, number=self.bus.next_number, now=now)

        def redriven(arrivals: list[Arrival]) -> None:
            self.arrived(arrivals)
            done(len(arrivals))

        self._submit(job, redriven, failed)

    # Time

    def tick(self) -> None:
        """Do what is due: timers, schedules, delayed messages, visibility timeouts, housekeeping."""
        now = self.now()
        moment = self._setting.clock()
        for backlog in self.backlogs.values():
            backlog.wake(now=now)
            backlog.reclaim(now=now)
        if self._due.timer is not None and self._due.timer <= now:
            self._due.timer = None
            self._submit(
                lambda turn: timers.fire(turn, bus=self.bus, now=now),
                self._timers_fired,
                self._timers_failed,
            )
        due = self.schedules.next_due()
        if due is not None and due <= moment and not self._due.firing:
            self._due.firing = True
            self._submit(
                lambda turn: self.schedules.fire(turn, now=moment, number=self.bus.next_number),
                self._schedules_fired,
                self._schedules_failed,
            )
        if self._due.sweep <= now:
            self._due.sweep = now + int(_SWEEP_EVERY.total_seconds() * 1000)
            self.sweep()
        if self._due.housekeeping <= now:
            self._keep_house(now)

    def next_wake(self) -> int | None:
        """When `tick` has something to do next, in epoch milliseconds."""
        moments = [b.next_change() for b in self.backlogs.values()] + [self._due.timer]
        due = self.schedules.next_due()
        if due is not None and not self._due.firing:
            moments.append(int(due.timestamp() * 1000))
        return min((moment for moment in moments if moment is not None), default=None)

    def now(self) -> int:
        """The clock in epoch milliseconds."""
        return int(self._setting.clock().timestamp() * 1000)

    @property
    def idle(self) -> bool:
        """Whether no message is ready or in flight; delayed ones may be."""
        return not any(b.waiting or b.flying for b in self.backlogs.values())

    def _timers_fired(self, landed: Landed | None) -> None:
        self._due.timer = timers.next_due(self._cursor)
        if landed is not None:
            self._landed(landed)

    def _timers_failed(self, error: BaseException) -> None:
        # Not forgotten, and not at once either: the disk may be full for a while.
        del error
        self._due.timer = self.now() + int(_RETRY.total_seconds() * 1000)

    def _schedules_fired(self, fired: Fired) -> None:
        self._due.firing = False
        fired.advance()
        self.arrived(fired.arrivals)

    def _schedules_failed(self, error: BaseException) -> None:
        del error
        self._due.firing = False

    def _keep_house(self, now: int) -> None:
        self._due.housekeeping = now + int(_HOUSEKEEPING.total_seconds() * 1000)
        before = now - int(buses.ARCHIVED_FOR.total_seconds() * 1000)

        def job(turn: Turn) -> None:
            buses.prune(turn, before=before)
            sweep_expired(turn.cursor, _STATEMENTS, now=now // 1000)

        self._submit(job, unheard)
        store = self._setting.items
        if store is not None:
            self._setting.background(lambda: store.sweep(now=now // 1000), unheard)

    # Small things

    def _submit(
        self, job: Callable[[Turn], Any], done: Callable[[Any], None], failed: Failed = unheard
    ) -> None:
        self._setting.writer.submit(Entry(job, done, failed))

    def _rows(self, sql: str) -> list[Any]:
        return self._cursor.execute(sql).fetchall()

    def _last_number(self) -> int:
        (last,) = self._rows(
            "SELECT max(n) FROM (SELECT max(seq) n FROM events UNION ALL SELECT max(id) FROM messages"
            " UNION ALL SELECT max(id) FROM dead_letters)"
        )[0]
        return int(last or 0)


def runs_embedded(function: Function) -> bool:
    """Whether the embedded runtime runs the function: it has a trigger that exists here."""
    # A function of one store's flavour alone, such as a relay, does what the runtime does itself.
    here = isinstance(function.trigger, Queue | Objects | Schedule | Routes | Trail)
    return here and set(function.stores) == set(STORES)


def _apply_all(turn: Turn, transactions: Sequence[Transaction]) -> list[Refusal | None]:
    # Refusals are rare: all share a savepoint, and only when one is refused does each get its own.
    cursor = turn.cursor
    cursor.execute("SAVEPOINT works")
    refused = any(apply(cursor, _STATEMENTS, each) is not None for each in transactions)
    if refused:
        cursor.execute("ROLLBACK TO works")
    cursor.execute("RELEASE works")
    if not refused:
        return [None] * len(transactions)
    return [_apply_one(turn, transaction) for transaction in transactions]


def _apply_one(turn: Turn, transaction: Transaction) -> Refusal | None:
    cursor = turn.cursor
    cursor.execute("SAVEPOINT work")
    refusal = apply(cursor, _STATEMENTS, transaction)
    if refusal is not None:
        cursor.execute("ROLLBACK TO work")
    cursor.execute("RELEASE work")
    return refusal


def _outgoing(record: Record) -> relay.Outgoing:
    return relay.Outgoing(record.key, record.body)
