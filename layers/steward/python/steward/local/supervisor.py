"""``steward up``: one process that holds the database, the queues, the workers and the HTTP port."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from typing_extensions import override

from steward.edge.armour import armour_from
from steward.edge.resources import Directory, utc_now
from steward.local.adapters import claims_of
from steward.local.ground import Options, Started
from steward.local.http import Front, Router, hosts_of
from steward.local.identity import first_key, operator_token
from steward.local.ledger import Ledger
from steward.local.nursery import Nursery
from steward.local.pages import Pages, Surroundings
from steward.local.runtime import Runtime, Setting
from steward.local.tables import database_path, open_reader, open_writer
from steward.local.team import Team
from steward.local.wire import Wire
from steward.local.worker import foreign_store
from steward.local.writer import Writer
from steward.manifest import load_functions
from steward.store.records import Refusal, Transaction
from steward.store.sql import SqliteDatabase, SqlStore

T = TypeVar("T")

_GRACE_SECONDS = 10.0
_LONGEST_SLEEP = 1.0
_SWITCH_SECONDS = 0.0005
"""The loop and the writer hand over to each other many times a millisecond."""


class Supervisor:
    """Everything of one running Steward."""

    def __init__(
        self, options: Options, *, nurse: Callable[[], Nursery], say: Callable[[str], None]
    ) -> None:
        self._options = options
        self._nurse = nurse
        self._say = say
        self._clock = utc_now
        self._stop = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Take no more, finish what runs, then end."""
        self._stop.set()

    async def serve(self, listening: socket.socket, started: Callable[[Started], None]) -> None:
        """Serve until told to stop."""
        options, loop = self._options, asyncio.get_running_loop()
        sys.setswitchinterval(_SWITCH_SECONDS)
        connection = await asyncio.to_thread(open_writer, options.data)
        writer = Writer(connection, loop.call_soon_threadsafe)
        writer.start()
        team = Team(self._nurse, size=options.team_size, clock=self._clock)
        team.log = self._say
        runtime = self._runtime(writer, team)
        store = self._store(writer, runtime)
        runtime.start()
        await team.start(runtime)
        key = await asyncio.to_thread(first_key, store, clock=self._clock)
        server = self._server(runtime, team, store)
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        url = f"http://{_shown(options.host)}:{listening.getsockname()[1]}"
        _write_running(options.data, url)
        self._tick(runtime)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        started(Started(url, key))
        await self._until_stopped(serving)
        await self._end(server, serving, team, writer)

    async def _until_stopped(self, serving: asyncio.Future[None]) -> None:
        stopping = asyncio.ensure_future(self._stop.wait())
        first: set[asyncio.Future[Any]] = {stopping, serving}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    async def _end(
        self, server: _Server, serving: asyncio.Future[None], team: Team, writer: Writer
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        server.should_exit = True
        await asyncio.wait({serving}, timeout=_GRACE_SECONDS)
        await team.stop(grace=_GRACE_SECONDS)
        await asyncio.to_thread(writer.close)
        (self._options.data / "running.json").unlink(missing_ok=True)

    def _runtime(self, writer: Writer, team: Team) -> Runtime:
        options = self._options
        setting = Setting(
            load_functions(),
            writer,
            open_reader(options.data),
            claims_of(options.data),
            self._clock,
            random.Random(),  # noqa: S311  # spreads retries, hides nothing
            _foreign_items(),
            _Background(),
        )
        return Runtime(setting, changed=lambda: self._changed(team))

    def _changed(self, team: Team) -> None:
        team.wake()
        self._arm(team.runtime)

    def _store(self, writer: Writer, runtime: Runtime) -> SqlStore:
        foreign = _foreign_items()
        if foreign is not None:
            return foreign
        del writer
        loop = asyncio.get_running_loop()

        def commit(transactions: Sequence[Transaction]) -> list[Refusal | None]:
            return asyncio.run_coroutine_threadsafe(
                _committed(runtime, transactions), loop
            ).result()

        path = database_path(self._options.data)
        return SqlStore(SqliteDatabase(path, read_only=True), committer=commit)

    def _server(self, runtime: Runtime, team: Team, store: SqlStore) -> _Server:
        options = self._options
        hosts = hosts_of(options.host)
        ledger = Ledger(options.data)
        token = operator_token(options.data)
        around = Surroundings(
            runtime,
            team,
            ledger,
            Directory(store, self._clock),
            self._clock,
            token,
            hosts is not None,
        )
        front = Front(
            Router(runtime.functions.values()),
            team,
            pages=Pages(around).app,
            armour=armour_from(os.environ, hosts=hosts),
        )
        config = uvicorn.Config(
            front,
            http=Wire,
            ws="none",
            lifespan="off",
            interface="asgi3",
            access_log=False,
            log_level="warning",
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=3,
        )
        return _Server(config)

    # The clock: one timer, set to when something is due next.

    def _tick(self, runtime: Runtime) -> None:
        self._timer = None
        runtime.tick()
        self._arm(runtime)

    def _arm(self, runtime: Runtime) -> None:
        wake = runtime.next_wake()
        wait = _LONGEST_SLEEP if wake is None else (wake - runtime.now()) / 1000
        wait = min(max(wait, 0.0), _LONGEST_SLEEP)
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + wait:
                return
            self._timer.cancel()
        self._timer = loop.call_later(wait, self._tick, runtime)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        # The supervisor has the signals: it also has queues and workers to bring to an end.
        yield


class _Background:
    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="relay")
        self._loop = asyncio.get_running_loop()

    def __call__(self, call: Callable[[], T], then: Callable[[T], None]) -> None:
        future = self._loop.run_in_executor(self._pool, call)
        future.add_done_callback(lambda done: None if done.exception() else then(done.result()))


async def _committed(runtime: Runtime, transactions: Sequence[Transaction]) -> list[Refusal | None]:
    future: asyncio.Future[list[Refusal | None]] = asyncio.get_running_loop().create_future()
    runtime.commit(transactions, future.set_result, future.set_exception)
    return await future


@cache
def _foreign_items() -> SqlStore | None:
    url = foreign_store()
    if url is None:
        return None
    from steward.store.migrate import migrate
    from steward.store.postgres import PostgresDatabase, driver_url

    migrate(driver_url(url))
    return SqlStore(PostgresDatabase(url))


def _write_running(data: Path, url: str) -> None:
    fresh = data / "running.new"
    fresh.write_text(json.dumps({"url": url, "pid": os.getpid()}), "utf-8")
    fresh.replace(data / "running.json")


def _shown(host: str) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  # shown, not bound
    return f"[{name}]" if ":" in name and not name.startswith("[") else name
