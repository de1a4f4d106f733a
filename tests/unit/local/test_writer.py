"""The one writer: savepoints keep jobs apart, one commit serves many, a full disk loses nothing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from steward.errors import Transient
from steward.local.writer import Entry, InlineWriter, Turn, Writer

JOBS = 200


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    yield made
    made.close()


def note(number: int, text: str = "") -> Callable[[Turn], int]:
    def job(turn: Turn) -> int:
        turn.cursor.execute("INSERT INTO notes VALUES (?, ?)", (number, text))
        return number

    return job


def unexpected(error: BaseException) -> None:
    raise AssertionError("the job failed") from error


def ask(submit: Callable[[Entry], None], job: Callable[[Turn], Any]) -> Future[Any]:
    future: Future[Any] = Future()
    submit(Entry(job, future.set_result, future.set_exception))
    return future


def ids(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT id FROM notes ORDER BY id")]


def test_a_job_that_raises_takes_nobody_along(
    tmp_path: Path, connection: sqlite3.Connection
) -> None:
    commits: list[str] = []
    connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    writer = Writer(connection, lambda then: then())

    def broken(turn: Turn) -> None:
        note(999)(turn)
        raise ValueError("mine alone")

    jobs = [broken if n % 3 == 0 else note(n) for n in range(1, JOBS)]
    futures = [ask(writer.submit, job) for job in jobs]
    writer.start()
    for number, future in enumerate(futures, start=1):
        if number % 3:
            assert future.result(10) == number
        else:
            assert isinstance(future.exception(10), ValueError)
    writer.close()
    reader = sqlite3.connect(tmp_path / "db")
    assert ids(reader) == [n for n in range(1, JOBS) if n % 3]
    reader.close()
    assert len(commits) < JOBS / 4


def test_success_is_told_only_after_the_commit(
    tmp_path: Path, connection: sqlite3.Connection
) -> None:
    seen: list[list[int]] = []

    def look(_: object) -> None:
        reader = sqlite3.connect(tmp_path / "db")
        seen.append(ids(reader))
        reader.close()

    InlineWriter(connection).submit(Entry(note(1), look, unexpected))
    assert seen == [[1]]


def test_a_job_that_follows_shares_the_commit_but_not_the_fate(
    connection: sqlite3.Connection,
) -> None:
    told: list[str] = []

    def second(turn: Turn) -> None:
        note(2)(turn)
        raise ValueError("too late")

    def first(turn: Turn) -> None:
        note(1)(turn)
        turn.follow(Entry(second, lambda _: told.append("done"), lambda _: told.append("failed")))

    InlineWriter(connection).submit(Entry(first, lambda _: told.append("first"), unexpected))
    assert told == ["first", "failed"]
    assert ids(connection) == [1]


def test_a_full_disk_refuses_clearly_writes_nothing_half_and_recovers(
    connection: sqlite3.Connection,
) -> None:
    writer = InlineWriter(connection)
    connection.execute("PRAGMA max_page_count=40")
    outcomes = []
    for number in range(200):
        future = ask(writer.submit, note(number, "x" * 2000))
        outcomes.append(future.exception())
    refused = [error for error in outcomes if error is not None]
    assert refused
    assert all(isinstance(error, Transient) and "disk" in str(error) for error in refused)
    assert ids(connection) == [n for n, error in enumerate(outcomes) if error is None]
    connection.execute("PRAGMA max_page_count=100000")
    assert ask(writer.submit, note(1000)).result() == 1000
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_many_threads_each_get_their_own_answer(connection: sqlite3.Connection) -> None:
    writer = Writer(connection, lambda then: then())
    writer.start()
    answers: dict[int, int] = {}

    def work(part: int) -> None:
        for number in range(part * 50, part * 50 + 50):
            answers[number] = ask(writer.submit, note(number)).result(10)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert answers == {number: number for number in range(200)}
