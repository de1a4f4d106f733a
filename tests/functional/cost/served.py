"""The cost concern's API on a port of this machine, for the command line to ask."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from typer.testing import CliRunner

from steward.cli import cost, exits
from steward.errors import StewardError
from steward.identity import Role
from steward.manifest import Function, Routes, load_functions
from tests.asking import request
from tests.functional.cost.ledger import LedgerWorld

_LOGGED = ('{"_aws"', '{"level"')


def routes() -> dict[str, Function]:
    """The functions of the concern by the paths that they answer."""
    return {
        path: function
        for function in load_functions(["cost"])
        if isinstance(function.trigger, Routes)
        for path in function.trigger.paths
    }


@contextmanager
def served(world: LedgerWorld) -> Iterator[str]:
    """The address of the API."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            function = next(one for root, one in routes().items() if path.startswith(root))
            module, _, name = function.handler.rpartition(".")
            size = int(self.headers.get("Content-Length") or 0)
            event = request(
                self.command,
                self.path,
                self.rfile.read(size).decode() or None,
                headers={key.lower(): value for key, value in self.headers.items()},
            )
            handler = getattr(importlib.import_module(module), name)
            answer = world.function(function.name).call(handler, event)
            self.send_response(int(answer["statusCode"]))
            for key, value in (answer.get("headers") or {}).items():
                self.send_header(key, value)
            body = (answer.get("body") or "").encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  # as the base class names them

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class CommandLine:
    """``steward cost ...`` as a person with a role types it."""

    def __init__(self, url: str, key: str) -> None:
        self._environment = {"STEWARD_URL": url, "STEWARD_API_KEY": key}

    def __call__(self, *words: str) -> tuple[int, str]:
        """Exit code and standard output; of a refusal the message."""
        runner = CliRunner()
        result: Any = runner.invoke(cost.app, list(words), env=self._environment)
        if isinstance(result.exception, StewardError):
            return exits.of(result.exception), str(result.exception)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        # The functions run in this very process, and write metrics and logs to its standard output.
        lines = result.stdout.splitlines(keepends=True)
        return result.exit_code, "".join(one for one in lines if not one.startswith(_LOGGED))


@contextmanager
def command_line(world: LedgerWorld, role: Role = Role.ADMIN) -> Iterator[CommandLine]:
    """A command line before the API."""
    with served(world) as url:
        yield CommandLine(url, world.world.add_key(role))
