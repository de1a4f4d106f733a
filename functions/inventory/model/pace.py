"""How fast an account's service may be asked, once it has complained: more by and by, half at a complaint.

Additive increase and multiplicative decrease let the workers that share a pace come to a fair share of
whatever the provider allows, without knowing it (Chiu and Jain, 1989). Where the provider says what it
allows, that is never passed. Pure arithmetic on epoch seconds.
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


class Quota(NamedTuple):
    """What a provider allows: so many calls in any so many seconds."""

    calls: int
    seconds: float

    @property
    def saved(self) -> float:
        """Calls that may be made at once: a third, so that two thirds are left to flow."""
        return float(max(1, self.calls // 3))

    @property
    def rate(self) -> float:
        """Calls a second that with those made at once come to what any window allows."""
        return max(1, self.calls - self.saved) / self.seconds


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


def begun(quota: Quota, *, now: float) -> Pace:
    """The pace that a quota allows from the first call on."""
    return Pace(rate=quota.rate, tokens=quota.saved, at=now, complained_at=now - DEAF)


def complained(pace: Pace | None, *, now: float, quota: Quota | None = None) -> Pace:
    """The pace after the provider asked for a slower one."""
    if pace is None:
        first = FIRST if quota is None else quota.rate / 2
        return Pace(rate=first, tokens=0.0, at=now, complained_at=now)
    flowed = _flowed(pace, now, quota)
    if now - pace.complained_at < DEAF:
        return flowed
    rate = max(SLOWEST if quota is None else quota.rate / 16, flowed.rate / 2)
    return flowed.model_copy(update={"rate": rate, "tokens": 0.0, "complained_at": now})


def lend(pace: Pace, want: int, *, now: float, quota: Quota | None = None) -> Lent:
    """So many calls as there are of those wanted."""
    flowed = _flowed(pace, now, quota)
    calls = min(want, int(flowed.tokens + 1e-9))
    if calls < 1:
        return Lent(flowed, 0, (1 - flowed.tokens) / flowed.rate)
    return Lent(flowed.model_copy(update={"tokens": flowed.tokens - calls}), calls, 0.0)


def _flowed(pace: Pace, now: float, quota: Quota | None = None) -> Pace:
    # A clock behind the last writer's adds nothing.
    passed = max(0.0, now - pace.at)
    rate = min(FASTEST if quota is None else quota.rate, pace.rate + GAIN * passed)
    room = max(1.0, rate * BURST) if quota is None else quota.saved
    tokens = min(room, pace.tokens + passed * (pace.rate + rate) / 2)
    return pace.model_copy(update={"rate": rate, "tokens": tokens, "at": max(now, pace.at)})
