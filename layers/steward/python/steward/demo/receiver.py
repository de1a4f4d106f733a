"""A receiver of signed messages on this machine, which takes none whose signature does not hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from typing_extensions import override

from steward.errors import Unauthenticated
from steward.standard_webhooks import verify

_HOST = "127.0.0.1"
_MAX_BODY = 256 * 1024


class Receiver:
    """Listens from the start; verifies with the keys it has been given by then."""

    def __init__(self, port: int = 0, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._server = _Server((_HOST, port), _Handler)
        self._server.receiver = self
        self._lock = Lock()
        self._verified: set[str] = set()
        self.keys: tuple[str, ...] = ()
        self.refused = 0
        Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"{_HOST}:{self.port}"

    @property
    def verified(self) -> int:
        """How many different messages arrived with a signature that holds."""
        return len(self._verified)

    def take(self, body: bytes, headers: dict[str, str]) -> HTTPStatus:
        """Verify one message."""
        try:
            id_ = verify(body, headers=headers, keys=self.keys, now=self._clock())
        except Unauthenticated:
            with self._lock:
                self.refused += 1
            return HTTPStatus.UNAUTHORIZED
        with self._lock:
            self._verified.add(id_)
        return HTTPStatus.NO_CONTENT

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > _MAX_BODY:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(self.server.receiver.take(self.rfile.read(length), headers))

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the demo shows what matters."""

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
