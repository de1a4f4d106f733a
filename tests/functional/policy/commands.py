"""The command line against policy's functions, over HTTP on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from steward.cli.main import main
from tests.functional.policy.test_policy_on_the_runtime import Estate

Run: TypeAlias = Callable[..., tuple[int, str, str]]
_ROOT = "/api/v1/policy"


def _bridge(estate: Estate) -> type[BaseHTTPRequestHandler]:
    class Bridge(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            text = self.rfile.read(length).decode()
            place = urlsplit(self.path)
            status, body = estate.http(
                self.command,
                unquote(place.path).removeprefix(_ROOT),
                key=self.headers["authorization"].removeprefix("Bearer "),
                body=json.loads(text) if text else None,
                **dict(parse_qsl(place.query)),
            )
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    return Bridge


@contextmanager
def commands(
    estate: Estate, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """What runs ``steward ...`` as the owner of a key: exit code, output and notes."""
    server = HTTPServer(("127.0.0.1", 0), _bridge(estate))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("STEWARD_URL", f"http://127.0.0.1:{server.server_port}")

    def run(*words: str, key: str) -> tuple[int, str, str]:
        monkeypatch.setenv("STEWARD_API_KEY", key)
        monkeypatch.setattr("sys.argv", ["steward", *words])
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        captured = capsys.readouterr()
        # The functions run in this very process, and their log and metrics go where its output goes.
        lines = captured.out.splitlines(keepends=True)
        out = "".join(line for line in lines if not line.startswith(('{"level":', '{"_aws":')))
        return code, out, captured.err

    yield run
    server.shutdown()
    server.server_close()
