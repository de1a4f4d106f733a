"""Send messages to the Celery peer and wait until every row is written; prints one JSON object.

Arguments: how many, and at how many a second (0: as fast as they go).
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time

from celery_tasks import keep


def send(count: int, rate: float, body: str) -> None:
    started = time.perf_counter()
    for number in range(count):
        if rate:
            time.sleep(max(0.0, started + number / rate - time.perf_counter()))
        keep.delay(number, time.time(), body)


def wait(connection: sqlite3.Connection, count: int) -> None:
    # Seldom enough to take nothing from the workers; the rows themselves say when they were written.
    while connection.execute("SELECT count(kept_at) FROM kept").fetchone()[0] < count:
        time.sleep(0.1)


def main() -> None:
    count, rate = int(sys.argv[1]), float(sys.argv[2])
    connection = sqlite3.connect(os.environ["PEER_DATABASE"], isolation_level=None, timeout=30)
    connection.execute("DELETE FROM kept")
    keep.delay(-1, time.time(), "warm")
    wait(connection, 1)
    connection.execute("DELETE FROM kept")
    started = time.time()
    send(count, rate, "x" * 600)
    wait(connection, count)
    (ended,) = connection.execute("SELECT max(kept_at) FROM kept").fetchone()
    taken = sorted(row[0] for row in connection.execute("SELECT kept_at - sent_at FROM kept"))
    print(json.dumps({"seconds": ended - started, "taken": taken}))


if __name__ == "__main__":
    main()
