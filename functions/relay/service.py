"""Carrying outbox items out: publish in tens, try again what failed, settle the timers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from functions.relay.model import (
    Entry,
    Outbox,
    Timer,
    batches,
    entry_of,
    newer,
    requests,
    timers_of,
)
from functions.relay.ports import Bus, Carriers, Outboxes, Patience, Pokes, Trail
from steward.errors import Permanent, StewardError, TooLarge, Transient

_SETTLING_TURNS = 5
SWEPT = 2000
"""Items one sweep asks for; a longer backlog waits for the next."""


class Outcome(NamedTuple):
    """How many events went out, and for each item that did not get through, why."""

    events: int
    failed: dict[str, StewardError]


def relay(items: Mapping[str, Outbox], *, carriers: Carriers) -> Outcome:
    """Carry the items out, each under its reference; doing it twice does no more than once."""
    failed: dict[str, StewardError] = {}
    entries: list[Entry] = []
    for ref, item in items.items():
        try:
            entries += [entry_of(ref, event) for event in item.events]
        except Permanent as error:
            failed[ref] = error
    failed |= trace(items, trail=carriers.trail)
    failed |= publish(entries, bus=carriers.bus, patience=carriers.patience)
    for ref, item in items.items():
        for timer in timers_of(item):
            try:
                _settle(item.tenant, timer, carriers)
            except StewardError as error:
                failed.setdefault(ref, error)
    return Outcome(sum(entry.ref not in failed for entry in entries), failed)


def trace(items: Mapping[str, Outbox], *, trail: Trail) -> dict[str, StewardError]:
    """Put the items' audit parts on the trail, in their order; the items that failed, and why."""
    failed: dict[str, StewardError] = {}
    waiting = [(ref, part) for ref, item in items.items() for part in item.parts]
    for batch in batches(waiting):
        try:
            answers = trail.send([part for _, part in batch])
        except Transient as error:
            failed |= dict.fromkeys((ref for ref, _ in batch), error)
            continue
        for (ref, part), refused in zip(batch, answers, strict=True):
            if refused is not None:
                kind = Transient if refused.again else Permanent
                failed[ref] = kind(f"audit part of commit {part.commit}: {refused.code}")
    return failed


def publish(entries: Sequence[Entry], *, bus: Bus, patience: Patience) -> dict[str, StewardError]:
    """Put the entries on the bus, trying on while there is patience; the items that failed, and why."""
    failed: dict[str, StewardError] = {}
    waiting = list(entries)
    attempt = 0
    while waiting:
        again: dict[Entry, StewardError] = {}
        for batch in requests(waiting):
            for entry, error in _offer(batch, bus).items():
                if isinstance(error, Transient):
                    again[entry] = error
                else:
                    failed[entry.ref] = error
        waiting = list(again)
        attempt += 1
        if waiting and not patience.wait(attempt):
            return failed | {entry.ref: error for entry, error in again.items()}
    return failed


def sweep(*, outboxes: Outboxes, pokes: Pokes) -> int:
    """Ask anew for what a lost poke left behind, and remove what has expired; how many were left."""
    # DynamoDB removes expired items by itself; a SQL store is told to.
    outboxes.expire()
    left = outboxes.pending(limit=SWEPT)
    pokes.send(left)
    return len(left)


def _offer(batch: Sequence[Entry], bus: Bus) -> dict[Entry, StewardError]:
    try:
        answers = bus.put(batch)
    except (TooLarge, Transient) as error:
        return dict.fromkeys(batch, error)
    errors: dict[Entry, StewardError] = {}
    for entry, refused in zip(batch, answers, strict=True):
        if refused is not None:
            kind = Transient if refused.again else Permanent
            errors[entry] = kind(f"event {entry.detail_type} of item {entry.ref}: {refused.code}")
    return errors


def _settle(tenant: str, timer: Timer, carriers: Carriers) -> None:
    """Bring the schedule to the newest decision, and look again: another relay may have been quicker.

    Raises:
        Transient: out of reach, or the decision kept changing.
    """
    standing = carriers.decisions.note(tenant, timer)
    for _ in range(_SETTLING_TURNS):
        _apply(standing, carriers)
        latest = newer(standing, carriers.decisions.standing(tenant, timer.name))
        if latest.order == standing.order:
            return
        standing = latest
    raise Transient(
        f"timer {timer.name}: decided anew {_SETTLING_TURNS} times meanwhile; try again"
    )


def _apply(timer: Timer, carriers: Carriers) -> None:
    if timer.due is None or timer.event is None:
        carriers.schedules.cancel(timer.name)
    elif timer.due > carriers.now:
        carriers.schedules.set(timer)
    else:
        # A one-shot schedule in the past never fires. Consumers know the event by its id, should it
        # have fired before.
        carriers.schedules.cancel(timer.name)
        _publish_now(timer.name, entry_of(timer.name, timer.event), carriers.bus)


def _publish_now(name: str, entry: Entry, bus: Bus) -> None:
    (refused,) = bus.put([entry])
    if refused is not None:
        kind = Transient if refused.again else Permanent
        raise kind(f"timer {name}: its event was refused: {refused.code}")
