"""Celery 5 with Redis as a peer: the worker, its broker and the load, in an environment apart."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.arrivals import Load, await_load
from benchmarks.harness import BENCH, PEERS, debian_tool, environment, free_port, serving, stop

REQUIREMENTS = ("celery[redis]==5.7.0",)
VERSIONS = {"celery": "5.7.0"}


class CeleryPeer:
    """A running Celery worker of two processes."""

    def __init__(self, python: Path, environ: dict[str, str]) -> None:
        self._python = python
        self._environ = environ
        self._sent = 0

    def load(self, count: int, *, rate: float = 0) -> Load:
        """Send ``count`` messages, ``rate`` a second (0: as fast as they go), and await the rows."""
        numbers = range(self._sent, self._sent + count)
        self._sent += count
        subprocess.run(
            [
                str(self._python),
                str(PEERS / "celery_load.py"),
                *map(str, (numbers.start, numbers.stop, rate)),
            ],
            check=True,
            cwd=PEERS,
            env={**os.environ, **self._environ},
        )
        return await_load(Path(self._environ["BENCH_ARRIVALS"]), numbers)


@contextmanager
def celery_peer(folder: Path) -> Iterator[CeleryPeer]:
    """Redis without persistence (in the peer's favour) and a prefork worker of two processes."""
    python = environment("celery", REQUIREMENTS)
    redis = debian_tool("redis-server", "redis-server")
    port, environ = free_port(), _files(folder)
    environ["PEER_BROKER"] = f"redis://127.0.0.1:{port}/0"
    broker = [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    worker = [str(python), "-m", "celery", "-A", "celery_tasks", "worker"]
    options = ["--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING"]
    with (
        serving([*broker, "--dir", str(folder)], port=port, log=BENCH / "redis.log"),
        (BENCH / "celery.log").open("wb") as log,
        subprocess.Popen(
            [*worker, *options], stdout=log, stderr=log, cwd=PEERS, env={**os.environ, **environ}
        ) as process,
    ):
        try:
            peer = CeleryPeer(python, environ)
            peer.load(20)  # both processes are up and have their modules when the clock starts
            yield peer
        finally:
            stop(process)


def _files(folder: Path) -> dict[str, str]:
    database, arrivals = folder / "peer.sqlite", folder / "arrivals.txt"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY, body TEXT)")
    connection.close()
    arrivals.touch()
    return {"PEER_DATABASE": str(database), "BENCH_ARRIVALS": str(arrivals)}
