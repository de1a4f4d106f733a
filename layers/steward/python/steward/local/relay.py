"""From the outbox to the bus: a commit's events and timers leave it in one more transaction.

With the store in the same file the relay's job rides in the very commit that wrote the outbox item;
what a crash or an error left behind is swept up at the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from steward.local import timers
from steward.local.bus import Bus, post_event
from steward.local.queues import Arrival, Stored, insert
from steward.local.writer import Turn
from steward.store.records import OUTBOX, Key, Put, Transaction
from steward.store.sql import mark_relayed, statements
from steward.store.trail import parts_of
from steward.store.work import Claims, open_outbox

_STATEMENTS = statements("sqlite")


class Outgoing(NamedTuple):
    """An outbox item to relay."""

    key: Key
    body: str


class Relayed(NamedTuple):
    """What came of relaying: new messages, the events' types, whether a timer changed."""

    arrivals: list[Arrival]
    types: list[str]
    timers: bool


def outgoing(transaction: Transaction) -> list[Outgoing]:
    """The outbox item of a transaction, if it has one."""
    return [
        Outgoing(write.key, write.body)
        for write in transaction.writes
        if isinstance(write, Put) and write.key.collection == OUTBOX
    ]


class Routes(NamedTuple):
    """Where an outbox item goes: the bus, and the queue of its audit part, if a function takes it."""

    bus: Bus
    trail: str | None
    claims: Claims


def send(turn: Turn, items: Sequence[Outgoing], *, routes: Routes, now: int) -> Relayed:
    """Put the items' audit parts on the trail, their events on the bus, their timers into the table.

    Raises:
        NotFound: a body kept in the object store is gone.
    """
    bus = routes.bus
    arrivals: list[Arrival] = []
    types: list[str] = []
    touched = False
    for item in items:
        content = open_outbox(item.body, routes.claims, tenant=item.key.tenant)
        arrivals += _trace(turn, content, routes, now)
        events = content["events"]
        if events:
            landed = bus.put(turn, [post_event(event) for event in events], now=now)
            arrivals += landed.arrivals
            types += landed.types
        for timer in content["timers"]:
            _stage_timer(turn, content, timer)
            touched = True
    return Relayed(arrivals, types, touched)


def mark(turn: Turn, items: Sequence[Outgoing]) -> None:
    """Take the items out of the relay's reach, in the store that shares the runtime's file."""
    mark_relayed(turn.cursor, _STATEMENTS, [item.key for item in items])


def _trace(turn: Turn, content: Mapping[str, Any], routes: Routes, now: int) -> list[Arrival]:
    if routes.trail is None:
        return []
    next_number, queue = routes.bus.next_number, routes.trail
    stored = [
        Stored(next_number(), queue, part.tenant, None, part.body, now, now)
        for part in parts_of(content)
    ]
    return insert(turn, stored) if stored else []


def _stage_timer(turn: Turn, content: Mapping[str, Any], timer: Mapping[str, Any]) -> None:
    concern = str(content["function"]).partition(".")[0]
    name = timers.Name(concern, content["tenant"], timer["key"])
    if timer["op"] == "cancel":
        timers.cancel(turn, name)
        return
    timers.set_timer(turn, name, due=datetime.fromisoformat(timer["at"]), event=timer["event"])
