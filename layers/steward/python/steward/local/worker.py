"""A worker process: one invocation at a time, as a Lambda environment, with the commits going out.

Forked by the nursery. It reads the database itself and asks the supervisor for everything that
changes it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from steward.edge.resources import bind, random_id, utc_now
from steward.errors import Transient
from steward.local import protocol, shapes
from steward.local.adapters import Ports
from steward.local.invoke import describe, failed_ids, handler_of, queue_event
from steward.local.relay import outgoing
from steward.local.tables import database_path
from steward.manifest import Function, Routes, load_function
from steward.store.records import Refusal, Store, Transaction
from steward.store.sql import SqliteDatabase, SqlStore

_PR_SET_PDEATHSIG = 1


class Worker:
    """Runs what it is told to, until the line is cut."""

    def __init__(self, line: protocol.Line, data: Path, *, store_url: str | None) -> None:
        self._line = line
        self._functions: dict[str, Function] = {}
        self._early: list[Any] = []
        self._ports = Ports(data, store=self._store(data, store_url), host=self, clock=utc_now)
        if store_url is not None:
            self._ports.committed = self._committed

    def work(self) -> None:
        """Serve invocations, one after the other."""
        self._line.send(protocol.Ready(os.getpid()))
        while True:
            invocation = self._early.pop(0) if self._early else self._line.receive()
            self._line.send(self._serve(invocation))

    # What functions ask of the runtime

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        """Have the supervisor's writer commit them.

        Raises:
            Transient: none of them is durable.
        """
        return list(self._ask(protocol.Commit(tuple(transactions))).refusals)

    def bury(self, body: str, reason: Mapping[str, str]) -> None:
        """Keep a message's body with the dead letters."""
        self._ask(protocol.Bury(body, dict(reason)))

    def announce(self, envelope: Mapping[str, Any]) -> None:
        """Put a raw event on the default bus."""
        self._ask(protocol.Announce(dict(envelope)))

    def _committed(self, transactions: Sequence[Transaction]) -> None:
        items = [item for transaction in transactions for item in outgoing(transaction)]
        self._line.send(protocol.Committed(tuple(items)))

    def _ask(self, question: object) -> protocol.Outcomes:
        self._line.send(question)
        while True:
            answer = self._line.receive()
            if isinstance(answer, protocol.Outcomes):
                return answer
            if isinstance(answer, protocol.Trouble):
                raise Transient(answer.error)
            # The next invocation, sent ahead so that no time is lost between the two.
            self._early.append(answer)

    def _store(self, data: Path, url: str | None) -> Store:
        if url is None:
            database = SqliteDatabase(database_path(data), read_only=True)
            return SqlStore(database, committer=self.commit)
        from steward.store.postgres import PostgresDatabase

        return SqlStore(PostgresDatabase(url))

    # Running

    def _serve(self, invocation: protocol.Invocation) -> object:
        try:
            function = self._function(invocation.function)
            with bind(self._ports.of(function)):
                return _run(function, invocation)
        except Exception as error:  # noqa: BLE001  # a worker outlives what its handlers raise
            return protocol.Raised(describe(error))

    def _function(self, function_id: str) -> Function:
        function = self._functions.get(function_id)
        if function is None:
            function = load_function(function_id)
            handler_of(function)
            for name, value in function.settings.items():
                # The operator's own environment goes before what the manifest proposes.
                os.environ.setdefault(name, value)
            self._line.send(protocol.Began(function_id))
            self._functions[function_id] = function
        return function


def _run(function: Function, invocation: protocol.Invocation) -> object:
    handler = handler_of(function)
    deadline = time.monotonic() + function.timeout
    if isinstance(invocation, protocol.RunRequest):
        request = invocation.request
        context = shapes.Context(function, request_id=request.request_id, deadline=deadline)
        event = _http_shape(function)(request)
        return protocol.RequestDone(shapes.answer_of(handler(event, context)))
    context = shapes.Context(function, request_id=random_id(), deadline=deadline)
    if isinstance(invocation, protocol.RunEvent):
        result = handler(json.loads(invocation.event), context)
        return protocol.EventDone(json.dumps(result))
    result = handler(queue_event(function, invocation.messages), context)
    return protocol.BatchDone(frozenset(failed_ids(result)))


def _http_shape(function: Function) -> shapes.Shape:
    trigger = function.trigger
    rest = isinstance(trigger, Routes) and trigger.api == "rest"
    return shapes.rest_event if rest else shapes.http_event


def serve(descriptor: int, data: Path) -> None:
    """Serve on the given socket over the given data folder until the supervisor is gone."""
    die_with_parent()
    line = protocol.Line(socket.socket(fileno=descriptor))
    with contextlib.suppress(EOFError, ConnectionError):
        Worker(line, data, store_url=foreign_store()).work()


def freeze() -> None:
    """Keep the collector away from what is imported: it never goes, and workers share its memory."""
    gc.collect()
    gc.freeze()


def foreign_store() -> str | None:
    """The database URL of ``STEWARD_STORE``, when the items live in PostgreSQL."""
    value = os.environ.get("STEWARD_STORE", "")
    return value if value.startswith(("postgresql://", "postgres://")) else None


def die_with_parent() -> None:
    """Be killed when the parent is."""
    # A worker that hangs would otherwise outlive a supervisor that was killed.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
