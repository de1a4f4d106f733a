"""An account's APIs asked with patience: at a shared pace, again after what passes, and counted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from functions.inventory.adapters.paces import Name, Paces
from functions.inventory.model.discovery import Call, Interrupted, Kind
from functions.inventory.ports import Cloud

ATTEMPTS: Final = 6
_SHORTEST: Final = 0.1
_LONGEST: Final = 3.0


class PatientCloud:
    """`Cloud` over another one, which is ``opened`` again after ``renew`` when its credentials have ended."""

    def __init__(
        self,
        opened: Callable[[], Cloud],
        *,
        paces: Paces,
        name: Callable[[str], Name],
        renew: Callable[[], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._open = opened
        self._cloud = opened()
        self._paces = paces
        self._name = name
        self._renew = renew
        self._pause = pause
        self.calls = 0

    def ask(self, call: Call) -> Mapping[str, Any]:
        """The parsed answer to one call.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it failed time and again.
        """
        name = self._name(call.service)
        for attempt in range(1, ATTEMPTS + 1):
            self._paces.take(name)
            self.calls += 1
            try:
                return self._cloud.ask(call)
            except Interrupted as error:
                self._heed(error, name)
                if attempt == ATTEMPTS:
                    raise
                self._pause(random.random() * min(_LONGEST, _SHORTEST * 2**attempt))  # noqa: S311  # jitter
        raise AssertionError("unreachable: the last attempt answers or raises")

    def regions_of(self, service: str) -> frozenset[str]:
        """The regions that have an endpoint of a service."""
        return self._cloud.regions_of(service)

    def _heed(self, error: Interrupted, name: Name) -> None:
        kind = error.problem.kind
        if kind is Kind.THROTTLED:
            self._paces.complain(name)
        elif kind is Kind.EXPIRED:
            self._renew()
            self._cloud = self._open()
