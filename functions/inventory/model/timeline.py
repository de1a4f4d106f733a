"""History as a chain in the order of events, whatever the order of arrival.

A capture that arrives late is put where it belongs: the newer entries are taken back, the capture is
carried out, and they are carried out again on top. So any order of delivery ends in the same chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from functions.inventory.model import patch
from functions.inventory.model.edits import Edit, carry_out
from functions.inventory.model.identity import NOT_TOLD, ChangeId, change_id
from functions.inventory.model.resource import (
    ACTIVE,
    DELETED,
    Capture,
    Change,
    Effect,
    Facts,
    Frozen,
    Resource,
    Source,
    Subject,
)

_PARTIAL = {
    Source.TRAIL: "known from API calls only; an AWS Config item will complete it",
    Source.STATE: "known from state changes only; an AWS Config item will complete it",
    Source.CONFIG: "AWS Config has not given its configuration",
    Source.SWEEP: "listed without its configuration; the next sweep will complete it",
    Source.FEED: "known from the provider's change feed only; the next sweep will complete it",
}


class Inserted(Frozen):
    """What an insertion amounts to: the resource now, its facts before, the entries to write."""

    resource: Resource
    before: Facts | None
    entry: Change
    rewritten: tuple[Change, ...] = ()


def id_of(capture: Capture) -> ChangeId:
    """The id of the history entry that a capture becomes, the same at every delivery."""
    return change_id(capture.subject.id, capture.source, capture.key)


def order_of(capture: Capture) -> str:
    """Where a capture stands in its resource's history: by time, then rank, then id."""
    return f"{_instant(capture.at)}|{capture.rank:02d}|{id_of(capture)}"


def insert(resource: Resource | None, newer: Sequence[Change], capture: Capture) -> Inserted:
    """The history with a capture in its place; ``newer`` are the entries after it, newest first."""
    before = None if resource is None else resource.facts
    states = _walk_back({} if before is None else before.document(), newer)
    document = _carried(states[-1], capture.source, capture.effect, capture.edits, capture.facts)
    previous = newer[-1].previous if newer else (None if resource is None else resource.latest)
    entry = _entry(capture, previous).with_patch(
        patch.diff(states[-1], document), edits=capture.edits
    )
    rewritten, final = _carry_on(entry.id, document, newer, states)
    facts = Facts.model_validate(final)
    return Inserted(
        resource=Resource(
            id=capture.subject.id,
            subject=_placed(capture.subject, resource),
            facts=facts,
            captured_at=capture.at if resource is None or not newer else resource.captured_at,
            version=1 if resource is None else resource.version + 1,
            latest=entry.id if resource is None or not newer else resource.latest,
        ),
        before=before,
        entry=entry,
        rewritten=tuple(rewritten),
    )


def _placed(subject: Subject, resource: Resource | None) -> Subject:
    """The subject with the region that is known, where the report does not tell it."""
    if resource is None or subject.region != NOT_TOLD:
        return subject
    return resource.subject


def taken_back(facts: Facts, newer: Sequence[Change]) -> Facts | None:
    """The facts before the given entries, newest first; None when the resource was not known."""
    document = _walk_back(facts.document(), newer)[-1]
    return Facts.model_validate(document) if document else None


def _walk_back(document: patch.Json, newer: Sequence[Change]) -> list[patch.Json]:
    states = [document]
    for change in newer:
        states.append(patch.undo(states[-1], change.unpacked().patch))
    return states


def _carry_on(
    entry: ChangeId, document: patch.Json, newer: Sequence[Change], states: list[patch.Json]
) -> tuple[list[Change], patch.Json]:
    rewritten: list[Change] = []
    previous: ChangeId | None = entry
    for place in range(len(newer) - 1, -1, -1):
        plain, old = newer[place].unpacked(), states[place]
        after = _again(plain, document, old)
        redone = plain.model_copy(update={"previous": previous}).with_patch(
            patch.diff(document, after), edits=plain.edits
        )
        if redone != newer[place]:
            rewritten.append(redone)
        if patch.same(after, old):
            # From here on everything is as it was: the later entries stand on the same facts.
            return rewritten, states[0]
        document, previous = after, plain.id
    return rewritten, document


def _again(change: Change, document: patch.Json, old: patch.Json) -> patch.Json:
    if change.effect is Effect.CAPTURED:
        return old
    return _carried(document, change.source, change.effect, change.edits, None)


def _carried(
    document: patch.Json,
    source: Source,
    effect: Effect,
    edits: tuple[Edit, ...],
    facts: Facts | None,
) -> patch.Json:
    if facts is not None:
        return facts.document()
    gone = not document or document["state"] == DELETED
    if effect is Effect.DELETED:
        base = document or Facts(partial=_PARTIAL[source]).document()
        return {**carry_out(_copied(base), edits), "state": DELETED}
    base = Facts(partial=_PARTIAL[source]).document() if gone else document
    edited = carry_out(_copied(base), edits)
    return edited if edited["state"] else {**edited, "state": ACTIVE}


def _copied(document: patch.Json) -> patch.Json:
    return patch.apply(document, ())


def _entry(capture: Capture, previous: ChangeId | None) -> Change:
    return Change(
        id=id_of(capture),
        resource_id=capture.subject.id,
        previous=previous,
        order=order_of(capture),
        at=capture.at,
        source=capture.source,
        effect=capture.effect,
        event_id=capture.event_id,
        action=capture.action,
        actor=capture.actor,
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
