"""What the inventory's use cases work on: its collections, and the way to tell others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.model.frames import Frame
from functions.inventory.model.graph.edges import Edge
from functions.inventory.model.identity import ChangeId
from functions.inventory.model.resource import Change, Resource
from functions.inventory.model.unlisted import Unlisted
from steward.contracts.event import Event
from steward.store.work import Entities

WALK = 2_000
"""Entries one reading of a history goes back over at most."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The resources, their changes and ties, and what the current commit has room for."""

    resources: Entities[Resource]
    changes: Entities[Change]
    publish: Callable[[Event], None]
    staged: Callable[[], int]
    edges: Entities[Edge]
    frames: Entities[Frame]
    unlisted: Entities[Unlisted]

    @property
    def now(self) -> datetime:
        """When what is written now is recorded."""
        return self.resources.work.now

    def back_from(self, resource: Resource) -> Iterator[Change]:
        """A resource's history from its newest entry, by the chain: consistent, unlike an index."""
        return self.chain(resource.latest)

    def chain(self, latest: ChangeId) -> Iterator[Change]:
        """The history from one entry back to the first."""
        next_id: str | None = latest
        while next_id is not None:
            change = self.changes.require(next_id)
            yield change
            next_id = change.previous
