"""Faults between a botocore client and its service, of the two kinds that differ in what they leave.

Not applied: the request never arrives, or is turned away. Applied, reply lost: the service did it, and
the caller hears nothing of that. Under moto the first kind has to raise ahead of moto's own handler: a
response returned instead would still let moto apply the request, since botocore asks every handler.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)


class Kind(StrEnum):
    """What the service made of a request that met a fault."""

    NOT_APPLIED = "not applied"
    REPLY_LOST = "applied, reply lost"


_URL = "https://service.invalid"
_BEFORE: tuple[Callable[[], Exception], ...] = (
    lambda: EndpointConnectionError(endpoint_url=_URL),
    lambda: ConnectionClosedError(endpoint_url=_URL),
    lambda: _turned_away("ThrottlingException", 400),
    lambda: _turned_away("ProvisionedThroughputExceededException", 400),
    lambda: _turned_away("ServiceUnavailable", 503),
)
_AFTER: tuple[Callable[[], Exception], ...] = (
    lambda: ReadTimeoutError(endpoint_url=_URL),
    lambda: ConnectionClosedError(endpoint_url=_URL),
    lambda: _turned_away("InternalServerError", 500),
)


@dataclass(slots=True)
class Faults:
    """Meets calls of the named operations with a fault, at a rate; counts those that landed."""

    rate: float
    operations: frozenset[str]
    rng: random.Random
    kinds: tuple[Kind, ...] = tuple(Kind)
    landed: Counter[Kind] = field(default_factory=Counter)
    _due: Kind | None = None

    def attach(self, client: Any) -> None:
        """Stand on both sides of whatever answers the client's requests."""
        # At moto's own level of the event's name: more special names are all served before it.
        client.meta.events.register_first("before-send", self._ahead)
        client.meta.events.register_last("before-send", self._behind)

    def _ahead(self, *, event_name: str, **_: Any) -> None:
        concerned = event_name.rpartition(".")[2] in self.operations
        hit = concerned and self.rng.random() < self.rate
        self._due = self.rng.choice(self.kinds) if hit else None
        if self._due is Kind.NOT_APPLIED:
            self._land(_BEFORE)

    def _behind(self, **_: Any) -> None:
        if self._due is Kind.REPLY_LOST:
            self._land(_AFTER)

    def _land(self, choices: tuple[Callable[[], Exception], ...]) -> None:
        if self._due is not None:
            self.landed[self._due] += 1
        fault = self.rng.choice(choices)()
        raise fault


def _turned_away(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "injected"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Injected")
