"""Keeping searches under a name, and carrying them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.model.search.query import Order, Summary
from functions.inventory.model.search.saved import SavedView, ViewDraft
from functions.inventory.service import search
from functions.inventory.service.search import Snapshot
from steward.store.collection import Page
from steward.store.work import Entities


@dataclass(frozen=True, slots=True)
class Shelf:
    """The saved views, who asks, and when."""

    views: Entities[SavedView]
    new_id: Callable[[], str]
    actor: str
    now: datetime


def save(draft: ViewDraft, *, on: Shelf, id_: str | None = None) -> SavedView:
    """Keep a search, in the place of the view of that id if one is given.

    Raises:
        BadInput: it cannot be carried out.
        NotFound: there is no view of that id.
    """
    kept = on.new_id() if id_ is None else on.views.require(id_).id
    fields = dict(draft.checked())
    view = SavedView(**fields, id=kept, saved_by=on.actor, saved_at=on.now)
    on.views.put(view)
    return view


def remove(id_: str, *, on: Shelf) -> None:
    """Keep a search no more.

    Raises:
        NotFound: there is no view of that id.
    """
    on.views.delete(on.views.require(id_).id)


def carry_out(
    id_: str, *, on: Shelf, snapshot: Callable[[], Snapshot], cursor: str | None, limit: int
) -> Page[Summary]:
    """A page of the resources that a view is about.

    Raises:
        NotFound: there is no view of that id.
        BadInput: the cursor is not of this list.
    """
    view = on.views.require(id_)
    order = Order.parse(view.sort)
    return search.find(view.wanted, order, snapshot=snapshot(), cursor=cursor, limit=limit)
