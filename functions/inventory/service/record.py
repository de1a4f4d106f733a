"""Recording what the clouds report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from functions.inventory.model.actors import WINDOWS, is_call
from functions.inventory.model.captures import captures_of
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.news import news
from functions.inventory.model.notices import RawNotice
from functions.inventory.model.resource import Capture, Change, Frozen, Resource
from functions.inventory.model.timeline import Inserted, id_of, insert, order_of
from functions.inventory.model.unlisted import Unlisted
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.ties import tie
from steward.contracts.inventory import CaptureContinued
from steward.errors import TooLarge

ROOM = 60
"""Items staged before the rest goes to the next commit; one late capture may need the other 30."""
LATEST = 500
"""How many entries a late capture may be behind."""
CALLS = 40
"""How many entries before a capture are read at most to find the call that caused it."""


class Recorded(Frozen):
    """How many captures were new, came again, or wait for the next commit; or why there was none."""

    new: int = 0
    repeated: int = 0
    postponed: int = 0
    ignored: str | None = None


def record(notice: RawNotice, *, ledger: Ledger, now: datetime) -> Recorded:
    """Take note of what a notice reports.

    Raises:
        BadInput: the notice contradicts itself or is dated in the future.
        TooLarge: it comes too late behind too many others.
    """
    found = captures_of(notice, now=now)
    if isinstance(found, Ignored):
        return Recorded(ignored=found.reason)
    return record_captures(found, ledger=ledger)


def record_captures(captures: Sequence[Capture], *, ledger: Ledger) -> Recorded:
    """Take note of captures, as many as one commit holds; the rest follows in a continuation."""
    new = 0
    for done, capture in enumerate(captures):
        if ledger.staged() > ROOM:
            rest = captures[done:]
            dumps = tuple(one.model_dump(mode="json") for one in rest)
            ledger.publish(CaptureContinued(captures=dumps))
            return Recorded(new=new, repeated=done - new, postponed=len(rest))
        new += _record_one(capture, ledger)
    return Recorded(new=new, repeated=len(captures) - new)


def _record_one(capture: Capture, ledger: Ledger) -> bool:
    resource = ledger.resources.get(capture.subject.id)
    if resource is not None and ledger.changes.get(id_of(capture)) is not None:
        return False
    newer, older = _place(resource, capture, ledger)
    done = insert(resource, newer, capture, older=older)
    written = {"recorded_at": ledger.now}
    ledger.resources.put(done.resource.model_copy(update=written))
    ledger.changes.add(done.entry.model_copy(update=written))
    for change in done.rewritten:
        ledger.changes.put(change.model_copy(update=written))
    _keep_frames(done, ledger)
    _note_unlisted(resource, done.resource, ledger)
    tie(done.resource, before=done.before, ledger=ledger)
    event = news(done)
    if event is not None:
        ledger.publish(event)
    return True


def _keep_frames(done: Inserted, ledger: Ledger) -> None:
    for frame in done.frames:
        # A frame of an entry that was there before is replaced; reading it first says by which version.
        if frame.id != done.entry.id:
            ledger.frames.get(frame.id)
        ledger.frames.put(frame)


def _note_unlisted(before: Resource | None, now: Resource, ledger: Ledger) -> None:
    known = before is not None and before.unlisted
    if now.unlisted and not known:
        # A note that was left behind is replaced; reading it first says by which version.
        ledger.unlisted.get(now.id)
        ledger.unlisted.put(Unlisted.of(now))
    elif known and not now.unlisted:
        ledger.unlisted.delete(now.id)


def _place(
    resource: Resource | None, capture: Capture, ledger: Ledger
) -> tuple[list[Change], list[Change]]:
    """The entries after a capture, and those before it that may tell who caused it."""
    newer: list[Change] = []
    older: list[Change] = []
    order = order_of(capture)
    window = timedelta(0) if capture.actor else WINDOWS.get(capture.source, timedelta(0))
    for change in ledger.back_from(resource) if resource is not None else ():
        if change.order >= order:
            newer.append(change)
            _check_length(newer, capture)
            continue
        if capture.at - change.at > window or len(older) == CALLS:
            break
        older.append(change)
        if is_call(change):
            break
    return newer, older


def _check_length(newer: list[Change], capture: Capture) -> None:
    if len(newer) > LATEST:
        raise TooLarge(
            f"{capture.subject.type} {capture.subject.native_id[:80]!r}: a capture of "
            f"{capture.at.isoformat()} is behind more than {LATEST} later ones; too late to place"
        )
