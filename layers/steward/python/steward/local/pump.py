"""The whole runtime in one thread: relay, buses, queues and handlers, step by step, on any clock.

The tests' world and the crash harness are built on it; so are commands that need no server.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from steward.edge.resources import Clock, Resources, bind, random_id, utc_now
from steward.local import shapes
from steward.local.adapters import Ports, claims_of
from steward.local.bus import Posted, post_event, post_raw
from steward.local.invoke import describe, failed_ids, handler_of, queue_event, settle
from steward.local.queues import Arrival, Message
from steward.local.runtime import Runtime, Setting
from steward.local.tables import database_path, open_reader, open_writer
from steward.local.writer import InlineWriter
from steward.manifest import Function, load_functions
from steward.store.records import Refusal, Transaction
from steward.store.sql import SqliteDatabase, SqlStore

Invoker = Callable[[Function, Any, shapes.Context], Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stuck(Exception):
    """Draining went on for longer than any honest work would."""


class Pump:
    """A runtime that runs only when told to."""

    def __init__(
        self,
        data: Path,
        *,
        functions: Sequence[Function] | None = None,
        clock: Clock = utc_now,
        invoker: Invoker | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.connection = open_writer(data)
        self._reader = open_reader(data)
        self._database = SqliteDatabase(database_path(data), read_only=True)
        self.clock = clock
        self.store = SqlStore(self._database, committer=self.commit)
        self.ports = Ports(data, store=self.store, host=self, clock=clock)
        self._invoke = invoker or self.call
        self._serving: list[tuple[str, Message]] = []
        setting = Setting(
            tuple(load_functions() if functions is None else functions),
            InlineWriter(self.connection),
            self._reader,
            claims_of(data),
            clock,
            rng or random.Random(),  # noqa: S311  # spreads retries, hides nothing
        )
        self.runtime = Runtime(setting, changed=lambda: None)
        self.runtime.start()

    @property
    def functions(self) -> Mapping[str, Function]:
        """The functions that run here, by id."""
        return self.runtime.functions

    def close(self) -> None:
        """Close the database."""
        self._database.close()
        self._reader.close()
        self.connection.close()

    # What goes in

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        """Commit each transaction on its own, and relay what they publish."""
        answer: list[list[Refusal | None]] = []
        self.runtime.commit(transactions, answer.append, _raise)
        return answer[0]

    def put_raw(self, *envelopes: Mapping[str, Any]) -> list[str]:
        """Put raw cloud events on the default bus; the queues that took them.

        Raises:
            BadInput: an envelope is not one that EventBridge would take.
        """
        now = self.clock()
        return self._put([post_raw(e, now=now, new_id=random_id) for e in envelopes])

    def put_events(self, *events: dict[str, Any]) -> list[str]:
        """Put CloudEvents objects on Steward's bus; the queues that took them."""
        return self._put([post_event(event) for event in events])

    def announce(self, envelope: Mapping[str, Any]) -> None:
        """Put a raw event on the default bus, for an object that was created."""
        self.put_raw(envelope)

    def bury(self, body: str, reason: Mapping[str, str]) -> None:
        """Keep the message that is being handled with the dead letters."""
        for queue, message in self._serving:
            if message.body == body:
                letter = self.runtime.letter(
                    queue, message, reason=reason["error"], error=reason["reason"]
                )
                self.runtime.keep_letter(letter, lambda _: None, _raise)
                return
        raise LookupError(f"no message in flight has this body: {body[:80]}")

    # What makes it move

    def drain(self, *, limit: int = 10_000) -> int:
        """Run until nothing is ready; how many batches were handled.

        Raises:
            Stuck: after ``limit`` batches there is still something ready.
        """
        for batches in range(limit):
            if not self.step():
                return batches
        raise Stuck(f"{limit} batches and still not quiet; a function may be feeding itself")

    def step(self) -> bool:
        """Fire what is due, and handle one batch of each queue; whether there was anything to do."""
        self.runtime.tick()
        served = [self._serve(queue) for queue in self.runtime.backlogs]
        return any(served)

    def next_wake(self) -> datetime | None:
        """When something that is delayed or scheduled will be due."""
        wake = self.runtime.next_wake()
        return None if wake is None else _EPOCH + timedelta(milliseconds=wake)

    def invoke(self, function_id: str, event: Any) -> Any:
        """Call one function with an event."""
        function = self.functions[function_id]
        return self._invoke(function, event, self._context(function, random_id()))

    def call(self, function: Function, event: Any, context: shapes.Context) -> Any:
        """Call a function's handler in this process, with its resources bound."""
        with bind(self.resources(function)):
            return handler_of(function)(event, context)

    def resources(self, function: Function) -> Resources:
        """The resources that a function gets."""
        return self.ports.of(function)

    def _put(self, posted: list[Posted]) -> list[str]:
        took: list[Arrival] = []
        self.runtime.put(posted, took.extend, _raise)
        return [arrival.queue for arrival in took]

    def _serve(self, queue: str) -> bool:
        messages = self.runtime.take(queue)
        if not messages:
            return False
        function = self.functions[queue]
        self._serving = [(queue, message) for message in messages]
        try:
            result = self._invoke(
                function, queue_event(function, messages), self._context(function, random_id())
            )
        except Exception as error:  # noqa: BLE001  # Lambda returns the batch of a handler that raises
            self.runtime.give_back_all(
                queue, messages, reason="handler-error", error=describe(error)
            )
        else:
            settle(self.runtime, queue, messages, failed_ids(result))
        finally:
            self._serving = []
        return True

    def _context(self, function: Function, request_id: str) -> shapes.Context:
        deadline = time.monotonic() + function.timeout
        return shapes.Context(function, request_id=request_id, deadline=deadline)


def _raise(error: BaseException) -> None:
    raise error
