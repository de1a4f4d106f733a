"""A statement is taken in: read file by file, then its months replaced at once, the old or the new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus
from functions.cost.model.intake import Intake, Read
from functions.cost.ports import Books, Mill, Post
from functions.cost.service.workshops import open_workshop
from steward.contracts.cost import DeliveryDue
from steward.errors import BadInput, NotFound, TooLarge
from steward.lake.lake import Lake
from steward.lake.pointer import Segment, Snapshot
from steward.objects import Objects

ROLE, ROWS, ROLLUP, KINDS = "role", "rows", "rollup", "kinds"
DELIVERY, ISSUED, DIGEST = "delivery", "issued", "digest"
STEP: Final = 128 << 20
"""Bytes of files after which a message ends: what it read is kept, and another goes on."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What taking in takes, within one Work."""

    books: Books
    bills: Objects
    lake: Lake
    mill: Mill
    post: Post
    now: datetime


def take(due: DeliveryDue, *, at: Taking) -> None:
    """Go on with a delivery: read more of it, or replace its months when all is read."""
    delivery = at.books.deliveries.get(due.delivery_id)
    if delivery is None or delivery.status is not BillDeliveryStatus.DUE:
        return
    try:
        _go_on(delivery, at=at)
    except (BadInput, TooLarge) as error:
        _close(delivery.refused(str(error), at=at.now), at=at)
    except NotFound:
        _close(_overwritten(delivery, at=at), at=at)


def _go_on(delivery: BillDelivery, *, at: Taking) -> None:
    there = _etags(delivery, at=at)
    intake = at.books.intakes.get(delivery.id) or Intake(id=delivery.id, etags=there)
    if there[delivery.key] != delivery.etag:
        _close(_overwritten(delivery, at=at), at=at)
        return
    with open_workshop() as folder:
        read = list(_read(delivery, intake, folder, at=at))
        intake = intake.with_(read)
        if len(intake.read) < len(delivery.files):
            at.books.intakes.put(intake)
            at.post.publish(DeliveryDue(delivery_id=delivery.id))
        elif intake.changed(_etags(delivery, at=at)):
            _close(_overwritten(delivery, at=at), at=at)
        else:
            _settle(delivery, intake, folder, at=at)


def _etags(delivery: BillDelivery, *, at: Taking) -> dict[str, str]:
    keys = (delivery.key, *delivery.files)
    folders = {key.rpartition("/")[0] for key in keys}
    there = {head.key: head.etag for folder in sorted(folders) for head in at.bills.list(folder)}
    return {key: there.get(key, "") for key in keys}


def _read(delivery: BillDelivery, intake: Intake, folder: Path, *, at: Taking) -> Iterator[Read]:
    """Read the next files, as many as one message does."""
    size = 0
    for place in range(len(intake.read), len(delivery.files)):
        if size >= STEP:
            return
        workshop = folder / str(place)
        workshop.mkdir()
        path = _brought(delivery.files[place], workshop, at=at)
        size += path.stat().st_size
        yield _converted(delivery, path, workshop, place=delivery.files[place], at=at)


def _brought(key: str, workshop: Path, *, at: Taking) -> Path:
    there = at.bills.place(key)
    if there is not None:
        if not there.is_file():
            raise NotFound(f"bill {key[:200]!r}: not there any more")
        return there
    path = workshop / "bill"
    at.bills.download(key, path)
    return path


def _converted(
    delivery: BillDelivery, path: Path, workshop: Path, *, place: str, at: Taking
) -> Read:
    found = at.mill.convert(
        path,
        source=delivery.source,
        delivery=delivery.id,
        place=f"{place} {delivery.kind or ''}",
        workshop=workshop,
    )
    stray = sorted(period for period in found.tally.rows if delivery.period not in {None, period})
    if stray:
        raise BadInput(
            f"rows of {stray[0]}: the manifest says that the statement is of {delivery.period} alone; "
            "deliver each month by itself"
        )
    segments = {
        period: at.lake.stage(
            partition(delivery.source, period),
            file,
            rows=found.tally.rows[period],
            notes={ROLE: ROWS},
        )
        for period, file in found.files.items()
    }
    for file in found.files.values():
        file.unlink()
    return Read(
        format=found.format,
        version=found.version,
        digest=found.digest,
        tally=found.tally,
        segments=segments,
    )


