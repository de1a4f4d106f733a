"""Guessing slowed down: how often somebody may try before they must wait, and for how long.

Counted before the guess is looked at, by what was typed, whether or not there is such a user: so nobody
learns from a wait who has an account. A person is kept waiting by strangers for minutes at most.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.store.collection import Collection

FORGOTTEN = timedelta(hours=24)


class Patience(NamedTuple):
    """How many tries are free, the first wait after those, and the longest."""

    free: int
    first: timedelta
    longest: timedelta


FROM_ONE_PLACE = Patience(5, timedelta(seconds=30), timedelta(hours=1))
FROM_ANYWHERE = Patience(50, timedelta(seconds=15), timedelta(minutes=5))


class Attempts(BaseModel):
    """How often something was tried since it last succeeded."""

    model_config = ConfigDict(frozen=True)

    id: str
    count: int = 0
    open_at: AwareDatetime
    last_at: AwareDatetime


ATTEMPTS = Collection(
    "attempts",
    Attempts,
    id=lambda attempts: attempts.id,
    expires=lambda attempts: attempts.last_at + FORGOTTEN,
    audit="none",
    listed=False,
)


def attempts_id(*parts: str) -> str:
    """The id under which tries of one kind are counted; says nothing of whom they were about."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def wait(attempts: Attempts | None, *, now: datetime) -> timedelta:
    """How long until the next try is looked at."""
    return timedelta(0) if attempts is None else max(timedelta(0), attempts.open_at - now)


def tried(attempts: Attempts | None, id_: str, patience: Patience, *, now: datetime) -> Attempts:
    """The count with one more try, and when the next one may follow."""
    count = 1 if attempts is None else attempts.count + 1
    over = count - patience.free
    pause = timedelta(0)
    if over >= 0:
        pause = min(patience.first * 2 ** min(over, 20), patience.longest)
    return Attempts(id=id_, count=count, open_at=now + pause, last_at=now)
