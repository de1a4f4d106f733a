"""History as a chain in the order of events, whatever the order of arrival.

A capture that arrives late is put where it belongs: the newer entries are taken back, the capture is
carried out, and they are carried out again on top. So any order of delivery ends in the same chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from functions.inventory.model import patch
from functions.inventory.model.actors import joined, rejoined
from functions.inventory.model.edits import Edit, carry_out, kept
from functions.inventory.model.frames import Frame, has_frame
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
    """What an insertion amounts to: the resource now, its facts before, the entries and frames to write."""

    resource: Resource
    before: Facts | None
    entry: Change
    rewritten: tuple[Change, ...] = ()
    frames: tuple[Frame, ...] = ()


def id_of(capture: Capture) -> ChangeId:
    """The id of the history entry that a capture becomes, the same at every delivery."""
    return change_id(capture.subject.id, capture.source, capture.key)


def order_of(capture: Capture) -> str:
    """Where a capture stands in its resource's history: by time, then rank, then id."""
    return f"{instant_of(capture.at)}|{capture.rank:02d}|{id_of(capture)}"


def insert(
    resource: Resource | None,
    newer: Sequence[Change],
    capture: Capture,
    *,
    older: Sequence[Change] = (),
) -> Inserted:
    """The history with a capture in its place.

    ``newer`` are the entries after it, newest first; ``older`` those before it, newest first, as far back
    as a call may have caused it.
    """
    before = None if resource is None else resource.facts
    states = _walk_back({} if before is None else before.document(), newer)
    document = _carried(states[-1], capture.source, capture.effect, capture.edits, capture.facts)
    previous = newer[-1].previous if newer else (None if resource is None else resource.latest)
    steps = patch.diff(states[-1], document)
    entry = joined(_entry(capture, previous), older).with_patch(steps, edits=capture.edits)
    again = _carry_on(entry, document, newer, states)
    facts = Facts.model_validate(again.final)
    return Inserted(
        resource=Resource(
            id=capture.subject.id,
            subject=_placed(capture.subject, resource),
            facts=facts,
            captured_at=capture.at if resource is None or not newer else resource.captured_at,
            version=1 if resource is None else resource.version + 1,
            latest=entry.id if resource is None or not newer else resource.latest,
            unlisted=_unlisted(resource, capture.source, facts),
        ),
        before=before,
        entry=entry,
        rewritten=_with_actors(again.rewritten, rejoined(entry, newer)),
        frames=tuple(_framed(again.states)),
    )


def _placed(subject: Subject, resource: Resource | None) -> Subject:
    """The subject with the region that is known, where the report does not tell it."""
    if resource is None or subject.region != NOT_TOLD:
        return subject
    return resource.subject


def _unlisted(known: Resource | None, source: Source, facts: Facts) -> bool:
    if facts.deleted or source is Source.SWEEP:
        return False
    return known is None or known.facts.deleted or known.unlisted


def taken_back(document: patch.Json, newer: Iterable[Change]) -> Facts | None:
    """The facts before the given entries, newest first; None when the resource was not known.

    The document of the facts after them is used up.
    """
    for change in newer:
        document = patch.take_back(document, change.unpacked().patch)
    return Facts.model_validate(document) if document else None


def instant_of(at: datetime) -> str:
    """An instant as it stands in an entry's order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def after(at: datetime) -> str:
    """What stands in the order after every entry of an instant, and before those of the next."""
    return f"{instant_of(at)}|~"


def _with_actors(rewritten: Sequence[Change], told: Sequence[Change]) -> tuple[Change, ...]:
    found = {one.id: one for one in told}
    for one in rewritten:
        known = found.get(one.id)
        actor = {} if known is None else {"actor": known.actor, "joined": known.joined}
        found[one.id] = one.model_copy(update=actor)
    return tuple(found.values())


def _framed(states: Sequence[tuple[Change, patch.Json]]) -> Iterator[Frame]:
    for change, document in states:
        if has_frame(change.id):
            yield Frame.of(change.id, change.resource_id, change.order, document)


def _walk_back(document: patch.Json, newer: Sequence[Change]) -> list[patch.Json]:
    states = [document]
    for change in newer:
        states.append(patch.undo(states[-1], change.unpacked().patch))
    return states


class _Again(NamedTuple):
    """Newer entries carried out on top of an insertion: those rewritten, and each new state."""

    rewritten: list[Change]
    states: list[tuple[Change, patch.Json]]
    final: patch.Json


def _carry_on(
    entry: Change, document: patch.Json, newer: Sequence[Change], states: list[patch.Json]
) -> _Again:
    rewritten: list[Change] = []
    reached = [(entry, document)]
    previous: ChangeId | None = entry.id
    for place in range(len(newer) - 1, -1, -1):
        plain, old = newer[place].unpacked(), states[place]
        after_ = _again(plain, document, old)
        redone = plain.model_copy(update={"previous": previous}).with_patch(
            patch.diff(document, after_), edits=plain.edits
        )
        if redone != newer[place]:
            rewritten.append(redone)
        if patch.same(after_, old):
            # From here on everything is as it was: the later entries stand on the same facts.
            return _Again(rewritten, reached, states[0])
        document, previous = after_, plain.id
        reached.append((plain, document))
    return _Again(rewritten, reached, document)


def _again(change: Change, document: patch.Json, old: patch.Json) -> patch.Json:
    if change.effect is Effect.CAPTURED:
        return kept(_copied(old), document, change.edits) if change.edits else old
    return _carried(document, change.source, change.effect, change.edits, None)


def _carried(
    document: patch.Json,
    source: Source,
    effect: Effect,
    edits: tuple[Edit, ...],
    facts: Facts | None,
) -> patch.Json:
    if facts is not None:
        known = document if document and document["state"] != DELETED else {}
        return kept(facts.document(), known, edits)
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
        account=capture.subject.account,
    )
