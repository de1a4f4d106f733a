"""Recording what Azure and Google Cloud tell, with who did it where another message says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from functions.inventory.model.azure import events as azure
from functions.inventory.model.captures import check_clock
from functions.inventory.model.collections import shelf
from functions.inventory.model.gcp import events as gcp
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.resource import Capture, Change, Source
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.record import Recorded, record_captures
from steward.contracts.intake import NoticeReceived

TOGETHER = timedelta(minutes=2)
"""How far a feed's message and the trail's about one change are apart at most."""
NEIGHBOURS = 10
"""Entries that are looked at for the other half."""
_READERS = {"azure": azure.captures, "gcp": gcp.captures}


def record_notice(notice: NoticeReceived, *, ledger: Ledger, now: datetime) -> Recorded:
    """Take note of what a notice reports.

    Raises:
        BadInput: it is dated in the future.
        TooLarge: it comes too late behind too many others.
    """
    found = _READERS[notice.provider](notice)
    if isinstance(found, Ignored):
        return Recorded(ignored=found.reason)
    for capture in found:
        check_clock(capture, now)
    placed = tuple(one for one in (_placed(capture, ledger) for capture in found) if one)
    if not placed:
        return Recorded(ignored=f"project {notice.account[:64]!r} is not in the inventory yet")
    joined = tuple(_with_actor(capture, ledger) for capture in placed)
    done = record_captures(joined, ledger=ledger)
    for capture in joined:
        _tell_neighbours(capture, ledger)
    return done


def _placed(capture: Capture, ledger: Ledger) -> Capture | None:
    """The capture under the name that the inventory has: of a project, by its number instead of its id."""
    subject = capture.subject
    if not subject.native_id.startswith(gcp.PROJECTS) or _last(subject.native_id).isdecimal():
        return capture
    page = ledger.resources.query(
        index="by_account",
        key=shelf(_last(subject.native_id), deleted=False),
        low=gcp.PROJECTS,
        high=gcp.PROJECTS + "~",
        limit=1,
    )
    if not page.items:
        return None
    return capture.model_copy(update={"subject": page.items[0].subject})


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _with_actor(capture: Capture, ledger: Ledger) -> Capture:
    if capture.source is not Source.FEED or capture.actor is not None:
        return capture
    actors = (one.actor for one in _near(capture, ledger) if one.source is Source.TRAIL)
    actor = next((one for one in actors if one is not None), None)
    return capture.model_copy(update={"actor": actor})


def _tell_neighbours(capture: Capture, ledger: Ledger) -> None:
    """The trail may come after the feed: then the feed's entry learns who it was."""
    if capture.source is not Source.TRAIL or capture.actor is None:
        return
    for change in _near(capture, ledger):
        if change.source is Source.FEED and change.actor is None:
            ledger.changes.put(change.model_copy(update={"actor": capture.actor}))


def _near(capture: Capture, ledger: Ledger) -> Iterator[Change]:
    resource = ledger.resources.get(capture.subject.id)
    if resource is None:
        return
    for number, change in enumerate(ledger.back_from(resource)):
        if number >= NEIGHBOURS or capture.at - change.at > TOGETHER:
            return
        if change.at - capture.at <= TOGETHER:
            yield change
