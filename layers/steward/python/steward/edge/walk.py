"""The walk over all that a concern keeps of a tenant: to export, erase, forget a person, or let expire.

Each message goes over a part and publishes the next with where it begins and what was done so far, all
in one commit: a crash repeats the part, and what was counted is counted once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from steward.contracts.event import Event
from steward.contracts.identity import (
    Errand,
    ExportedFile,
    PersonErased,
    PersonExportRequested,
    RetentionDue,
    TenantErasureRequested,
    TenantExportRequested,
    WalkContinued,
    WalkFinished,
)
from steward.edge.queue import LambdaHandler, on_event
from steward.edge.resources import current
from steward.objects import Objects
from steward.privacy import GONE, Gone, Holding, Subject, concerns, exported, forgotten
from steward.store.collection import Page
from steward.store.work import Entities, Work

EXPORTS = "exports"
WRITTEN = 80
"""Items one message erases or rewrites, of at most ninety."""
READ = 500
"""Items one message reads: one page, one file."""
OBJECTS = 200

Started: TypeAlias = (
    PersonErased
    | PersonExportRequested
    | RetentionDue
    | TenantErasureRequested
    | TenantExportRequested
)


class Ground(NamedTuple):
    """What a concern holds: collections, and buckets with the tenant's objects."""

    concern: str
    holdings: Sequence[Holding]
    buckets: Sequence[str] = ()


def walker(ground: Callable[[], Ground]) -> LambdaHandler:
    """The handler of a concern's part in every errand."""

    def handle(event: Event, work: Work) -> None:
        mine = ground()
        start = _start(event, mine.concern)
        if start is not None:
            opened = current().buckets
            walk(start, mine, work=work, buckets=lambda name: opened(name, work.tenant))

    return on_event(
        PersonErased,
        PersonExportRequested,
        RetentionDue,
        TenantErasureRequested,
        TenantExportRequested,
        WalkContinued,
        wire=lambda work: work,
    )(handle)


def walk(
    at: WalkContinued, ground: Ground, *, work: Work, buckets: Callable[[str], Objects]
) -> None:
    """Go over one part, and publish the next or the end."""
    if at.holding < len(ground.holdings):
        holding = ground.holdings[at.holding]
        work.publish(_over(at, holding, work=work, exports=lambda: buckets(EXPORTS)))
        return
    more = _objects(at, ground, tenant=work.tenant, buckets=buckets)
    done = WalkFinished(errand=at.errand, keeper=at.keeper, counts=at.counts, files=at.files)
    work.publish(more or done)


def export_root(tenant: str, job: str) -> str:
    """Where the files of an export are."""
    return f"tenants/{tenant}/exports/{job}/"


def _over(
    at: WalkContinued, holding: Holding, *, work: Work, exports: Callable[[], Objects]
) -> WalkContinued:
    if at.errand.task == "keep-retention" and holding.collection.retention is None:
        return at.model_copy(update={"holding": at.holding + 1})
    entities = work.table(holding.table).of(holding.collection)
    reading = at.errand.task in ("export-tenant", "export-person")
    page = entities.list(after=at.cursor or None, limit=READ if reading else WRITTEN)
    if reading:
        return _next(_exported(at, holding, page.items, work.tenant, exports), page)
    if at.errand.task == "keep-retention":
        touched = _kept(holding, page.items, entities, now=work.epoch)
    else:
        touched = _erased(at.errand, holding, page.items, entities)
    return _next(_counted(at, holding.name, touched), page)


def _exported(
    at: WalkContinued,
    holding: Holding,
    items: Sequence[Any],
    tenant: str,
    exports: Callable[[], Objects],
) -> WalkContinued:
    subject = _subject(at.errand)
    chosen = [item for item in items if subject is None or concerns(item, holding, subject)]
    if not chosen:
        return at
    body = "".join(f"{exported(item, holding)}\n" for item in chosen).encode()
    name = f"{at.keeper}/{holding.name}/part-{at.part:05d}.jsonl"
    key = f"{export_root(tenant, at.errand.job)}{name}"
    # The same part again is the same file again, whatever it held the first time.
    exports().put(key, body)
    file = ExportedFile(
        key=key, sha256=hashlib.sha256(body).hexdigest(), items=len(chosen), bytes=len(body)
    )
    counted = _counted(at, holding.name, len(chosen))
    return counted.model_copy(update={"files": (*at.files, file)})


