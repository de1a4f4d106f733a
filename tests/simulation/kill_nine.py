"""The demo's estate over and over, while the server is killed with SIGKILL in the middle of its work."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from steward.identity import DEFAULT_TENANT, SYSTEM
from steward.identity.directory import ACCOUNTS, Account
from steward.identity.keys import OPERATOR
from steward.local.tables import database_path, open_writer
from steward.manifest import Queue, load_functions
from steward.patterns import compile as compile_pattern
from steward.store.records import INBOX
from steward.store.sql import SqliteDatabase, SqlStore
from steward.store.work import Cause, MemoryClaims, Scope, Work, commit_id
from tests.simulation.estate import envelopes

PATIENCE = 60.0
EVENTS = 24
"""Raw events a round."""


class Report(NamedTuple):
    """What the rounds showed."""

    rounds: int
    landed: int
    events: int
    ready_seconds: list[float]
    faults: list[str]


def rounds(data: Path, *, landed: int, seed: int) -> Report:
    """Send a round of events, kill, restart, until so many kills struck work in flight; then check."""
    rng = random.Random(seed)
    claim_accounts(data, 4 * landed)
    hits, number, ready = 0, 0, []
    while hits < landed and number < 4 * landed:
        with serving(data) as (server, seconds):
            ready.append(seconds)
            server.put(round_of(number))
            number += 1
            time.sleep(rng.uniform(0.0, 0.5))
            server.kill()
        hits += in_flight(data) > 0
    with serving(data) as (server, _):
        server.wait_until_idle()
    return Report(number, hits, number * EVENTS, ready, faults(data, number))


def round_of(number: int) -> list[dict[str, Any]]:
    """The estate's events as another account's, with ids of their own."""
    account = account_of(number)
    sent = []
    for position, envelope in enumerate(envelopes(count=EVENTS)[:EVENTS]):
        text = json.dumps(envelope).replace(envelope["account"], account)
        digest = hashlib.sha256(f"{number}/{position}".encode()).hexdigest()
        sent.append({**json.loads(text), "id": digest[:36]})
    return sent


def account_of(number: int) -> str:
    """A twelve-digit account for a round."""
    return f"{300_000_000_000 + number}"


def claim_accounts(data: Path, count: int) -> None:
    """Claim the accounts of so many rounds for the default tenant."""
    open_writer(data).close()
    store = SqlStore(SqliteDatabase(database_path(data)))
    now = datetime.now(UTC)
    for start in range(0, count, 50):
        scope = Scope(
            store=store,
            claims=MemoryClaims(),
            function=OPERATOR,
            tenant=SYSTEM,
            now=now,
            commit_id=f"accounts-{start}",
            actor="simulation",
            correlation_id="simulation",
        )
        work = Work(scope)
        accounts = work.table("directory").of(ACCOUNTS)
        for number in range(start, min(start + 50, count)):
            accounts.put(
                Account(
                    provider="aws",
                    account=account_of(number),
                    tenant=DEFAULT_TENANT,
                    added_at=now,
                )
            )
        work.commit()


def in_flight(data: Path) -> int:
    """Messages that were accepted and not yet acknowledged."""
    with closing(sqlite3.connect(database_path(data))) as connection:
        (count,) = connection.execute("SELECT count(*) FROM messages").fetchone()
    return int(count)


class Server:
    """A running server and the operator's way in."""

    def __init__(self, process: subprocess.Popen[bytes], data: Path, port: int) -> None:
        self._process = process
        self._token = (data / "operator.token").read_text("ascii")
        self._port = port

    def put(self, events: list[dict[str, Any]]) -> None:
        """Put raw events on the default bus; they are durable when this returns."""
        answer = self.ask("POST", "/_steward/events", events)
        assert answer["accepted"] == len(events), answer

    def wait_until_idle(self) -> None:
        """Until every queue is empty."""
        until = time.monotonic() + 5 * PATIENCE
        while not self.ask("GET", "/_steward/counts")["idle"]:
            assert time.monotonic() < until, "the queues never emptied"
            time.sleep(0.1)

    def kill(self) -> None:
        """kill -9 of the supervisor and of its workers alike."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request as the operator."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)) as line:
            line.request(method, path, json.dumps(body) if body is not None else None, headers)
            return json.loads(line.getresponse().read())


@contextmanager
def serving(data: Path) -> Iterator[tuple[Server, float]]:
    """A server in a process group of its own, and the seconds until it answered."""
    running = data / "running.json"
    running.unlink(missing_ok=True)
    started = time.monotonic()
    program = "from steward.cli.main import main; main()"
    arguments = ["up", "--data", str(data), "--port", "0"]
    with (data / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        while not running.exists() or not _answers(running):
            assert process.poll() is None, (data / "server.log").read_text("utf-8")[-2000:]
            assert time.monotonic() < started + PATIENCE, "the server never answered"
            time.sleep(0.02)
        port = int(re.findall(r":(\d+)", running.read_text("utf-8"))[-1])
        yield Server(process, data, port), time.monotonic() - started
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(running: Path) -> bool:
    url = re.findall(r"127\.0\.0\.1:(\d+)", running.read_text("utf-8"))
    if not url:
        return False
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", int(url[0]), timeout=5)) as line:
            line.request("GET", "/health")
            return line.getresponse().status == HTTPStatus.OK
    except OSError:
        return False


def faults(data: Path, number: int) -> list[str]:
    """What was lost, doubled or left over after so many rounds."""
    with closing(sqlite3.connect(database_path(data))) as connection:
        return [
            *_unhandled(connection),
            *_doubled(connection),
            *_uneven(connection, number),
            *(
                f"dead letter: {row}"
                for row in connection.execute("SELECT queue, error FROM dead_letters")
            ),
            *(f"still waiting: {row}" for row in connection.execute("SELECT queue FROM messages")),
        ]


def _unhandled(connection: sqlite3.Connection) -> Iterator[str]:
    """Every event on a bus must have left its mark in the inbox of each function that takes it."""
    marks = {
        row[0] for row in connection.execute("SELECT id FROM items WHERE collection = ?", [INBOX])
    }
    takers = [
        (function, function.trigger.bus, compile_pattern(function.trigger.event_pattern()))
        for function in load_functions()
        if isinstance(function.trigger, Queue) and function.trigger.bus in ("default", "steward")
    ]
    for bus, text in connection.execute("SELECT bus, body FROM events"):
        body = json.loads(text)
        for function, function_bus, takes in takers:
            if bus == function_bus and takes(body):
                cause = _cause(bus, body)
                if commit_id(function, cause) not in marks:
                    yield f"lost: {function.id} never handled {cause}"


def _cause(bus: str, body: dict[str, Any]) -> Cause:
    detail = body["detail"]
    if bus == "steward":
        return Cause(detail["source"], detail["id"])
    return Cause(body["source"], f"{body['id']}:{detail.get('eventID', '')}")


def _doubled(connection: sqlite3.Connection) -> Iterator[str]:
    """An event is published once, and a resource's version counts its recorded changes."""
    ids = Counter(
        (bus, json.loads(body)["id"])
        for bus, body in connection.execute("SELECT bus, body FROM events")
    )
    yield from (f"published {times} times: {event}" for event, times in ids.items() if times > 1)
    changes = Counter(
        json.loads(body)["resource_id"]
        for (body,) in connection.execute("SELECT body FROM items WHERE collection = 'changes'")
    )
    rows = connection.execute("SELECT id, version FROM items WHERE collection = 'resources'")
    for resource, version in rows:
        if not 1 <= changes[resource] <= version:
            yield f"{resource}: version {version} after {changes[resource]} changes"


def _uneven(connection: sqlite3.Connection, number: int) -> Iterator[str]:
    """Every round's account ends with the same resources and the same open findings."""
    pictures = Counter[str]()
    accounts: dict[str, list[str]] = {account_of(each): [] for each in range(number)}
    query = "SELECT collection, body FROM items WHERE collection IN ('resources', 'findings')"
    for collection, text in connection.execute(query):
        body = json.loads(text)
        if collection == "resources":
            subject = body["subject"]
            accounts[subject["account"]].append(f"{subject['type']} {subject['native_id']}")
        elif body["view"]["status"] == "open":
            view = body["view"]
            accounts[view["account"]].append(f"{view['rule_id']} on {view['resource_name']}")
    for lines in accounts.values():
        pictures["\n".join(sorted(lines))] += 1
    if len(pictures) != 1 or "" in pictures:
        yield f"{len(pictures)} different pictures of one estate: {sorted(pictures.values())}"
