"""One message to one endpoint: its attempts, its retries and its end."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.notify.model.notice import Notice
from steward.identity.items import Facts

KEPT_FOR = timedelta(days=90)
EXCERPT = 500
LONGEST_WAIT = timedelta(hours=24)

# The example schedule of the specification, section "Automatic retries":
# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MAX_ATTEMPTS = len(RETRIES) + 1
_JITTER = 0.1


class Verdict(StrEnum):
    """What an attempt came to."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    REFUSED = "refused"
    GONE = "gone"


class Outcome(NamedTuple):
    """One attempt: the verdict, and what the far side said."""

    verdict: Verdict
    took: timedelta
    status: int | None = None
    error: str = ""
    excerpt: str = ""
    retry_after: timedelta | None = None


class Attempt(BaseModel):
    """One line of the delivery log."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: AwareDatetime
    verdict: Verdict
    status: int | None
    took_ms: int
    error: str
    excerpt: str


class DeliveryStatus(StrEnum):
    """Where a delivery stands; ``suppressed`` ones were withheld by a quiet time."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD_LETTERED = "dead-lettered"
    SUPPRESSED = "suppressed"


class Delivery(BaseModel):
    """One event on its way to one endpoint, with the log of attempts.

    ``series`` counts the attempts since the last replay: that is what retries are planned by, while
    ``attempts`` keeps the whole history's tail.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    endpoint_id: str
    route_id: str
    notice: Notice
    status: DeliveryStatus = DeliveryStatus.PENDING
    reason: str = ""
    tried: int = 0
    series: int = 0
    attempts: tuple[Attempt, ...] = ()
    next_at: AwareDatetime | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime

    def facts(self) -> Facts:
        """What access is decided by: where the resource is that the message tells of."""
        told = self.notice
        return Facts(self.id, told.provider, told.account, told.tags)

    @property
    def webhook_id(self) -> str:
        """The id that every attempt carries, so that the receiver can tell a repeat."""
        return f"msg_{self.id}"

    def awaits(self, attempt: int) -> bool:
        """Whether this attempt is the one to make now; a stale or repeated timer is not."""
        return self.status is DeliveryStatus.PENDING and attempt == self.tried + 1

    def suppressed(self, reason: str, *, now: datetime) -> Delivery:
        """The delivery, withheld."""
        return self._ended(DeliveryStatus.SUPPRESSED, reason, now=now)

    def arrived(self, *, now: datetime) -> Delivery:
        """The delivery, taken by the far side."""
        return self._ended(DeliveryStatus.DELIVERED, "", now=now)

    def given_up(self, reason: str, *, now: datetime) -> Delivery:
        """The delivery, which waits for a replay by hand."""
        return self._ended(DeliveryStatus.DEAD_LETTERED, reason, now=now)

    def replayed(self, *, now: datetime) -> Delivery:
        """The delivery, due again from the first retry on, under the same webhook id."""
        return self.model_copy(
            update={
                "status": DeliveryStatus.PENDING,
                "reason": "",
                "series": 0,
                "next_at": now,
                "updated_at": now,
            }
        )

    def after(self, outcome: Outcome, *, now: datetime) -> Delivery:
        """The delivery after one more attempt."""
        tried = self._logged(outcome, now=now)
        if outcome.verdict is Verdict.ACCEPTED:
            return tried.arrived(now=now)
        if outcome.verdict is not Verdict.FAILED:
            return tried.given_up(outcome.error, now=now)
        if tried.series >= MAX_ATTEMPTS:
            return tried.given_up(f"{tried.series} attempts failed: {outcome.error}", now=now)
        wait = retry_wait(self.id, tried.series, retry_after=outcome.retry_after)
        return tried.model_copy(update={"next_at": now + wait})

    def _logged(self, outcome: Outcome, *, now: datetime) -> Delivery:
        attempt = Attempt(
            number=self.tried + 1,
            at=now,
            verdict=outcome.verdict,
            status=outcome.status,
            took_ms=round(outcome.took.total_seconds() * 1000),
            error=outcome.error[:EXCERPT],
            excerpt=outcome.excerpt[:EXCERPT],
        )
        return self.model_copy(
            update={
                "tried": attempt.number,
                "series": self.series + 1,
                "attempts": (*self.attempts, attempt)[-2 * MAX_ATTEMPTS :],
                "updated_at": now,
            }
        )

    def _ended(self, status: DeliveryStatus, reason: str, *, now: datetime) -> Delivery:
        return self.model_copy(
            update={"status": status, "reason": reason, "next_at": None, "updated_at": now}
        )


def delivery_id(event_id: str, endpoint_id: str) -> str:
    """The one delivery of an event to an endpoint, however often the event arrives."""
    return hashlib.sha256(f"{event_id}\x1f{endpoint_id}".encode()).hexdigest()[:32]


def retry_wait(id_: str, series: int, *, retry_after: timedelta | None) -> timedelta:
    """How long to wait after so many failures: the plan, spread by up to a tenth, or as asked for."""
    planned = RETRIES[series - 1]
    # Spread by the id and not by chance: a rerun of the same message plans the same time.
    dice = hashlib.sha256(f"{id_}\x1f{series}".encode()).digest()
    spread = planned * (_JITTER * int.from_bytes(dice[:4]) / 2**32)
    return max(planned + spread, min(retry_after or timedelta(0), LONGEST_WAIT))
