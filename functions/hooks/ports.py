"""What the public door needs: the sources, and a keeper of secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from functions.hooks.model.source import HookSource
from steward.contracts.event import Event
from steward.store.collection import Collection

SOURCES = Collection("sources", HookSource, id=lambda source: source.id)

Publish = Callable[[Event], None]


class Vault(Protocol):
    """Secret values by name."""

    def get(self, name: str) -> str:
        """The value.

        Raises:
            NotFound: there is none of that name.
        """
        ...

    def put(self, name: str, value: str) -> None:
        """Set the value."""
        ...

    def delete(self, name: str) -> None:
        """Remove the value."""
        ...


class Mint(NamedTuple):
    """Randomness: tokens in hexadecimal, and Standard Webhooks keys."""

    token: Callable[[], str]
    webhook_key: Callable[[], str]
