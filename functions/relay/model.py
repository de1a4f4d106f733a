"""Outbox items, the entries they become on the bus, and the timers they set: pure rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from steward.contracts.event import first_fault
from steward.errors import BadInput, StewardError
from steward.store.collection import Collection
from steward.store.trail import Part, parts_of

ENTRIES = 10
"""Entries of one PutEvents request."""
REQUEST_BYTES = 256 * 1024
"""The older, lower one of the sizes that AWS has published for a request, and so for an entry too."""
_TIME_BYTES = 14
_DECISION_LIFE = timedelta(days=45)
"""As long as an inbox mark: no replay of the outbox's stream comes later."""

Envelope = dict[str, Any]
"""A CloudEvents object."""


class TimerChange(BaseModel):
    """What a commit decides about the timer under one key: when it publishes which event, or never."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    op: Literal["set", "cancel"]
    key: str
    at: AwareDatetime | None = None
    event: Envelope | None = None


class Outbox(BaseModel):
    """What one commit has to tell, in order."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    commit: str
    tenant: str
    function: str
    at: AwareDatetime
    events: tuple[Envelope, ...]
    timers: tuple[TimerChange, ...]
    parts: tuple[Part, ...] = ()
    """What of it goes to which tenant's audit trail."""

    @property
    def concern(self) -> str:
        """The concern that committed."""
        return self.function.partition(".")[0]


class Timer(BaseModel):
    """The newest decision about one timer; ``due`` None means that it was cancelled."""

    model_config = ConfigDict(frozen=True)

    name: str
    decided_at: AwareDatetime
    commit: str
    position: int
    due: AwareDatetime | None
    event: Envelope | None

    @property
    def order(self) -> tuple[datetime, str, int]:
        """The order of decisions: commits reach the relay in any order."""
        return self.decided_at, self.commit, self.position


TIMERS = Collection(
    "timers",
    Timer,
    id=lambda timer: timer.name,
    expires=lambda timer: (timer.due or timer.decided_at) + _DECISION_LIFE,
    audit="none",
    listed=False,
)


class Entry(NamedTuple):
    """One event as PutEvents takes it, and the outbox item (by its reference) it belongs to."""

    ref: str
    source: str
    detail_type: str
    detail: str
    time: datetime

    @property
    def bytes(self) -> int:
        """The entry's size as EventBridge counts it.

        Source: EventBridge user guide, "Calculating PutEvents event entry size".
        """
        texts = (self.source, self.detail_type, self.detail)
        return _TIME_BYTES + sum(len(text.encode()) for text in texts)


@dataclass(slots=True)
class Received:
    """A batch as it was read: every reference in order, the items, and what could not be read."""

    refs: list[str] = field(default_factory=list)
    items: dict[str, Outbox] = field(default_factory=dict)
    failed: dict[str, StewardError] = field(default_factory=dict)


def outbox_of(content: object) -> Outbox:
    """An outbox item's content, parsed.

    Raises:
        BadInput: a field is missing or of the wrong kind; the first one is named.
    """
    try:
        outbox = Outbox.model_validate(content)
        parts = parts_of(content) if isinstance(content, Mapping) else ()
        return outbox.model_copy(update={"parts": parts})
    except ValidationError as error:
        raise BadInput(f"outbox item: {first_fault(error)}") from error


def entry_of(ref: str, event: Envelope) -> Entry:
    """The event as an entry.

    Raises:
        BadInput: no CloudEvents object of ours.
    """
    try:
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        time = datetime.fromisoformat(event["time"])
        return Entry(ref, event["source"], event["type"], text, time)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"outbox item {ref}: event without {error}; it cannot go out") from error


def timers_of(outbox: Outbox) -> Iterator[Timer]:
    """The timers that the item decides about."""
    for position, change in enumerate(outbox.timers):
        name = schedule_name(outbox.concern, outbox.tenant, change.key)
        setting = change.op == "set"
        yield Timer(
            name=name,
            decided_at=outbox.at,
            commit=outbox.commit,
            position=position,
            due=change.at if setting else None,
            event=change.event if setting else None,
        )


def schedule_name(concern: str, tenant: str, key: str) -> str:
    """The schedule's name: at most 64 letters, digits and hyphens, whatever the key holds."""
    digest = hashlib.sha256(f"{tenant}\x1f{key}".encode()).hexdigest()
    return f"{concern[:23]}-{digest[:40]}"


def newer(one: Timer, other: Timer | None) -> Timer:
    """The later decision of the two."""
    return one if other is None or one.order > other.order else other


def requests(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The entries in order, cut into requests that PutEvents takes.

    An entry too large for any request stands alone, to be refused under its own name.
    """
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == ENTRIES or size + entry.bytes > REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.bytes
    if batch:
        yield batch


def batches(parts: Iterable[tuple[str, Part]]) -> Iterator[list[tuple[str, Part]]]:
    """The audit parts in order, each under its item's reference, cut into requests that SQS takes."""
    batch: list[tuple[str, Part]] = []
    size = 0
    for ref, part in parts:
        bytes_ = len(part.body.encode())
        if batch and (len(batch) == ENTRIES or size + bytes_ > REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((ref, part))
        size += bytes_
    if batch:
        yield batch


def at_expression(due: datetime) -> str:
    """The one-shot schedule expression in UTC, at the first whole second that is not before ``due``."""
    whole = due.replace(microsecond=0) + timedelta(seconds=1 if due.microsecond else 0)
    return f"at({whole:%Y-%m-%dT%H:%M:%S})"


def first_failed(refs: Sequence[str], failed: Mapping[str, object]) -> str | None:
    """The first reference, in the order received, that did not get through."""
    return next((ref for ref in refs if ref in failed), None)
