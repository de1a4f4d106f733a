"""What the use cases need of the outside."""

from __future__ import annotations

from typing import Protocol, TypeVar

from pydantic import BaseModel

from steward.contracts.event import Event
from steward.store.collection import Page

E = TypeVar("E", bound=BaseModel)


class Entities(Protocol[E]):
    """The kept entities of one kind."""

    def get(self, entity_id: str, /) -> E | None:
        """The entity, if it exists."""
        ...

    def require(self, entity_id: str, /) -> E:
        """The entity; NotFound without it."""
        ...

    def put(self, entity: E, /) -> None:
        """Keep the entity in the place of what was read."""
        ...

    def list(self, *, after: str | None = None, limit: int = 50) -> Page[E]:
        """Some entities by id."""
        ...

    def query(
        self,
        *,
        index: str,
        key: str,
        after: str | None = None,
        limit: int = 50,
        descending: bool = False,
    ) -> Page[E]:
        """Some entities by an index."""
        ...


class Publish(Protocol):
    """Sends an event with the commit."""

    def __call__(self, event: Event, /) -> None:
        """Send it, or nothing when the commit fails."""
        ...
