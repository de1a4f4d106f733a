"""Token buckets that several processes share by leases: pure arithmetic, no clock and no store.

At every instant the tokens in a bucket and those out on lease are together at most its size. What is
admitted in any stretch of time is therefore at most the size plus what flows in meanwhile.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from steward.edge.rates import Rate

HOLDERS = 64
"""Beyond so many leases at once, tokens go out one by one: a row stays small."""
_WHOLE = 1 - 1e-6
"""What counts as a whole token: instants in epoch seconds are exact to less than a microsecond."""
_LEFT_FOR_OTHERS = 4
"""A lease takes at most this fraction of what is left, so that the last tokens reach whoever asks."""


class Holding(NamedTuple):
    """Tokens that a process may still use, until then."""

    holder: str
    tokens: int
    until: float


class Bucket(BaseModel):
    """A bucket as it is stored: its tokens at an instant (epoch seconds) and who holds some."""

    model_config = ConfigDict(frozen=True)

    tokens: float
    at: float
    held: tuple[Holding, ...] = ()


class Ask(NamedTuple):
    """What a process asks for: ``want`` tokens, and ``unused`` ones of its last lease given back."""

    holder: str
    want: int
    unused: int = 0


class Lent(NamedTuple):
    """The bucket afterwards, and the tokens granted; one of them is used at once."""

    bucket: Bucket
    granted: int


def full(rate: Rate, *, now: float) -> Bucket:
    """A bucket that nobody has used yet."""
    return Bucket(tokens=rate.size, at=now)


def flowed(bucket: Bucket, rate: Rate, *, now: float) -> Bucket:
    """The bucket at a later instant; a clock that runs behind the last writer's adds nothing."""
    tokens, at = bucket.tokens, bucket.at
    end = max(now, at)
    held = sorted(bucket.held, key=lambda holding: holding.until)
    while held and held[0].until <= end:
        # Only from here on may the bucket fill up what this lease kept empty.
        until = max(held[0].until, at)
        tokens, at = _grown(tokens, rate, held, until - at), until
        del held[0]
    return Bucket(tokens=_grown(tokens, rate, held, end - at), at=end, held=tuple(held))


def lend(bucket: Bucket, rate: Rate, ask: Ask, *, now: float) -> Lent:
    """Grant what there is, up to a block; nothing when there is not one whole token."""
    current = flowed(bucket, rate, now=now)
    mine = next((h for h in current.held if h.holder == ask.holder), None)
    others = tuple(h for h in current.held if h.holder != ask.holder)
    back = 0 if mine is None else min(ask.unused, mine.tokens)
    tokens = current.tokens + back
    granted = _granted(tokens, rate, ask, holders=len(others))
    held = others
    if granted > 1:
        held = (*others, Holding(ask.holder, granted - 1, current.at + rate.lease_seconds))
    return Lent(Bucket(tokens=max(0.0, tokens - granted), at=current.at, held=held), granted)


def wait(bucket: Bucket, rate: Rate) -> float:
    """Seconds until there is a whole token, if nobody else takes it."""
    held = sorted(bucket.held, key=lambda holding: holding.until)
    tokens, at = bucket.tokens, bucket.at
    while True:
        room = _room(rate, held)
        needed = at + max(0.0, 1 - tokens) / rate.per_second
        if not held or (room >= 1 and needed <= held[0].until):
            return needed - bucket.at
        until = max(held[0].until, at)
        tokens, at = _grown(tokens, rate, held, until - at), until
        del held[0]


def seconds(duration: float) -> int:
    """A duration as a header says it: whole seconds, rounded up, at least one."""
    return max(1, math.ceil(duration))


def _granted(tokens: float, rate: Rate, ask: Ask, *, holders: int) -> int:
    if tokens < _WHOLE:
        return 0
    if holders >= HOLDERS:
        return 1
    return max(1, min(ask.want, rate.block, int(tokens / _LEFT_FOR_OTHERS)))


def _grown(tokens: float, rate: Rate, held: list[Holding], duration: float) -> float:
    return max(0.0, min(_room(rate, held), tokens + duration * rate.per_second))


def _room(rate: Rate, held: list[Holding]) -> int:
    return rate.size - sum(holding.tokens for holding in held)
