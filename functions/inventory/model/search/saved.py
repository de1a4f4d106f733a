"""Searches that are kept under a name."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from functions.inventory.model.resource import Frozen
from functions.inventory.model.search.query import Order, Wanted
from steward.store.collection import Collection


class ViewDraft(Frozen):
    """A search to be kept: its name, what is wanted, and in which order."""

    name: str = Field(min_length=1, max_length=100)
    wanted: Wanted = Wanted()
    sort: str | None = Field(default=None, max_length=64)

    def checked(self) -> ViewDraft:
        """The same, if it can be carried out.

        Raises:
            BadInput: a condition or the order cannot be read.
        """
        self.wanted.conditions()
        Order.parse(self.sort)
        return self


class SavedView(ViewDraft):
    """A search that is kept; ``saved_by`` is who wrote it last."""

    id: str
    saved_by: str
    saved_at: AwareDatetime


VIEWS: Collection[SavedView] = Collection("views", SavedView, id=lambda view: view.id)
