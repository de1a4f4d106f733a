"""Keeping questions about costs under a name, and the tenant's own dimensions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from functions.cost.model.explore.dimensions import Own, OwnDimension
from functions.cost.model.explore.fields import check_own
from functions.cost.model.explore.views import CostView, CostViewDraft
from steward.errors import BadInput
from steward.store.collection import every
from steward.store.work import Entities

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Shelf:
    """The saved views and the tenant's own dimensions, who asks, and when."""

    views: Entities[CostView]
    dimensions: Entities[OwnDimension]
    new_id: Callable[[], str]
    actor: str
    now: datetime

    def own(self) -> Own:
        """The tenant's own dimensions."""
        kept = every(lambda after: self.dimensions.list(after=after, limit=_PAGE))
        return {one.name: one for one in kept}


def save(draft: CostViewDraft, *, on: Shelf, id_: str | None = None) -> CostView:
    """Keep a question, in the place of the view of that id if one is given.

    Raises:
        BadInput: it names a dimension that is not defined.
        NotFound: there is no view of that id.
    """
    kept = on.new_id() if id_ is None else on.views.require(id_).id
    question = draft.asked.on(on.now.date())
    check_own([*question.dimensions(), *(one.field for one in question.conditions())], on.own())
    view = CostView(**dict(draft), id=kept, saved_by=on.actor, saved_at=on.now)
    on.views.put(view)
    return view


def remove(id_: str, *, on: Shelf) -> None:
    """Keep a question no more.

    Raises:
        NotFound: there is no view of that id.
    """
    on.views.delete(on.views.require(id_).id)


def define(dimension: OwnDimension, *, on: Shelf) -> OwnDimension:
    """Keep a dimension, in the place of the one of its name."""
    on.dimensions.put(dimension)
    return dimension


def undefine(name: str, *, on: Shelf) -> None:
    """Keep a dimension no more.

    Raises:
        NotFound: there is none of that name.
        BadInput: a saved view goes by it.
    """
    gone = on.dimensions.require(name)
    user = next((view.name for view in _views(on) if _uses(view, name)), None)
    if user is not None:
        raise BadInput(f"dimension {name!r}: view {user!r} goes by it; change that one first")
    on.dimensions.delete(gone.name)


def _views(shelf: Shelf) -> Iterator[CostView]:
    return every(lambda after: shelf.views.list(after=after, limit=_PAGE))


def _uses(view: CostView, name: str) -> bool:
    question = view.asked.on(view.saved_at.date())
    fields = (*question.dimensions(), *(one.field for one in question.conditions()))
    return any(field.own == name for field in fields)
