"""Sweeping one part: compare what is listed with what the last sweep saw, and report what differs.

What differs is told by comparing with the last *sweep*, never with the facts in the store: an AWS Config
item and an API's answer word some things differently, and comparing them would write the same two states in
turn for ever. A resource whose listing is as it was is left as whoever else reported it last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from functions.inventory.model import census
from functions.inventory.model.claims import CloudAccount
from functions.inventory.model.discovery import (
    Found,
    Interrupted,
    Kind,
    Part,
    Problem,
    Refused,
)
from functions.inventory.model.parts import PartState, PartStatus, reason_of
from functions.inventory.model.sweeps import Outcome, Sweep
from functions.inventory.model.unlisted import Unlisted
from functions.inventory.ports import Censuses, Look, Providers
from functions.inventory.service.accounts import Timer
from functions.inventory.service.comparing import Pass
from functions.inventory.service.overlooked import overlooked
from steward.contracts.event import Event
from steward.contracts.inventory import CaptureContinued, PartAsked, PartShrunk, PartSwept
from steward.errors import Denied
from steward.store.work import Entities

SETTLING: Final = timedelta(seconds=5)
"""What a listing shows may be so much older than its answer: the clouds' lists lag behind their events."""
TOGETHER: Final = 25
"""Captures of one message: two items each are staged when they are recorded."""
BYTES: Final = 1024 * 1024
"""Facts of one message: a resource and its change are staged together, of at most 4 MB."""
MANY: Final = 400
"""Differences after which the rest of a part is for the next message."""
TIME: Final = timedelta(seconds=10)
"""Time after which the rest of a part is for the next message: others wait for the same workers."""
TRIES: Final = 4
"""Times a part is taken up again after an interruption before the type at fault is passed over."""
PAUSE: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyor:
    """What sweeping a part works on; ``clock`` is ours, for measuring how long it takes."""

    parts: Entities[PartStatus]
    sweeps: Entities[Sweep]
    claims: Entities[CloudAccount]
    censuses: Censuses
    unlisted: Entities[Unlisted]
    providers: Providers
    publish: Callable[[Event], None]
    later: Timer
    clock: Callable[[], datetime]


def sweep_part(asked: PartAsked, *, by: Surveyor) -> None:
    """List a part from its cursor on, for as long as one message may take."""
    part = Part(
        provider=asked.provider, account=asked.account, region=asked.region, group=asked.group
    )
    status = by.parts.get(part.id)
    refusal = _refusal(asked, status, by)
    if refusal is not None:
        _refuse(asked, refusal, status, by)
        return
    if status is None or status.generation < asked.generation:
        status = _begun(part, asked, status, by)
    account = by.claims.require(_account_of(asked))
    try:
        look = by.providers(part.provider).look(account, frozenset(status.types))
    except Denied as error:
        _end(_locked(status, str(error)), asked, by)
        return
    _go_over(status, asked, look, by)


def _go_over(status: PartStatus, asked: PartAsked, look: Look, by: Surveyor) -> None:
    way = _pass(status, by)
    cursor, trouble = _walk(status.part, asked.cursor or None, way, look, by)
    way.gone.extend(overlooked(way.listings(whole_before=status.whole), by.unlisted))
    status = _noted(status, way, look)
    _publish(way, asked, at=look.clock() - SETTLING, by=by)
    if trouble is not None:
        _interrupted(status, asked, trouble, way, by)
    elif cursor is not None:
        _go_on(status.model_copy(update={"attempts": 0}), asked, cursor, way, by)
    else:
        _finish(status, asked, way, by)


def _walk(
    part: Part, cursor: str | None, way: Pass, look: Look, by: Surveyor
) -> tuple[str | None, Interrupted | None]:
    """Where the part goes on after as many pages as one message takes, and what stopped it short."""
    started = by.clock()
    try:
        for at, found in _timed(look.discovery.pages(part, cursor), look):
            way.take(found, at=at)
            cursor = found.cursor
            if cursor is None or len(way.changed) >= MANY or by.clock() - started > TIME:
                return cursor, None
    except Interrupted as error:
        return cursor, error
    except Refused as error:
        way.problems.append(error.problem)
    except Denied as error:
        way.problems.append(_shut(part, str(error)))
    return None, None


def _timed(pages: Iterator[Found], look: Look) -> Iterator[tuple[datetime, Found]]:
    """Each page with an instant that it is no older than: from before it was asked for."""
    while True:
        at = look.clock() - SETTLING
        found = next(pages, None)
        if found is None:
            return
        yield at, found


def _refusal(asked: PartAsked, status: PartStatus | None, by: Surveyor) -> Outcome | None:
    """Why a part is not looked at for this sweep, if so."""
    sweep = by.sweeps.get(asked.sweep)
    account = by.claims.get(_account_of(asked))
    if sweep is None or sweep.state.over or account is None or not account.readable:
        return Outcome.CANCELLED
    if status is None or status.generation < asked.generation:
        return None
    return None if _at_it(status, asked) else Outcome.SUPERSEDED


def _refuse(asked: PartAsked, refusal: Outcome, status: PartStatus | None, by: Surveyor) -> None:
    by.publish(_swept(asked, refusal))
    if status is not None and _at_it(status, asked):
        # What it saw so far goes with the next sweep; what was known before stays.
        by.parts.put(status.model_copy(update={"state": PartState.STALE}))


def _at_it(status: PartStatus, asked: PartAsked) -> bool:
    return status.sweep == asked.sweep and status.state is PartState.SWEEPING


