"""What access needs of the outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from functions.access.model.policies import Revision
from steward.contracts.event import Event
from steward.identity.directory import Access, ApiKey, Principal, Standing
from steward.store.work import Entities


class Publish(Protocol):
    """How an event is published."""

    def __call__(self, event: Event) -> None:
        """Publish the event with the commit."""
        ...


class Register(Protocol):
    """The tenant's part of the directory, and how the tenant itself stands."""

    @property
    def access(self) -> Entities[Access]:
        """Its policies and projects."""
        ...

    @property
    def principals(self) -> Entities[Principal]:
        """Its users and service accounts."""
        ...

    @property
    def keys(self) -> Entities[ApiKey]:
        """Its API keys."""
        ...

    @property
    def revisions(self) -> Entities[Revision]:
        """Its policies over time."""
        ...

    @property
    def standing(self) -> Callable[[], Standing]:
        """Whether the tenant is served."""
        ...
