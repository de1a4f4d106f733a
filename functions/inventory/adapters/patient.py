"""An account's APIs asked with patience: at a shared pace, again after what passes, and counted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from functions.inventory.adapters.paces import Name, Paces
from functions.inventory.model.discovery import Call, Interrupted, Kind
from functions.inventory.model.pace import Quota
from functions.inventory.ports import Cloud

ATTEMPTS: Final = 6
_SHORTEST: Final = 0.1
_LONGEST: Final = 3.0

T = TypeVar("T")


class Patience:
    """Calls of one account, each made again while what failed may pass; ``renew`` when it has ended."""

    def __init__(
        self,
        paces: Paces,
        *,
        renew: Callable[[], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._paces = paces
        self._renew = renew
        self._pause = pause
        self.calls = 0

    def ask(self, name: Name, call: Callable[[], T], *, quota: Quota | None = None) -> T:
        """What a call answers, within a quota where there is one.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it failed time and again.
        """
        for attempt in range(1, ATTEMPTS + 1):
            self._paces.take(name, quota)
            self.calls += 1
            try:
                return call()
            except Interrupted as error:
                self._heed(error, name, quota)
                if attempt == ATTEMPTS:
                    raise
                self._pause(random.random() * min(_LONGEST, _SHORTEST * 2**attempt))  # noqa: S311  # jitter
        raise AssertionError("unreachable: the last attempt answers or raises")

    def _heed(self, error: Interrupted, name: Name, quota: Quota | None) -> None:
        kind = error.problem.kind
        if kind is Kind.THROTTLED:
            self._paces.complain(name, quota)
        elif kind is Kind.EXPIRED:
            self._renew()


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
        self._name = name
        self._renew = renew
        self._patience = Patience(paces, renew=self._reopened, pause=pause)

    @property
    def calls(self) -> int:
        """The calls made so far."""
        return self._patience.calls

    def ask(self, call: Call) -> Mapping[str, Any]:
        """The parsed answer to one call.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it failed time and again.
        """
        return self._patience.ask(self._name(call.service), lambda: self._cloud.ask(call))

    def regions_of(self, service: str) -> frozenset[str]:
        """The regions that have an endpoint of a service."""
        return self._cloud.regions_of(service)

    def _reopened(self) -> None:
        self._renew()
        self._cloud = self._open()
