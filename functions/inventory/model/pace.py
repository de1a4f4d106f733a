"""How fast an account's service may be asked, once it has complained: more by and by, half at a complaint.

Additive increase and multiplicative decrease let the workers that share a pace come to a fair share of
whatever the provider allows, without knowing it (Chiu and Jain, 1989). Pure arithmetic on epoch seconds.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

SLOWEST: Final = 0.5
"""Calls a second below which no complaint brings a pace."""
FIRST: Final = 10.0
"""Calls a second after the first complaint."""
FASTEST: Final = 200.0
"""Calls a second from which on there is no pace any more."""
GAIN: Final = 1.0
"""Calls a second that a pace gains in every second without a complaint."""
DEAF: Final = 1.0
"""Seconds in which further complaints say the same as the first one."""
BURST: Final = 1.0
"""Seconds whose calls may be saved up."""


class Pace(BaseModel):
    """So many calls a second, and those saved up at an instant."""

    model_config = ConfigDict(frozen=True)

    rate: float
    tokens: float
    at: float
    complained_at: float

    @property
    def over(self) -> bool:
        """Whether nothing is held back any more."""
        return self.rate >= FASTEST


class Lent(NamedTuple):
    """The pace afterwards, how many calls may be made, and how long to wait when there are none."""

    pace: Pace
    calls: int
    wait: float


def complained(pace: Pace | None, *, now: float) -> Pace:
    """The pace after the provider asked for a slower one."""
    if pace is None:
        return Pace(rate=FIRST, tokens=0.0, at=now, complained_at=now)
    flowed = _flowed(pace, now)
    if now - pace.complained_at < DEAF:
        return flowed
    rate = max(SLOWEST, flowed.rate / 2)
    return flowed.model_copy(update={"rate": rate, "tokens": 0.0, "complained_at": now})


def lend(pace: Pace, want: int, *, now: float) -> Lent:
    """So many calls as there are of those wanted."""
    flowed = _flowed(pace, now)
    calls = min(want, int(flowed.tokens + 1e-9))
    if calls < 1:
        return Lent(flowed, 0, (1 - flowed.tokens) / flowed.rate)
    return Lent(flowed.model_copy(update={"tokens": flowed.tokens - calls}), calls, 0.0)


def _flowed(pace: Pace, now: float) -> Pace:
    # A clock behind the last writer's adds nothing.
    passed = max(0.0, now - pace.at)
    rate = min(FASTEST, pace.rate + GAIN * passed)
    room = max(1.0, rate * BURST)
    tokens = min(room, pace.tokens + passed * (pace.rate + rate) / 2)
    return pace.model_copy(update={"rate": rate, "tokens": tokens, "at": max(now, pace.at)})
