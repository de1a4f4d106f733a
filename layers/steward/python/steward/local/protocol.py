"""What supervisor and worker say to each other: pickled tuples in frames, over a socket pair.

Both ends are this program and run as the same user; nothing from outside is ever unpickled.
"""

from __future__ import annotations

import pickle
import socket
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from steward.local.queues import Message
from steward.local.relay import Outgoing
from steward.local.shapes import Answer, Request
from steward.store.records import Refusal, Transaction

_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 18


class RunBatch(NamedTuple):
    """Handle messages of the function's queue; a schedule's tick is a batch of one."""

    function: str
    messages: tuple[Message, ...]


class RunRequest(NamedTuple):
    """Answer an HTTP request."""

    function: str
    request: Request


class RunEvent(NamedTuple):
    """Call the function with an event as it is (JSON text)."""

    function: str
    event: str


Invocation: TypeAlias = RunBatch | RunRequest | RunEvent


class Ready(NamedTuple):
    """The worker has started."""

    pid: int


class Began(NamedTuple):
    """The function's handler is imported and runs now; said at its first invocation; not answered."""

    function: str


class Commit(NamedTuple):
    """Commit these; answered by `Outcomes` or `Trouble`."""

    transactions: tuple[Transaction, ...]


class Committed(NamedTuple):
    """Outbox items that the worker committed to a database of its own; not answered."""

    items: tuple[Outgoing, ...]


class Bury(NamedTuple):
    """Keep a message's body with the dead letters; answered by `Outcomes` or `Trouble`."""

    body: str
    reason: dict[str, str]


class Announce(NamedTuple):
    """Put a raw event on the default bus; answered by `Outcomes` or `Trouble`."""

    envelope: dict[str, Any]


class Outcomes(NamedTuple):
    """It is durable; what refused each transaction, if anything."""

    refusals: tuple[Refusal | None, ...] = ()


class Trouble(NamedTuple):
    """It is not durable."""

    error: str


class BatchDone(NamedTuple):
    """The batch was handled, but for these."""

    failed: frozenset[int]


class RequestDone(NamedTuple):
    """The answer to a request."""

    answer: Answer


class EventDone(NamedTuple):
    """A function's result as JSON text."""

    result: str


class Raised(NamedTuple):
    """The handler raised."""

    error: str


def encode(message: object) -> bytes:
    """A message in its frame."""
    body = pickle.dumps(message, protocol=5)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Any]:
        """The messages that the chunk completes."""
        self._buffer += chunk
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            yield pickle.loads(memoryview(self._buffer)[start + _LENGTH.size : end].tobytes())  # noqa: S301
            start = end
        del self._buffer[:start]


class Line:
    """The worker's end: blocking, in order."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._frames = Frames()
        self._received: list[Any] = []

    def send(self, message: object) -> None:
        """Send a message."""
        self._connection.sendall(encode(message))

    def receive(self) -> Any:
        """The next message.

        Raises:
            EOFError: the supervisor is gone.
        """
        while not self._received:
            chunk = self._connection.recv(_CHUNK)
            if not chunk:
                raise EOFError("the supervisor is gone")
            self._received.extend(self._frames.feed(chunk))
        return self._received.pop(0)