def partition(source: str, period: str) -> str:
    """The partition of a source's month."""
    return f"{source}/{period}"


def _settle(delivery: BillDelivery, intake: Intake, folder: Path, *, at: Taking) -> None:
    tally = intake.tally()
    if not tally.rows:
        raise BadInput("statement: holds no rows at all; the month that there is stays")
    fates = {period: _fate(delivery, intake, period, at=at) for period in sorted(tally.rows)}
    for period, fate in fates.items():
        if fate is BillDeliveryStatus.INGESTED:
            _replace(delivery, intake, period, folder, at=at)
    first = intake.read[0]
    known = delivery.model_copy(
        update={
            "format": first.format,
            "version": first.version,
            "digest": intake.digest(min(fates)),
            "periods": tally.periods(),
            "violations": tally.violations(),
            "rows": sum(tally.rows.values()),
            "flagged": tally.flagged,
        }
    )
    status = next((one for one in _RANKED if one in fates.values()), BillDeliveryStatus.INGESTED)
    _close(known.settled(status, at=at.now, reason=_REASONS.get(status)), at=at)


_RANKED: Final = (
    BillDeliveryStatus.INGESTED,
    BillDeliveryStatus.SUPERSEDED,
    BillDeliveryStatus.DUPLICATE,
)
_REASONS: Final = {
    BillDeliveryStatus.SUPERSEDED: "a later statement of the month was there already",
    BillDeliveryStatus.DUPLICATE: "the month consists of these very files already",
}


def _fate(delivery: BillDelivery, intake: Intake, period: str, *, at: Taking) -> BillDeliveryStatus:
    there = at.lake.partition(partition(delivery.source, period))
    if there is None:
        return BillDeliveryStatus.INGESTED
    if there.current.notes.get(DIGEST) == intake.digest(period):
        return BillDeliveryStatus.DUPLICATE
    if _issued(there.current) > delivery.issued_at:
        return BillDeliveryStatus.SUPERSEDED
    return BillDeliveryStatus.INGESTED


def _issued(snapshot: Snapshot) -> datetime:
    return datetime.fromisoformat(snapshot.notes[ISSUED])


def _replace(
    delivery: BillDelivery, intake: Intake, period: str, folder: Path, *, at: Taking
) -> None:
    """Let the month consist of the statement's rows and what they add up to, in one swap."""
    name = partition(delivery.source, period)
    rows = intake.segments(period)
    sums = at.mill.sums(at.lake.paths(rows), month=period, workshop=folder)
    summed = [at.lake.stage(name, one.path, rows=one.rows, notes=one.notes) for one in sums]
    at.lake.swap(
        name,
        (*rows, *summed),
        notes={
            DELIVERY: delivery.id,
            ISSUED: delivery.issued_at.isoformat(),
            DIGEST: intake.digest(period),
        },
    )


def _overwritten(delivery: BillDelivery, *, at: Taking) -> BillDelivery:
    reason = "its files were replaced while it was read; what replaced them is taken in by itself"
    return delivery.settled(BillDeliveryStatus.SUPERSEDED, at=at.now, reason=reason)


def _close(delivery: BillDelivery, *, at: Taking) -> None:
    at.books.deliveries.put(delivery)
    if at.books.intakes.get(delivery.id) is not None:
        at.books.intakes.delete(delivery.id)


def segments_of(snapshot: Snapshot, role: str) -> tuple[Segment, ...]:
    """The files of a month that are its rows, its rollup, or its usage types."""
    return tuple(one for one in snapshot.segments if one.notes.get(ROLE) == role)
