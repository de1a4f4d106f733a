"""The one writer: jobs of many callers, each in a savepoint of its own, made durable by one commit.

A job sees the effects of the jobs before it; callers hear of success only after the commit's flush.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from steward.errors import Transient

T = TypeVar("T")
Then: TypeAlias = Callable[[], None]

MAX_JOBS = 64
MAX_SECONDS = 0.005
LAZY_SECONDS = 0.01


class Turn(Protocol):
    """What a job may do while it is being run."""

    cursor: sqlite3.Cursor

    def follow(self, entry: Entry) -> None:
        """Run another job in the same commit, after this one."""
        ...


Job: TypeAlias = Callable[[Turn], T]


class Entry(NamedTuple):
    """A job, with what to call after the commit: ``done`` with its result, or ``failed``.

    A ``lazy`` one that nobody waits for rides along with the next that is not, or goes soon.
    """

    job: Callable[[Turn], Any]
    done: Callable[[Any], None]
    failed: Callable[[BaseException], None]
    lazy: bool = False


class Submits(Protocol):
    """Either writer."""

    def submit(self, entry: Entry) -> None:
        """Take a job; it runs soon, in the order of submission."""
        ...


def unheard(_: object) -> None:
    """Let a result pass."""


class Group:
    """A series of jobs under one commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.cursor = connection.cursor()
        self._connection = connection
        self._waiting: deque[Entry] = deque()
        self._finished: list[Then] = []

    def follow(self, entry: Entry) -> None:
        """Run another job in the same commit, before any that waits."""
        self._waiting.append(entry)

    def begin(self) -> None:
        """Open the transaction.

        Raises:
            sqlite3.Error: the database is out of reach.
        """
        self._finished = []
        self.cursor.execute("BEGIN IMMEDIATE")

    def run(self, entry: Entry) -> None:
        """Run a job and those that follow from it, each in its savepoint.

        Raises:
            GroupLost: SQLite gave up the whole transaction, as it may when the disk is full.
        """
        self._waiting.append(entry)
        while self._waiting:
            self._run_one(self._waiting.popleft())

    def commit(self) -> list[Then]:
        """Make it durable; what to call now.

        Raises:
            sqlite3.Error: nothing of it is durable.
        """
        self.cursor.execute("COMMIT")
        return self._finished

    def abandon(self) -> None:
        """Undo what was not committed."""
        self._waiting.clear()
        if self._connection.in_transaction:
            self.cursor.execute("ROLLBACK")

    def _run_one(self, entry: Entry) -> None:
        self.cursor.execute("SAVEPOINT job")
        try:
            result = entry.job(self)
        except Exception as error:  # noqa: BLE001  # whatever a job raises is its caller's to judge
            self._undo(entry, error)
            return
        self.cursor.execute("RELEASE job")
        self._finished.append(lambda: entry.done(result))

    def _undo(self, entry: Entry, error: Exception) -> None:
        if not self._connection.in_transaction:
            raise GroupLost from error
        self.cursor.execute("ROLLBACK TO job")
        self.cursor.execute("RELEASE job")
        told = storage_error(error) if isinstance(error, sqlite3.OperationalError) else error
        self._finished.append(lambda: entry.failed(told))


class GroupLost(Exception):
    """SQLite rolled back the whole transaction under a job."""


def storage_error(error: BaseException) -> Transient:
    """What callers are told when SQLite cannot write."""
    cause = error.__cause__ if isinstance(error, GroupLost) else error
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return Transient(
            "the disk of the data folder is full: nothing was written; free some space, it goes on then"
        )
    return Transient(f"the database cannot be written: {cause}; nothing was written, try again")


class InlineWriter:
    """Jobs run at once in the caller's thread, one commit each: for one-process runs and tests."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._group = Group(connection)
        self._entries: deque[Entry] = deque()
        self._busy = False

    def submit(self, entry: Entry) -> None:
        """Run the job now, or right after the one that is submitting it."""
        self._entries.append(entry)
        if self._busy:
            return
        self._busy = True
        try:
            while self._entries:
                for then in _attempt(self._group, [self._entries.popleft()]):
                    then()
        finally:
            self._busy = False


class Writer:
    """A thread with the only writing connection; ``deliver`` runs its answers where they belong."""

    def __init__(self, connection: sqlite3.Connection, deliver: Callable[[Then], object]) -> None:
        self._connection = connection
        self._group = Group(connection)
        self._deliver = deliver
        self._entries: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def submit(self, entry: Entry) -> None:
        """Take a job, from any thread."""
        self._entries.put(entry)

    def close(self) -> None:
        """Finish what was taken, then stop."""
        self._entries.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        going = True
        while going:
            held, entry, going = self._await()
            entries = [*held, entry] if entry is not None else held
            if entries:
                answers = _attempt(self._group, self._drain(entries))
                self._deliver(partial(_call_all, answers))

    def _await(self) -> tuple[list[Entry], Entry | None, bool]:
        """The lazy jobs so far, the first that is not, and whether to go on afterwards."""
        held: list[Entry] = []
        until = 0.0
        while True:
            try:
                wait = max(0.0, until - time.monotonic()) if held else None
                entry = self._entries.get(timeout=wait)
            except queue.Empty:
                return held, None, True
            if entry is None:
                return held, None, False
            if not entry.lazy:
                return held, entry, True
            if not held:
                until = time.monotonic() + LAZY_SECONDS
            held.append(entry)

    def _drain(self, first: list[Entry]) -> Iterator[Entry]:
        # What piled up during the last flush goes into one commit; nobody waits for company.
        yield from first
        until = time.monotonic() + MAX_SECONDS
        for _ in range(MAX_JOBS - len(first)):
            if time.monotonic() >= until:
                return
            try:
                entry = self._entries.get_nowait()
            except queue.Empty:
                return
            if entry is None:
                self._entries.put(None)
                return
            yield entry


def _attempt(group: Group, entries: Iterable[Entry]) -> list[Then]:
    taken: list[Entry] = []
    try:
        for entry in entries:
            taken.append(entry)
            if len(taken) == 1:
                group.begin()
            group.run(entry)
        return group.commit()
    except (sqlite3.Error, GroupLost) as error:
        group.abandon()
        told = storage_error(error)
        return [_failure(entry, told) for entry in taken]


def _failure(entry: Entry, error: BaseException) -> Then:
    return lambda: entry.failed(error)


def _call_all(answers: list[Then]) -> None:
    for answer in answers:
        answer()
