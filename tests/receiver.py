"""A web server on a free loopback port that answers as it is told."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from typing_extensions import override

Behave = Callable[["Exchange"], None]


class Request(NamedTuple):
    """What arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class Exchange(BaseHTTPRequestHandler):
    """One request and the way to answer it."""

    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(Request(self.path, headers, self.rfile.read(length)))
        self.close_connection = True
        self.server.next_behaviour()(self)

    do_GET = do_POST  # noqa: N815  # the name that http.server looks for

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


class Receiver(ThreadingHTTPServer):
    """Answers with its behaviours in turn, the last one for ever."""

    daemon_threads = True

    def __init__(self, behaviours: list[Behave]) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.behaviours = behaviours
        self.requests: list[Request] = []
        self.released = threading.Event()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.server_address[1]

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}/hook"

    def next_behaviour(self) -> Behave:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that gave up is part of the test."""


def answer(status: int, body: bytes = b"ok", **headers: str) -> Behave:
    """A plain answer; underscores in header names become hyphens."""

    def behave(exchange: Exchange) -> None:
        exchange.send_response(status)
        for name, value in headers.items():
            exchange.send_header(name.replace("_", "-"), value)
        exchange.send_header("Content-Length", str(len(body)))
        exchange.end_headers()
        exchange.wfile.write(body)

    behave.__name__ = f"answers_{status}"
    return behave


def reset(exchange: Exchange) -> None:
    """Cut the connection with a TCP reset instead of an answer."""
    linger = struct.pack("ii", 1, 0)
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    exchange.connection.close()


def hang(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.server.released.wait(10)


def trickle(exchange: Exchange) -> None:
    """Answer a byte at a time: each read is quick, the whole never ends."""
    exchange.send_response(200)
    exchange.end_headers()
    while not exchange.server.released.wait(0.02):
        exchange.wfile.write(b".")
        exchange.wfile.flush()


def nonsense(exchange: Exchange) -> None:
    """Answer with something that is not HTTP."""
    exchange.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")


@contextmanager
def receiver(*behaviours: Behave) -> Iterator[Receiver]:
    """A running receiver, stopped and closed at the end."""
    server = Receiver(list(behaviours) or [answer(200)])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
