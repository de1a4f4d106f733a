"""Celery 5 with Redis as a peer: the worker, its broker and the load, in an environment apart."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.harness import BENCH, PEERS, debian_tool, environment, free_port, serving, stop

REQUIREMENTS = ("celery[redis]==5.7.0",)


class Load(NamedTuple):
    """What a load took: all of it, and each message from sending to its row on disk."""

    seconds: float
    taken: list[float]


@dataclass(frozen=True)
class CeleryPeer:
    """A running Celery worker of two processes."""

    python: Path
    environ: dict[str, str]

    def load(self, count: int, *, rate: float = 0) -> Load:
        """Send ``count`` messages, ``rate`` a second (0: as fast as they go), and await the rows."""
        done = subprocess.run(
            [str(self.python), str(PEERS / "celery_load.py"), str(count), str(rate)],
            check=True,
            capture_output=True,
            text=True,
            cwd=PEERS,
            env={**os.environ, **self.environ},
        )
        answer = json.loads(done.stdout)
        return Load(answer["seconds"], answer["taken"])


@contextmanager
def celery_peer(folder: Path) -> Iterator[CeleryPeer]:
    """Redis without persistence (in the peer's favour) and a prefork worker of two processes."""
    python = environment("celery", REQUIREMENTS)
    redis = debian_tool("redis-server", "redis-server")
    port, database = free_port(), folder / "peer.sqlite"
    _make(database)
    environ = {"PEER_BROKER": f"redis://127.0.0.1:{port}/0", "PEER_DATABASE": str(database)}
    broker = [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with serving([*broker, "--dir", str(folder)], port=port, log=BENCH / "redis.log"):
        worker = [str(python), "-m", "celery", "-A", "celery_tasks", "worker"]
        options = ["--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING"]
        with (
            (BENCH / "celery.log").open("wb") as log,
            subprocess.Popen(
                [*worker, *options],
                stdout=log,
                stderr=log,
                cwd=PEERS,
                env={**os.environ, **environ},
            ) as process,
        ):
            try:
                yield CeleryPeer(python, environ)
            finally:
                stop(process)


def _make(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(
        "CREATE TABLE kept (id INTEGER PRIMARY KEY, body TEXT, sent_at REAL, kept_at REAL)"
    )
    connection.close()
