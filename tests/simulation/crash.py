"""Crash points: the process dies by SIGKILL before its N-th statement, for every N, and recovers.

A run is accepted as evidence only if its kill landed. What must hold after recovery: the state, the
inbox, the outbox and the events are those of a run that nothing disturbed, and no queue holds a thing.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import signal
import sqlite3
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from typing_extensions import override

from steward.edge.resources import Resources, bind
from steward.local.invoke import settle
from steward.local.pump import Pump
from steward.local.queues import Message
from steward.local.shapes import Context
from steward.local.tables import database_path
from steward.manifest import Function
from steward.store.records import INBOX, OUTBOX, Put, Refusal, Transaction
from tests.edge_world import Clock

# How long an attempt took is the one thing that no two runs agree on.
_DURATION = re.compile(r'("took_ms"):\s*\d+')

Handlers = Mapping[str, Callable[[Any, Any], Any]]
MakePump = Callable[..., Pump]


@dataclass(frozen=True)
class Family:
    """Functions that run together, and what is put in at the front."""

    name: str
    functions: tuple[Function, ...]
    feed: Callable[[Pump], None]
    handlers: Handlers | None = None
    """Handlers by function id, where they are not at the manifest's dotted path."""
    over: Callable[[Resources, Path], Resources] | None = None
    """The resources as this family has them, over a data folder."""
    after: Callable[[Pump], None] | None = None
    """What is done once no message waits, such as the tick of a schedule."""

    def run(self, pump: Pump) -> None:
        """Handle all there is."""
        pump.drain()
        if self.after is not None:
            self.after(pump)
            pump.drain()

    def pump(self, data: Path, *, make: MakePump = Pump) -> Pump:
        """A runtime of these functions over a data folder, at a time that stands still."""
        pump = make(data, functions=self.functions, clock=Clock())

        def invoke(function: Function, event: Any, context: Context) -> Any:
            resources = pump.resources(function)
            with bind(self.over(resources, data) if self.over else resources):
                return self._handler(function)(event, context)

        if self.handlers or self.over:
            pump._invoke = invoke
        return pump

    def _handler(self, function: Function) -> Callable[[Any, Any], Any]:
        if self.handlers is not None:
            return self.handlers[function.id]
        module, _, name = function.handler.rpartition(".")
        handler: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), name)
        return handler


class Outcome(NamedTuple):
    """Everything a run leaves behind."""

    items: tuple[tuple[Any, ...], ...]
    events: tuple[tuple[str, int], ...]
    waiting: int
    letters: int
    sound: bool


class Verdict(NamedTuple):
    """What a series of crashes showed."""

    runs: int
    landed: int
    faults: list[str]


def fed(family: Family, folder: Path) -> Path:
    """A data folder with the family's input in its queues, and nothing handled yet."""
    data = folder / "fed"
    shutil.rmtree(data, ignore_errors=True)
    with closing(family.pump(data)) as pump:
        family.feed(pump)
    return data


def undisturbed(family: Family, start: Path, folder: Path) -> tuple[Outcome, int]:
    """What a run without a crash leaves, and how many statements it takes."""
    data = _copy(start, folder / "undisturbed")
    counted: list[str] = []
    with closing(family.pump(data)) as pump:
        pump.connection.set_trace_callback(counted.append)
        family.run(pump)
    return outcome(data), len(counted)


def crash(
    family: Family, data: Path, points: Sequence[int], *, make: MakePump = Pump
) -> tuple[int, Outcome]:
    """Die at each point in turn, then recover; how many of the kills landed, and what is left."""
    landed = sum(_die(family, data, point, make) for point in points)
    with closing(family.pump(data, make=make)) as pump:
        family.run(pump)
    return landed, outcome(data)


def series(
    family: Family,
    folder: Path,
    points: Sequence[Sequence[int]],
    *,
    make: MakePump = Pump,
    until_fault: bool = False,
) -> Verdict:
    """One run for each sequence of points; the faults name the points and what was lost or doubled."""
    start = fed(family, folder)
    expected, _ = undisturbed(family, start, folder)
    runs, landed, faults = 0, 0, []
    for sequence in points:
        data = _copy(start, folder / "run")
        hits, got = crash(family, data, sequence, make=make)
        runs, landed = runs + 1, landed + hits
        faults += [
            f"{family.name} at {list(sequence)}: {fault}" for fault in differences(expected, got)
        ]
        if faults and until_fault:
            break
    return Verdict(runs, landed, faults)


