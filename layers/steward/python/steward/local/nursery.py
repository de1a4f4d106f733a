"""Where workers come from: a process that has imported what they all need, and forks.

A worker that was killed is replaced in milliseconds, and starting many costs the imports of one.
The supervisor's side imports nothing but the standard library, so that it can start the nursery
first and load its own parts meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

_FORK = b"f"
_LINE_BYTES = 1024 * 1024


class Nursery:
    """The supervisor's end."""

    def __init__(self, data: Path, output: IO[bytes] | int) -> None:
        self.control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # this very module
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "steward.local.nursery",
                    str(theirs.fileno()),
                    str(data.absolute()),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._pending = b""

    def fork(self, descriptor: int) -> None:
        """Have a worker made that serves the given end of a socket pair."""
        socket.send_fds(self.control, [_FORK], [descriptor])

    def deaths(self) -> list[tuple[int, int]] | None:
        """The (pid, exit code) of workers that ended; None when the nursery itself did."""
        try:
            chunk = self.control.recv(4096)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not chunk:
            return None
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        return [(int(line.split()[0]), int(line.split()[1])) for line in lines]

    def close(self) -> None:
        """End the nursery, and with it the workers that still live."""
        self.control.close()
        self._process.kill()
        self._process.wait()


def main(arguments: Sequence[str]) -> None:
    """Fork a worker for each descriptor that comes, until the supervisor is gone."""
    # A line is one write: workers share the log, and one that is killed has said what it said.
    sys.stdout = os.fdopen(1, "w", _LINE_BYTES, encoding="utf-8", closefd=False)
    sys.stdout.reconfigure(line_buffering=True)
    # Imported here, before the first fork, for all workers to share.
    from steward.edge import queue, schedule
    from steward.local import worker

    del queue, schedule
    worker.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=int(arguments[0]))
    signal.signal(signal.SIGCHLD, _reaper(control))
    worker.freeze()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        for descriptor in descriptors:
            _fork(control, descriptor, lambda end: worker.serve(end, Path(arguments[1])))


def _fork(control: socket.socket, descriptor: int, serve: Callable[[int], None]) -> None:
    if os.fork():
        os.close(descriptor)
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    control.close()
    code = 1
    try:
        serve(descriptor)
        code = 0
    finally:
        sys.stdout.flush()
        # Not sys.exit: this is a copy of the nursery, its way out is not ours.
        os._exit(code)


def _reaper(control: socket.socket) -> Callable[[int, object], None]:
    def reap(number: int, frame: object) -> None:
        del number, frame
        with contextlib.suppress(ChildProcessError, OSError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                control.send(f"{pid} {os.waitstatus_to_exitcode(status)}\n".encode())

    return reap


if __name__ == "__main__":
    main(sys.argv[1:])
