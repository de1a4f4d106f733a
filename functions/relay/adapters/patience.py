"""Backing off within the time that the invocation has left."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 5.0
_RESERVE_SECONDS = 5.0
"""Kept back for settling timers and for the answer."""


class UntilDeadline:
    """`functions.relay.ports.Patience`: doubling pauses with full jitter until the reserve is reached."""

    def __init__(
        self,
        remaining_ms: Callable[[], int],
        *,
        sleep: Callable[[float], None] = time.sleep,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self._remaining_ms = remaining_ms
        self._sleep = sleep
        self._rng = rng

    def wait(self, attempt: int) -> bool:
        """Pause before the attempt of that number; False when the time is too short."""
        ceiling = min(_FIRST_SECONDS * 2**attempt, _LONGEST_SECONDS)
        if self._remaining_ms() / 1000 - ceiling < _RESERVE_SECONDS:
            return False
        self._sleep(ceiling * self._rng())
        return True
