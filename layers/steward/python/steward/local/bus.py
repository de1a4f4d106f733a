"""Two event buses: every event is archived, then becomes a message in each queue whose rule matches.

``default`` takes raw cloud events, ``steward`` takes Steward's own. An event and its messages are
written by one job, so that none of them is ever there without the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias

from steward import patterns
from steward.errors import BadInput
from steward.json_text import compact
from steward.local.queues import Arrival, Stored, insert
from steward.local.writer import Turn
from steward.manifest import Function, Objects, Queue
from steward.redaction import redacted

BusName: TypeAlias = Literal["default", "steward"]
Envelope: TypeAlias = Mapping[str, Any]

ACCOUNT = "000000000000"
REGION = "local"
ARCHIVED_FOR = timedelta(days=30)
MAX_BYTES = 1024 * 1024
"""EventBridge's limit on an entry, since 2026-01."""

_ARCHIVE = "INSERT INTO events (seq, bus, at, tenant, type, body) VALUES (?, ?, ?, ?, ?, ?)"
_PRUNE = """
DELETE FROM events WHERE at < ? AND seq NOT IN (SELECT event FROM messages WHERE event IS NOT NULL)
"""
_REQUIRED = ("detail-type", "source", "detail")


class Rule(NamedTuple):
    """What of a bus goes to one queue."""

    bus: BusName
    queue: str
    matches: Callable[[dict[str, Any]], bool]
    types: tuple[str, ...] | None
    """The exact detail types it can match; None when only the pattern itself can tell."""


class Posted(NamedTuple):
    """An event on its way: the envelope, and its text, encoded once."""

    bus: BusName
    envelope: dict[str, Any]
    text: str
    tenant: str
    queues: tuple[str, ...] | None = None
    """Who takes it, when that was looked up before."""


class Landed(NamedTuple):
    """What came of putting events on a bus: the messages, and the events' types."""

    arrivals: list[Arrival]
    types: list[str]


class Bus:
    """The rules of both buses, and the numbers that order what passes through."""

    def __init__(self, rules: Iterable[Rule], *, last: int) -> None:
        self.rules = tuple(rules)
        self._by_type: dict[tuple[str, str], list[Rule]] = {}
        self._untyped: dict[str, list[Rule]] = {"default": [], "steward": []}
        self._last = last
        for rule in self.rules:
            self._index(rule)

    def targets(self, bus: BusName, envelope: dict[str, Any]) -> list[str]:
        """The queues that take the event."""
        typed = self._by_type.get((bus, envelope["detail-type"]), ())
        return [rule.queue for rule in (*typed, *self._untyped[bus]) if rule.matches(envelope)]

    def put(self, turn: Turn, posted: Sequence[Posted], *, now: int) -> Landed:
        """Archive the events and hand them to their queues."""
        events, rows = [], []
        for event in posted:
            seq = self.next_number()
            kind = event.envelope["detail-type"]
            events.append((seq, event.bus, now, event.tenant, kind, event.text))
            rows += [
                Stored(self.next_number(), queue, event.tenant, seq, None, now, now)
                for queue in self._queues(event)
            ]
        turn.cursor.executemany(_ARCHIVE, events)
        return Landed(insert(turn, rows), [event.envelope["detail-type"] for event in posted])

    def replay(
        self, turn: Turn, archived: Iterable[tuple[str, str, str]], *, replay: Replay, now: int
    ) -> list[Arrival]:
        """Hand archived (bus, tenant, body) to the queues again; a replayed event is not archived."""
        rows = []
        for bus, tenant, body in archived:
            envelope = json.loads(body) | {"replay-name": replay.name}
            text = compact(envelope)
            name: BusName = "steward" if bus == "steward" else "default"
            for queue in self.targets(name, envelope):
                if replay.rules and queue not in replay.rules:
                    continue
                number = self.next_number()
                rows.append(Stored(number, queue, tenant, None, text, now, now, replay.generation))
        return insert(turn, rows)

    def next_number(self) -> int:
        """A fresh number for an event or a message; they only ever rise."""
        self._last += 1
        return self._last

    def _queues(self, event: Posted) -> Sequence[str]:
        known = event.queues
        return self.targets(event.bus, event.envelope) if known is None else known

    def _index(self, rule: Rule) -> None:
        if rule.types is None:
            self._untyped[rule.bus].append(rule)
            return
        for kind in rule.types:
            self._by_type.setdefault((rule.bus, kind), []).append(rule)