def _erased(errand: Errand, holding: Holding, items: Sequence[Any], entities: Entities[Any]) -> int:
    subject = _subject(errand)
    return sum(_erase(item, subject, holding, entities) for item in items)


def _kept(holding: Holding, items: Sequence[Any], entities: Entities[Any], *, now: int) -> int:
    """Bring what was written under another retention to the one of now; how many."""
    touched = 0
    for item in items:
        if not entities.overdue(item):
            continue
        id_ = holding.collection.id(item)
        found, until = entities.get(id_), entities.expiry(item)
        if found is not None and until is not None and until <= now:
            entities.erase(id_)
        elif found is not None:
            entities.blank(found)
        touched += found is not None
    return touched


def _erase(item: Any, subject: Subject | None, holding: Holding, entities: Entities[Any]) -> bool:
    # Lists may be late: what is rewritten, is so from what is there now.
    if subject is not None and not concerns(item, holding, subject):
        return False
    id_ = holding.collection.id(item)
    found = entities.get(id_)
    if found is None:
        return False
    after = GONE if subject is None else forgotten(found, holding, subject)
    if isinstance(after, Gone):
        if holding.discard is not None:
            holding.discard(found)
        entities.erase(id_)
    elif after is not None:
        entities.blank(after)
    return after is not None


def _objects(
    at: WalkContinued, ground: Ground, *, tenant: str, buckets: Callable[[str], Objects]
) -> WalkContinued | None:
    # Removing objects is no part of a commit; doing it twice does no harm.
    if at.errand.task != "erase-tenant":
        return None
    gone = 0
    for name in ground.buckets:
        bucket = buckets(name)
        for head in bucket.list(f"tenants/{tenant}/"):
            if gone == OBJECTS:
                return _counted(at, "objects", gone)
            bucket.delete(head.key)
            gone += 1
    return _counted(at, "objects", gone) if gone else None


def _next(at: WalkContinued, page: Page[Any]) -> WalkContinued:
    if page.cursor is not None:
        return at.model_copy(update={"cursor": page.cursor, "part": at.part + 1})
    return at.model_copy(update={"holding": at.holding + 1, "cursor": "", "part": at.part + 1})


def _counted(at: WalkContinued, name: str, more: int) -> WalkContinued:
    if not more:
        return at
    counts: Mapping[str, int] = {**at.counts, name: at.counts.get(name, 0) + more}
    return at.model_copy(update={"counts": counts})


def _subject(errand: Errand) -> Subject | None:
    if errand.task in ("export-tenant", "erase-tenant"):
        return None
    return Subject(errand.person, frozenset(errand.identifiers))


def _start(event: Event, concern: str) -> WalkContinued | None:
    """Where the concern begins or goes on; None when the event is another concern's."""
    if isinstance(event, WalkContinued):
        return event if event.keeper == concern else None
    return WalkContinued(errand=errand_of(event), keeper=concern)


def errand_of(event: Event) -> Errand:
    """What the event asks for.

    Raises:
        TypeError: it asks for nothing.
    """
    match event:
        case TenantExportRequested():
            return Errand(task="export-tenant", job=event.closing)
        case TenantErasureRequested():
            return Errand(task="erase-tenant", job=event.closing, round=event.round)
        case RetentionDue():
            return Errand(task="keep-retention", job=event.sweep)
        case PersonExportRequested() | PersonErased():
            exporting = isinstance(event, PersonExportRequested)
            return Errand(
                task="export-person" if exporting else "erase-person",
                job=event.request,
                person=event.person,
                identifiers=event.identifiers,
            )
    raise TypeError(f"{type(event).__name__}: is no errand")
