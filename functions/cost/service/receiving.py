"""Bills arrive: a statement is due once all of its files are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus, delivery_id, source_of
from functions.cost.model.formats.manifests import (
    Manifest,
    is_manifest,
    is_part,
    read_manifest,
    resolve,
)
from functions.cost.ports import Books, Post
from steward.contracts.cost import DeliveryDue
from steward.errors import BadInput
from steward.objects import ObjectHead, Objects
from steward.store.collection import every

_PAGE: Final = 100
AT_ONCE: Final = 40
"""Deliveries that one Work records."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What receiving takes, within one Work."""

    books: Books
    bills: Objects
    post: Post
    tenant: str
    now: datetime

    @property
    def root(self) -> str:
        """The folder of the tenant's bills."""
        return f"tenants/{self.tenant}/"


def receive(head: ObjectHead, *, at: Reception) -> None:
    """Record what was written: a statement of its own, a manifest, or a file that a manifest waits for.

    Raises:
        BadInput: it lies in no source's folder.
    """
    source = source_of(head.key, at.tenant)
    if not is_manifest(head.key) and is_part(head.key):
        for waiting in waiting_of(source, at=at):
            _gather(waiting, at=at)
        return
    id_ = delivery_id(source, head.key, head.etag)
    if at.books.deliveries.get(id_) is None:
        _record(head, source, at=at)


def look(*, at: Reception) -> int:
    """Receive what lies there without a record, and look again at what waits; how many were new.

    A notification may get lost: what lies in the bucket is what counts.
    """
    new = 0
    sources: set[str] = set()
    for head in at.bills.list(at.root):
        try:
            source = source_of(head.key, at.tenant)
        except BadInput:
            continue
        sources.add(source)
        alone = is_manifest(head.key) or not is_part(head.key)
        if alone and at.books.deliveries.get(delivery_id(source, head.key, head.etag)) is None:
            _record(head, source, at=at)
            new += 1
            if new == AT_ONCE:
                return new
    for source in sorted(sources):
        for waiting in waiting_of(source, at=at):
            _gather(waiting, at=at)
    return new


def waiting_of(source: str, *, at: Reception) -> Iterator[BillDelivery]:
    """The deliveries of a source of which files are missing."""
    deliveries = at.books.deliveries
    return every(
        lambda after: deliveries.query(index="waiting", key=source, after=after, limit=_PAGE)
    )


def _record(head: ObjectHead, source: str, *, at: Reception) -> None:
    delivery = BillDelivery(
        id=delivery_id(source, head.key, head.etag),
        source=source,
        key=head.key,
        etag=head.etag,
        received_at=at.now,
        issued_at=at.now,
        status=BillDeliveryStatus.WAITING,
    )
    if is_manifest(head.key):
        _gather(delivery, at=at)
    else:
        _settle(delivery.model_copy(update={"files": (head.key,)}), at=at)


def _gather(delivery: BillDelivery, *, at: Reception) -> None:
    """Look which files of a manifest are there: it is due when all of them are."""
    try:
        manifest = read_manifest(delivery.key, at.bills.get(delivery.key))
    except BadInput as error:
        at.books.deliveries.put(delivery.refused(str(error), at=at.now))
        return
    _settle(_found(delivery, manifest, at=at), at=at)


def _found(delivery: BillDelivery, manifest: Manifest, *, at: Reception) -> BillDelivery:
    root = f"{at.root}{delivery.source}/"
    there = {head.key for head in at.bills.list(root)}
    found = {
        name: resolve(name, manifest=delivery.key, root=root, there=there)
        for name in manifest.files
    }
    return delivery.model_copy(
        update={
            "files": tuple(key for key in found.values() if key is not None),
            "missing": tuple(name for name, key in found.items() if key is None),
            "period": manifest.period,
            "kind": manifest.kind,
            "issued_at": manifest.issued_at or delivery.issued_at,
        }
    )


def _settle(delivery: BillDelivery, *, at: Reception) -> None:
    if delivery.missing:
        reason = f"waits for {len(delivery.missing)} files, such as {delivery.missing[0][-200:]}"
        waiting = delivery.model_copy(update={"reason": reason})
        if waiting != at.books.deliveries.get(delivery.id):
            at.books.deliveries.put(waiting)
        return
    at.books.deliveries.put(
        delivery.model_copy(update={"status": BillDeliveryStatus.DUE, "reason": None})
    )
    at.post.publish(DeliveryDue(delivery_id=delivery.id))
