"""Key frames: whole facts at some entries of a history, so that no instant is far from one.

Which entries have a frame is told by their own ids, so that any order of arrival frames the same ones.
"""

from __future__ import annotations

from typing import Self

from functions.inventory.model.identity import ChangeId, ResourceId
from functions.inventory.model.packing import packed, unpacked
from functions.inventory.model.patch import Json
from functions.inventory.model.resource import Frozen
from steward.store.collection import Collection, Index

_MARKS = frozenset("aeimquy3")
"""A quarter of the 32 digits of an id; a frame is where the last is one, and the one before in the half."""
_HALF = frozenset("abcdefghijklmnop")


class Frame(Frozen):
    """The facts of a resource right after one entry of its history."""

    id: ChangeId
    resource_id: ResourceId
    order: str
    document: dict[str, Json] | None = None
    packed: str | None = None

    @classmethod
    def of(cls, id_: ChangeId, resource: ResourceId, order: str, document: Json) -> Self:
        """A frame that holds the document, deflated when it is large."""
        small = packed(document)
        plain = document if small is None else None
        return cls(id=id_, resource_id=resource, order=order, document=plain, packed=small)

    def facts(self) -> Json:
        """The document of the facts."""
        return self.document if self.packed is None else unpacked(self.packed)


FRAMES = Collection(
    "frames",
    Frame,
    id=lambda frame: frame.id,
    indexes=(Index("by_resource", lambda frame: frame.resource_id, lambda frame: frame.order),),
    audit="none",
)


def has_frame(id_: ChangeId) -> bool:
    """Whether the entry of that id has a frame: one in eight does."""
    return id_[-1] in _MARKS and id_[-2] in _HALF
