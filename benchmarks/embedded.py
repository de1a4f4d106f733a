"""A running ``steward up`` to be measured, and a sender of raw events to its front door."""

from __future__ import annotations

import http.client
import json
import re
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.arrivals import Load, await_load
from benchmarks.harness import BENCH, ROOT, BenchmarkError, free_port, serving

ACCOUNT = "111122223333"
ESTATE = ROOT / "benchmarks" / "estate"
PUT_EVENTS = 10
"""Events of one call, as EventBridge's PutEvents takes."""
SENDERS = 4
BODY = "x" * 600


class Refused(BenchmarkError):
    """The server's answer was not the one expected."""


class Embedded:
    """One running Steward: its port, an admin's key and the operator's token."""

    def __init__(self, port: int, data: Path, *, key: str, arrivals: Path) -> None:
        self.port = port
        self.key = key
        self._token = (data / "operator.token").read_text("ascii")
        self._arrivals = arrivals
        self._sent = 0

    def request(
        self, method: str, path: str, body: object = None, *, connection: Connection | None = None
    ) -> Any:
        """A JSON answer to the admin's request.

        Raises:
            Refused: the status is 400 or above.
        """
        line = connection or self.connection()
        token = self._token if path.startswith("/_steward") else self.key
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        line.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = line.getresponse()
        text = answer.read()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise Refused(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def connection(self) -> Connection:
        """A connection to keep alive."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def put(self, envelopes: Sequence[dict[str, Any]]) -> None:
        """Put raw events on the default bus, over several connections, ten a call."""
        calls = [envelopes[i : i + PUT_EVENTS] for i in range(0, len(envelopes), PUT_EVENTS)]
        self._spread(calls, rate=0)

    def load(self, count: int, *, rate: float = 0) -> Load:
        """Send ``count`` messages, ``rate`` a second (0: as fast as they go), and await the rows."""
        numbers = range(self._sent, self._sent + count)
        self._sent += count
        calls = [numbers[i : i + PUT_EVENTS] for i in range(0, count, PUT_EVENTS)]
        self._spread(calls, rate=rate / PUT_EVENTS)
        return await_load(self._arrivals, numbers)

    def await_quiet(self) -> None:
        """Wait until no queue holds a message."""
        while any(queue["ready"] + queue["in_flight"] for queue in self._queues()):
            time.sleep(0.2)

    def _queues(self) -> list[dict[str, int]]:
        report = self.request("GET", "/health")
        return list(report["queues"])

    def _spread(self, calls: Sequence[Any], *, rate: float) -> None:
        """Make the calls over several connections; with a rate, each at its own moment."""
        started = time.perf_counter()

        def send(position: int) -> None:
            connection = self.connection()
            for number in range(position, len(calls), SENDERS):
                if rate:
                    time.sleep(max(0.0, started + number / rate - time.perf_counter()))
                events = [_message(each) for each in calls[number]]
                self.request("POST", "/_steward/events", events, connection=connection)
            connection.close()

        with ThreadPoolExecutor(SENDERS) as senders:
            for _ in senders.map(send, range(SENDERS)):
                pass


Connection = http.client.HTTPConnection


def envelope(source: str, detail_type: str, detail: dict[str, Any]) -> dict[str, Any]:
    """A raw event as EventBridge wraps it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "source": source,
        "detail-type": detail_type,
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    }


def _message(number: int | dict[str, Any]) -> dict[str, Any]:
    if isinstance(number, dict):
        return number
    return envelope("bench", "Message", {"number": number, "sent_at": time.time(), "body": BODY})


@contextmanager
def embedded(folder: Path) -> Iterator[Embedded]:
    """Steward with the measured function, two workers and a claimed account, on a data folder."""
    port, log, arrivals = free_port(), BENCH / "steward.log", folder / "arrivals.txt"
    arrivals.touch()
    data = folder / "data"
    steward = str(Path(sys.executable).with_name("steward"))
    command = [steward, "up", "--data", str(data), "--port", str(port), "--workers", "2"]
    environ = {
        "PYTHONPATH": str(ESTATE),
        "BENCH_ARRIVALS": str(arrivals),
        # The limits are checked as always; at this height none refuses the load.
        "STEWARD_LIMITS": "every=1000000/second",
    }
    with serving(command, port=port, log=log, environ=environ):
        key = _await_key(port, log)
        running = Embedded(port, data, key=key, arrivals=arrivals)
        accounts = "/api/v1/inventory/accounts"
        running.request("POST", accounts, {"provider": "aws", "account": ACCOUNT})
        while not running.request("GET", f"{accounts}/aws/{ACCOUNT}")["routed"]:
            time.sleep(0.1)
        running.load(100)  # both workers have their modules when the clock starts
        yield running


def _await_key(port: int, log: Path) -> str:
    for _ in range(200):
        found = re.search(r"stw_[\w-]+\.[\w-]+", log.read_text("utf-8"))
        if found and _healthy(port):
            return found.group()
        time.sleep(0.1)
    raise BenchmarkError(f"steward up did not become healthy: {log.read_text('utf-8')[-800:]}")


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/health")
    return connection.getresponse().status == http.HTTPStatus.OK