class Replay(NamedTuple):
    """How archived events are sent again: to the named queues, or to all that match."""

    name: str
    generation: int
    rules: frozenset[str]


def rules_of(functions: Iterable[Function]) -> list[Rule]:
    """The rule of every queued function.

    Raises:
        PatternError: a manifest's pattern is not one that EventBridge would accept.
    """
    rules = []
    for function in functions:
        trigger = function.trigger
        if not isinstance(trigger, Queue | Objects):
            continue
        pattern = trigger.event_pattern()
        bus: BusName = trigger.bus if isinstance(trigger, Queue) else "default"
        rules.append(Rule(bus, function.id, patterns.compile(pattern), _types(pattern)))
    return rules


def post_event(event: dict[str, Any]) -> Posted:
    """One of Steward's events (a CloudEvents object) in EventBridge's envelope."""
    envelope = {
        "version": "0",
        "id": event["id"],
        "detail-type": event["type"],
        "source": event["source"],
        "account": ACCOUNT,
        "time": event["time"],
        "region": REGION,
        "resources": [],
        "detail": event,
    }
    return Posted("steward", envelope, compact(envelope), event["tenantid"])


def post_raw(envelope: Mapping[str, Any], *, now: datetime, new_id: Callable[[], str]) -> Posted:
    """A cloud's event for the default bus, with what EventBridge would fill in.

    Raises:
        BadInput: a field of the envelope is missing or of the wrong kind.
    """
    checked = check_envelope(envelope)
    checked["detail"] = redacted(checked["detail"])
    whole = {"version": "0", "account": ACCOUNT, "region": REGION, "resources": [], **checked}
    if "id" not in whole:
        whole["id"] = new_id()
    if "time" not in whole:
        whole["time"] = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = compact(whole)
    if len(text.encode()) > MAX_BYTES:
        raise BadInput(f"event {whole['id']!r}: above {MAX_BYTES} bytes, the limit of an event bus")
    return Posted("default", whole, text, str(whole["account"]) or ACCOUNT)


def check_envelope(envelope: object) -> dict[str, Any]:
    """The envelope, if it is one that EventBridge would take.

    Raises:
        BadInput: names the first field at fault and what is allowed.
    """
    if not isinstance(envelope, Mapping):
        raise BadInput(
            f"event: is {type(envelope).__name__}; use a JSON object in EventBridge's envelope"
        )
    for name in _REQUIRED:
        if name not in envelope:
            raise BadInput(f"event field {name!r}: missing; EventBridge's envelope must have it")
    for name in ("id", "detail-type", "source", "account", "time", "region"):
        value = envelope.get(name, "-")
        if not isinstance(value, str) or not value:
            raise BadInput(f"event field {name!r}: is {value!r}; use a text that is not empty")
    if not isinstance(envelope["detail"], Mapping):
        raise BadInput("event field 'detail': is not an object; use a JSON object")
    if not isinstance(envelope.get("resources", []), list):
        raise BadInput("event field 'resources': is not a list; use a list of ARNs")
    _check_time(envelope.get("time"))
    return dict(envelope)


def prune(turn: Turn, *, before: int) -> int:
    """Drop archived events older than that, unless a queue still needs them; how many."""
    turn.cursor.execute(_PRUNE, (before,))
    return turn.cursor.rowcount


def _check_time(value: object) -> None:
    if value is None:
        return
    try:
        datetime.fromisoformat(str(value))
    except ValueError as error:
        raise BadInput(f"event field 'time': is {value!r}; use 2026-01-31T08:00:00Z") from error


def _types(pattern: Mapping[str, Any]) -> tuple[str, ...] | None:
    values = pattern.get("detail-type")
    if not isinstance(values, Sequence) or isinstance(values, str):
        return None
    plain = tuple(value for value in values if isinstance(value, str))
    return plain if plain and len(plain) == len(values) else None
