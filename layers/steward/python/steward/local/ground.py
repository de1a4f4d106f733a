"""Before anything heavy is loaded: the options, the folder's lock, the port, and the first nursery."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from steward.errors import StewardError
from steward.local.nursery import Nursery

DEFAULT_PORT = 8787
_LOG_BYTES = 64 * 1024 * 1024


class InUse(StewardError):
    """Another Steward runs over the data folder, or something else has the port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run; ``workers`` None means two per processor: one decides while one waits for the flush."""

    data: Path
    port: int = DEFAULT_PORT
    host: str = "127.0.0.1"
    workers: int | None = None

    @property
    def team_size(self) -> int:
        """How many worker processes."""
        return self.workers or 2 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Started:
    """What is told once the server answers; the key only at the first start."""

    url: str
    key: str | None


def run(
    options: Options, *, started: Callable[[Started], None], say: Callable[[str], None]
) -> None:
    """Run until a signal ends it.

    Raises:
        InUse: the folder or the port is taken.
    """
    with (
        contextlib.closing(listen(options.host, options.port)) as listening,
        held(options.data),
        function_log(options.data) as log,
    ):
        # Tokens name who issued them: browsers take passkeys on localhost, but not on an address.
        os.environ.setdefault("STEWARD_PUBLIC_URL", public_url(options.host, listening))
        prepared = [Nursery(options.data, log)]
        # The nursery loads what the workers need while this process loads what it needs itself.
        import asyncio

        import uvloop

        from steward.local.supervisor import Supervisor

        def nurse() -> Nursery:
            return prepared.pop() if prepared else Nursery(options.data, log)

        async def serve() -> None:
            await Supervisor(options, nurse=nurse, say=say).serve(listening, started)

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve())


def public_url(host: str, listening: socket.socket) -> str:
    """The address that people and programs know this Steward by, when the operator names none."""
    port = listening.getsockname()[1]
    if host in ("127.0.0.1", "::1", "localhost"):
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        InUse: the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise InUse(
            f"{host}:{port}: cannot listen there ({error.strerror}); choose another with --port"
        ) from error
    return listening


@contextlib.contextmanager
def held(data: Path) -> Iterator[None]:
    """The data folder, held against a second Steward.

    Raises:
        InUse: another one has it.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InUse(f"{data}: another Steward runs over it; stop that one first") from error
        yield


@contextlib.contextmanager
def function_log(data: Path) -> Iterator[IO[bytes]]:
    """The file that the functions' output goes to; a long one is put aside first."""
    path = data / "log" / "functions.jsonl"
    path.parent.mkdir(exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".1.jsonl"))
    with path.open("ab") as file:
        yield file