def outcome(data: Path) -> Outcome:
    """Read what a run left, with a connection of its own."""
    with closing(sqlite3.connect(database_path(data))) as connection:
        items = connection.execute(
            "SELECT tenant, space, collection, id, version, body FROM items "
            "ORDER BY tenant, space, collection, id"
        ).fetchall()
        bodies = connection.execute("SELECT json_extract(body, '$.id') FROM events").fetchall()
        (waiting,) = connection.execute("SELECT count(*) FROM messages").fetchone()
        (letters,) = connection.execute("SELECT count(*) FROM dead_letters").fetchone()
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
    events = Counter(str(identity) for (identity,) in bodies)
    still = tuple((*_settled(row), _DURATION.sub(r"\1 0", row[5])) for row in items)
    return Outcome(still, tuple(sorted(events.items())), waiting, letters, sound == "ok")


def _settled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    # In how many batches the trail's entries came, a crash may change; what the chain's head says, not.
    return (*row[:4], 0) if row[1:4] == ("audit", "chains", "head") else row[:5]


def differences(expected: Outcome, got: Outcome) -> list[str]:
    """What a recovered run lost, doubled or broke; empty when it is as if nothing had happened."""
    faults = []
    missing, surplus = set(expected.items) - set(got.items), set(got.items) - set(expected.items)
    faults += [f"lost or changed item {row[1:4]}" for row in sorted(missing)[:3]]
    faults += [f"surplus or changed item {row[1:4]}" for row in sorted(surplus)[:3]]
    if expected.events != got.events:
        faults.append(f"events differ: {set(expected.events) ^ set(got.events)}")
    if got.waiting:
        faults.append(f"{got.waiting} messages still wait")
    if got.letters != expected.letters:
        faults.append(f"{got.letters} dead letters instead of {expected.letters}")
    if not got.sound:
        faults.append("the database fails its integrity check")
    return faults


def _copy(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target


def _die(family: Family, data: Path, point: int, make: MakePump) -> bool:
    """Whether the child was killed before its statement number ``point`` (from 1)."""
    with warnings.catch_warnings():
        # The parent's other threads are the test runner's; the child touches nothing of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _live_until(family, data, point, make)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    if os.WEXITSTATUS(status):
        raise AssertionError(f"{family.name} at {point}: the child failed by itself")
    return False


def _live_until(family: Family, data: Path, point: int, make: MakePump) -> None:
    code = 1
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        pump = family.pump(data, make=make)
        left = point

        def count(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        pump.connection.set_trace_callback(count)
        family.run(pump)
        code = 0
    finally:
        os._exit(code)


# Planted defects: each must be caught, or the harness proves nothing.


class AckFirst(Pump):
    """Acknowledges a batch before it handles it."""

    @override
    def _serve(self, queue: str) -> bool:
        take = self.runtime.take

        def take_and_settle(name: str) -> list[Message]:
            messages = take(name)
            settle(self.runtime, name, messages, set())
            return messages

        setattr(self.runtime, "take", take_and_settle)  # noqa: B010  # mypy: a method, on purpose
        try:
            return super()._serve(queue)
        finally:
            setattr(self.runtime, "take", take)  # noqa: B010


class NoInbox(Pump):
    """Commits without the inbox mark."""

    @override
    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        return super().commit(
            [each._replace(writes=_but(each, INBOX), inbox=None) for each in transactions]
        )


class SplitTransaction(Pump):
    """Commits the state first, and the inbox mark with the outbox item in a second transaction."""

    @override
    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        outcomes: list[Refusal | None] = []
        for each in transactions:
            state = each._replace(writes=_but(each, INBOX, OUTBOX), inbox=None)
            rest = each._replace(writes=tuple(w for w in each.writes if w not in state.writes))
            outcomes += [super().commit([state])[0] or super().commit([rest])[0]]
        return outcomes


class PublishAfterCommit(Pump):
    """Writes the outbox item after the transaction that it belongs to."""

    @override
    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        outcomes: list[Refusal | None] = []
        for each in transactions:
            refusal = super().commit([each._replace(writes=_but(each, OUTBOX))])[0]
            outbox = tuple(w for w in each.writes if w.key.collection == OUTBOX)
            if refusal is None and outbox:
                refusal = super().commit([each._replace(writes=outbox, inbox=None)])[0]
            outcomes.append(refusal)
        return outcomes


MUTANTS: tuple[type[Pump], ...] = (AckFirst, NoInbox, SplitTransaction, PublishAfterCommit)


def _but(transaction: Transaction, *collections: str) -> tuple[Any, ...]:
    return tuple(
        write
        for write in transaction.writes
        if not (isinstance(write, Put) and write.key.collection in collections)
    )
