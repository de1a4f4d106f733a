"""What the inventory needs of the clouds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from functions.inventory.model.discovery import Call, Found, Part


class Discovery(Protocol):
    """Everything there is in one account, subscription or project."""

    def parts(self) -> Iterator[Part]:
        """What to list, in pieces that can be listed side by side.

        Raises:
            Refused: the provider does not say which regions there are.
            Interrupted: it did not answer.
        """
        ...

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of a part from a cursor on, fetched one by one as they are asked for.

        Raises:
            Interrupted: throttled, expired, unreachable: its cursor says where to take it up again.
            BadInput: the cursor is none of this part's.
        """
        ...


class Cloud(Protocol):
    """One account's APIs; a sweep wraps it to slow down and to count."""

    def ask(self, call: Call) -> Mapping[str, Any]:
        """The parsed answer to one call.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        ...

    def regions_of(self, service: str) -> frozenset[str]:
        """The regions that have an endpoint of a service, as far as is known; empty when unknown."""
        ...
