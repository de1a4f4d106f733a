"""The closing of a tenant: export, a time to think again, erasure, and the record that stays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.contracts.identity import ExportedFile
from steward.identity.directory import Standing
from steward.store.collection import Collection, Index

SETTLED = timedelta(minutes=2)
"""Longer than any process remembers that a tenant was served, so that nothing of it is written later."""
NEXT_ROUND = timedelta(minutes=10)
"""Longer than messages under way, or indexes, are late."""
MAX_ROUNDS = 5
LAST_TRACES = timedelta(days=45)
"""Inbox marks and outbox items of the tenant's last commits expire by then, on their own."""


class ClosingState(StrEnum):
    """Where a closing stands."""

    EXPORTING = "exporting"
    WAITING = "waiting"
    ERASING = "erasing"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Part(BaseModel):
    """What a concern reported: items by collection."""

    model_config = ConfigDict(frozen=True)

    concern: str
    counts: Mapping[str, int]
    files: tuple[ExportedFile, ...] = ()


class Closing(BaseModel):
    """One closing of one tenant; the newest is kept under the tenant's id in the system tenant.

    ``erased`` counts the items of all rounds; ``digest`` seals the record when it is done.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str
    state: ClosingState = ClosingState.EXPORTING
    reason: str
    requested_by: str
    requested_at: AwareDatetime
    grace_days: int
    erase_after: AwareDatetime | None = None
    cancelled_by: str = ""
    before: Standing = Standing.ACTIVE
    """How the tenant stood, and stands again when the closing is taken back."""
    exported: tuple[Part, ...] = ()
    manifest: ExportedFile | None = None
    round: int = 0
    reported: tuple[str, ...] = ()
    """Concerns that are done with this round."""
    touched: int = 0
    """Items of this round."""
    erased: Mapping[str, int] = {}
    erased_at: AwareDatetime | None = None
    traces_until: AwareDatetime | None = None
    digest: str = ""

    def with_export(self, part: Part) -> Closing:
        """With one more concern's export; a repeated report changes nothing."""
        if part.concern in {each.concern for each in self.exported}:
            return self
        return self.model_copy(update={"exported": (*self.exported, part)})

    def with_round(self, part: Part, round_: int) -> Closing:
        """With one more concern done with the round; a repeated or late report changes nothing."""
        if round_ != self.round or part.concern in self.reported:
            return self
        erased = dict(self.erased)
        for name, count in part.counts.items():
            place = f"{part.concern}/{name}" if name == "objects" else name
            erased[place] = erased.get(place, 0) + count
        return self.model_copy(
            update={
                "reported": (*self.reported, part.concern),
                "touched": self.touched + sum(part.counts.values()),
                "erased": erased,
            }
        )

    def begun_round(self, round_: int) -> Closing:
        """At the beginning of a round."""
        return self.model_copy(
            update={
                "state": ClosingState.ERASING,
                "round": round_,
                "reported": (),
                "touched": 0,
            }
        )

    def done(self, *, now: datetime) -> Closing:
        """At its end, sealed: only what is no secret and names nobody is left."""
        last = self.model_copy(
            update={
                "state": ClosingState.CLOSED,
                "erased_at": now,
                "traces_until": now + LAST_TRACES,
                "exported": tuple(part.model_copy(update={"files": ()}) for part in self.exported),
            }
        )
        return last.model_copy(update={"digest": last.sealed()})

    def sealed(self) -> str:
        """The SHA-256 of everything else, as JSON with sorted keys."""
        body = self.model_dump(mode="json", exclude={"digest"})
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


CLOSINGS = Collection(
    "closings",
    Closing,
    id=lambda closing: closing.id,
    indexes=(
        Index("by_tenant", lambda each: each.tenant, lambda each: each.requested_at.isoformat()),
    ),
)
