"""The Celery peer: one SQLite row per task, acknowledged after the row is on disk."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
)
connections: list[sqlite3.Connection] = []


@worker_process_init.connect
def connect(**_: Any) -> None:
    connection = sqlite3.connect(os.environ["PEER_DATABASE"], isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connections.append(connection)


@app.task
def keep(number: int, sent_at: float, body: str) -> None:
    """Write the row in one transaction, and note after it when that was on disk."""
    connections[0].execute("INSERT INTO kept (number, body) VALUES (?, ?)", (number, body))
    now = time.time()
    with Path(os.environ["BENCH_ARRIVALS"]).open("a", encoding="ascii") as arrivals:
        arrivals.write(f"{number} {sent_at} {now}\n")
