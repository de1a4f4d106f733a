"""Finding resources and reading their history."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import AwareDatetime

from functions.inventory.model.patch import Patch
from functions.inventory.model.resource import (
    Change,
    Effect,
    Frozen,
    Source,
)
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.past import show_at
from steward.contracts.inventory import Actor, ResourceView
from steward.errors import BadInput
from steward.store.collection import Page


class ChangeView(Frozen):
    """An entry of a resource's history; ``patch`` is JSON Patch with the value before each step.

    ``joined`` is the call that told who the actor is, where the entry itself does not.
    """

    id: str
    at: AwareDatetime
    source: Source
    effect: Effect
    action: str
    event_id: str
    actor: Actor | None
    joined: str | None = None
    patch: Patch


def show(id_: str, *, ledger: Ledger, at: datetime | None = None) -> ResourceView:
    """A resource as it is now, or as it was at an instant.

    Raises:
        NotFound: there is none, or it was not known yet.
        TooLarge: the instant lies behind more entries than one request reads.
    """
    resource = ledger.resources.require(id_)
    return resource.view() if at is None else show_at(resource, at, ledger=ledger)


def history(
    id_: str, *, ledger: Ledger, cursor: str | None = None, limit: int = 50
) -> Page[ChangeView]:
    """A resource's changes, newest first; captures that only confirmed what was known are left out.

    Raises:
        NotFound: there is no such resource.
    """
    ledger.resources.require(id_)
    page = ledger.changes.query(
        index="by_resource", key=id_, after=cursor, limit=limit, descending=True
    )
    views = (change_view(change.unpacked()) for change in page.items)
    return Page(tuple(one for one in views if one.patch), page.cursor)


def instant(text: str) -> datetime:
    """An RFC 3339 instant from a query string, where a plus sign may have become a space.

    Raises:
        BadInput: it is none.
    """
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if text[10:11] == "T" else text)
    except ValueError as error:
        raise BadInput(f"at {text[:40]!r}: use RFC 3339, such as 2026-01-31T08:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def change_view(change: Change) -> ChangeView:
    """An entry as others see it, its difference in plain sight already."""
    return ChangeView(
        id=change.id,
        at=change.at,
        source=change.source,
        effect=change.effect,
        action=change.action,
        event_id=change.event_id,
        actor=change.actor,
        joined=change.joined,
        patch=change.patch,
    )