def _begun(part: Part, asked: PartAsked, before: PartStatus | None, by: Surveyor) -> PartStatus:
    kept = "" if before is None else before.census
    types = by.sweeps.require(asked.sweep).scope.types
    others = () if before is None or not types else before.problems
    # What an earlier sweep left unfinished is of no use to anyone; what it finished still is.
    by.censuses.tidy(part.id, keep=frozenset({kept}))
    return PartStatus(
        part=part,
        state=PartState.SWEEPING,
        sweep=asked.sweep,
        generation=asked.generation,
        begun_at=by.clock(),
        fresh_at=None if before is None else before.fresh_at,
        types=types,
        problems=tuple(one for one in others if one.type not in types),
        census=kept,
        resources=0 if before is None else before.resources,
    )


def _pass(status: PartStatus, by: Surveyor) -> Pass:
    before = census.decode(by.censuses.read(status.census)) if status.census else {}
    seen = census.decode(by.censuses.read(status.drawing)) if status.drawing else {}
    return Pass(status.part, before, seen, set(status.whole), set(status.blinded))


def _noted(status: PartStatus, way: Pass, look: Look) -> PartStatus:
    return status.noting(tuple(way.problems)).model_copy(
        update={
            "whole": tuple(sorted(way.whole)),
            "blinded": tuple(sorted(way.blinded)),
            "seen": status.seen + way.count,
            "changed": status.changed + len(way.changed),
            "gone": status.gone + len(way.gone),
            "calls": status.calls + look.calls(),
        }
    )


def _publish(way: Pass, asked: PartAsked, *, at: datetime, by: Surveyor) -> None:
    for captures in _together(way.changed):
        by.publish(CaptureContinued(captures=captures))
    for start in range(0, len(way.gone), TOGETHER):
        ids = tuple(way.gone[start : start + TOGETHER])
        by.publish(PartShrunk(**_names(asked), at=at, resources=ids))


def _together(captures: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], ...]]:
    """The captures in messages whose resources one transaction holds."""
    batch: list[dict[str, Any]] = []
    size = 0
    for capture in captures:
        more = len(orjson.dumps(capture["facts"], option=orjson.OPT_NON_STR_KEYS))
        if batch and (len(batch) == TOGETHER or size + more > BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(capture)
        size += more
    if batch:
        yield tuple(batch)


def _interrupted(
    status: PartStatus, asked: PartAsked, trouble: Interrupted, way: Pass, by: Surveyor
) -> None:
    """Take the part up again later; after too many times, without the type that cannot be listed."""
    attempts = status.attempts + 1
    if attempts <= TRIES:
        again = asked.model_copy(update={"cursor": trouble.cursor or asked.cursor})
        by.parts.put(_drawn(status.model_copy(update={"attempts": attempts}), way, by))
        when = by.clock() + PAUSE * 2 ** (attempts - 1)
        by.later(when, again, key=f"inventory/part/{asked.sweep}/{status.id}")
        return
    given_up = trouble.problem
    status = status.noting((given_up,)).model_copy(
        update={"attempts": 0, "blinded": tuple(sorted({*status.blinded, given_up.type}))}
    )
    if trouble.skip is None:
        _finish(status, asked, way, by)
    else:
        _go_on(status, asked, trouble.skip, way, by)


def _go_on(status: PartStatus, asked: PartAsked, cursor: str, way: Pass, by: Surveyor) -> None:
    by.parts.put(_drawn(status, way, by))
    by.publish(asked.model_copy(update={"cursor": cursor}))


def _drawn(status: PartStatus, way: Pass, by: Surveyor) -> PartStatus:
    name = by.censuses.keep(status.id, census.encode(way.seen))
    return status.model_copy(update={"drawing": name})


def _finish(status: PartStatus, asked: PartAsked, way: Pass, by: Surveyor) -> None:
    known = way.carried()
    name = by.censuses.keep(status.id, census.encode(known))
    update: dict[str, Any] = {"census": name, "drawing": "", "whole": (), "blinded": ()}
    update["resources"] = census.size(known)
    _end(status.model_copy(update=update), asked, by)


def _end(status: PartStatus, asked: PartAsked, by: Surveyor) -> None:
    blind = reason_of(status.problems)
    # A sweep of some types says nothing of how fresh the others are.
    fresh_at = status.fresh_at if blind or status.types else status.begun_at
    ended = status.model_copy(
        update={
            "state": PartState.STALE if blind or fresh_at is None else PartState.FRESH,
            "ended_at": by.clock(),
            "fresh_at": fresh_at,
            "attempts": 0,
        }
    )
    by.parts.put(ended)
    hidden = reason_of(tuple(one for one in status.problems if _concerns(one, status)))
    swept = _swept(asked, Outcome.STALE if hidden else Outcome.FRESH)
    counts = {name: getattr(ended, name) for name in ("seen", "changed", "gone", "calls")}
    by.publish(swept.model_copy(update={**counts, "reason": hidden}))


def _concerns(problem: Problem, status: PartStatus) -> bool:
    return not status.types or problem.type in ("", *status.types)


def _locked(status: PartStatus, reason: str) -> PartStatus:
    shut = status.noting((_shut(status.part, reason),))
    return shut.model_copy(update={"drawing": "", "whole": (), "blinded": ()})


def _shut(part: Part, reason: str) -> Problem:
    return Problem(kind=Kind.DENIED, service=part.group, region=part.region, message=reason)


def _swept(asked: PartAsked, outcome: Outcome) -> PartSwept:
    return PartSwept.model_validate({**_names(asked), "outcome": outcome})


def _names(asked: PartAsked) -> dict[str, str]:
    return {
        name: getattr(asked, name) for name in ("sweep", "provider", "account", "region", "group")
    }


def _account_of(asked: PartAsked) -> str:
    return f"{asked.provider}/{asked.account}"
