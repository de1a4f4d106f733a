"""Rate limits held in the store: each process leases tokens in blocks and spends them from memory.

A lease is one conditional write, so processes together never spend more than the bucket holds. While a
lease lasts no store is asked; a process that dies forfeits what it held, at most a tenth of a bucket.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import NamedTuple

from steward.edge import buckets
from steward.edge.allowances import Allowances
from steward.edge.buckets import Ask, Bucket
from steward.edge.rates import Rate
from steward.edge.uses import Uses
from steward.errors import NotGranted, Transient
from steward.log import EdgeEvent, log_of
from steward.manifest import LIMITS
from steward.store.records import Key, Put, Store, Transaction

BUCKETS = "buckets"
REMEMBERED = 20_000
_ATTEMPTS = 12
_LONGEST_PAUSE = 0.02
_SERVICE = "limits"


class Name(NamedTuple):
    """A bucket: whose it is, and which of the limits it holds for what."""

    tenant: str
    limit: str
    subject: str

    @property
    def key(self) -> Key:
        """Its place in the store."""
        return Key(LIMITS.name, self.tenant, BUCKETS, f"{self.limit}|{self.subject}")


class Standing(NamedTuple):
    """How a caller stands with one limit after a request."""

    limit: str
    rate: Rate
    allowed: bool
    remaining: int
    reset: float
    """Seconds until a token is there, for a refused request; else until the bucket is full."""


class Lease:
    """What this process holds of a bucket; without a ``size`` it asks for no other before ``until``."""

    __slots__ = ("beyond", "left", "rate", "size", "until")

    def __init__(self, rate: Rate, *, granted: int, until: float, beyond: int) -> None:
        self.rate = rate
        self.size = granted
        self.left = granted
        self.until = until
        self.beyond = beyond


class Limiter:
    """The limits of one process. Not for several threads at once, as nothing in a worker is."""

    def __init__(
        self,
        store: Store,
        *,
        holder: str = "",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._holder = holder or uuid.uuid4().hex[:12]
        self._pause = pause
        self._leases: dict[Name, Lease] = {}
        self.allowances = Allowances(store)
        self.uses = Uses(store)

    def take(self, name: Name, rate: Rate, *, now: float, closed: bool) -> Standing:
        """Spend one token, if there is one.

        Raises:
            Transient: the store cannot say, and without it nothing may pass (``closed``).
        """
        lease = self._leases.get(name)
        if lease is not None and lease.rate == rate and now < lease.until:
            left = lease.left - 1
            if left >= 0:
                lease.left = left
                return _granted(name.limit, rate, left + lease.beyond)
            if not lease.size:
                return Standing(name.limit, rate, False, 0, lease.until - now)  # noqa: FBT003
        return self._renewed(name, rate, lease, now=now, closed=closed)

    def give_back(self, name: Name) -> None:
        """Return the token last spent, for a request that another limit refused."""
        lease = self._leases.get(name)
        if lease is not None and lease.left < lease.size:
            lease.left += 1

    def _renewed(
        self, name: Name, rate: Rate, lease: Lease | None, *, now: float, closed: bool
    ) -> Standing:
        ask = Ask(self._holder, _want(lease, rate, now), _unused(lease, now))
        try:
            lent = self._borrow(name.key, rate, ask, now=now)
        except NotGranted:
            raise
        except Exception as error:  # whatever keeps the store from answering
            if closed:
                raise Transient(
                    f"limit {name.limit!r}: cannot be checked now, and nothing passes unchecked; try again"
                ) from error
            log_of(_SERVICE).error(EdgeEvent.LIMITS_UNREADABLE, limit=name.limit, error=error)
            return self._blindly(name, rate, now=now)
        if not lent.granted:
            pause = buckets.wait(lent.bucket, rate)
            self._keep(name, Lease(rate, granted=0, until=now + pause, beyond=0))
            return Standing(name.limit, rate, False, 0, pause)  # noqa: FBT003
        fresh = Lease(
            rate,
            granted=lent.granted,
            until=now + rate.lease_seconds,
            beyond=int(lent.bucket.tokens),
        )
        return self._spend(name, fresh)

    def _blindly(self, name: Name, rate: Rate, *, now: float) -> Standing:
        # A block for as long as a block takes to flow in: the rate, held by this process alone.
        lease = Lease(rate, granted=rate.block, until=now + rate.lease_seconds, beyond=0)
        lease.size = 0  # no other may follow before this one is over
        return self._spend(name, lease)

    def _spend(self, name: Name, lease: Lease) -> Standing:
        lease.left -= 1
        self._keep(name, lease)
        return _granted(name.limit, lease.rate, lease.left + lease.beyond)

    def _keep(self, name: Name, lease: Lease) -> None:
        if len(self._leases) >= REMEMBERED:
            # A flood from many addresses: what is dropped is forfeited, as after a crash.
            self._leases.clear()
        self._leases[name] = lease

    def _borrow(self, key: Key, rate: Rate, ask: Ask, *, now: float) -> buckets.Lent:
        for attempt in range(_ATTEMPTS):
            record = self._store.of(key.tenant).get(key, now=int(now))
            before = (
                buckets.full(rate, now=now)
                if record is None
                else Bucket.model_validate_json(record.body)
            )
            lent = buckets.lend(before, rate, ask, now=now)
            if not lent.granted and not ask.unused:
                return lent
            put = _put(key, lent.bucket, rate, version=None if record is None else record.version)
            id_ = f"{self._holder}-{uuid.uuid4().hex[:16]}"
            if self._store.commit([Transaction(id_, key.tenant, int(now), (put,))]) == [None]:
                return lent
            self._pause(random.random() * min(_LONGEST_PAUSE, 0.001 * 2**attempt))  # noqa: S311  # spreads retries
        # Whoever is overtaken so often stands in a crowd that the limit is there for.
        return buckets.Lent(Bucket(tokens=0, at=now), 0)


def refusal_of(standings: Sequence[Standing]) -> Standing | None:
    """The standing that refuses the request, if one does."""
    return next((standing for standing in standings if not standing.allowed), None)


def tightest(standings: Sequence[Standing]) -> Standing:
    """The standing that will refuse first."""
    return min(standings, key=lambda standing: (standing.allowed, standing.remaining))


def _granted(limit: str, rate: Rate, remaining: int) -> Standing:
    return Standing(limit, rate, True, remaining, (rate.size - remaining) / rate.per_second)  # noqa: FBT003


def _want(lease: Lease | None, rate: Rate, now: float) -> int:
    """A quarter of a block at first, twice as much after one that was used up, else what was used."""
    if lease is None or not lease.size:
        return max(1, rate.block // 4)
    if now < lease.until:
        return min(rate.block, lease.size * 2)
    return max(1, lease.size - max(0, lease.left))


def _unused(lease: Lease | None, now: float) -> int:
    return lease.left if lease is not None and now < lease.until else 0


def _put(key: Key, bucket: Bucket, rate: Rate, *, version: int | None) -> Put:
    # A bucket left alone is full again after its time: then the row may go.
    expires = int(bucket.at) + 2 * rate.seconds + 1
    return Put(key, version, (version or 0) + 1, bucket.model_dump_json(), expires=expires)
