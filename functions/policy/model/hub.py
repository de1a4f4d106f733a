"""AWS Security Hub in an account: who pushes findings there, and which wait to be pushed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.store.collection import Collection, Index

MOST: Final = 100
ROOM: Final = 240 * 1024
"""Findings and bytes of one request; source: BatchImportFindings, AWS Security Hub API reference."""
ATTEMPTS: Final = 6
PAUSE: Final = timedelta(minutes=1)
"""Changes within it travel together."""
PATIENCE: Final = (1, 2, 5, 15, 60)
"""Minutes to wait after so many failures."""
REFUSALS: Final = frozenset({"InvalidInput", "InvalidInputException"})
"""What does not get better when it is sent again."""


class Hub(BaseModel):
    """An account whose Security Hub gets its findings, and the role that lets Steward in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str
    role: str
    external_id: str
    """What the role's trust policy has to ask for; made up for this tenant."""
    connected_at: AwareDatetime
    connected_by: str


class HubEntry(BaseModel):
    """A finding that is to be pushed; ``refused`` says why it will not be tried again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    finding: str
    account: str
    region: str
    attempts: int = 0
    error: str | None = None
    refused: bool = False

    @property
    def place(self) -> str:
        """Where it goes."""
        return place_of(self.account, self.region)

    def failed(self, code: str, message: str) -> HubEntry:
        """The entry after a failure; not tried again when that would not help."""
        attempts = self.attempts + 1
        error = f"{code}: {message}"[:500]
        refused = code in REFUSALS or attempts >= ATTEMPTS
        return self.model_copy(update={"attempts": attempts, "error": error, "refused": refused})


HUBS = Collection("hubs", Hub, id=lambda hub: hub.account)
# What waits is written at each change of a finding, whose own audit entry says all there is.
HUB_ENTRIES = Collection(
    "hub-entries",
    HubEntry,
    id=lambda entry: entry.finding,
    indexes=(
        Index("by_place", key=lambda e: None if e.refused else e.place, sort=lambda e: e.finding),
        Index("refused", key=lambda e: e.account if e.refused else None, sort=lambda e: e.finding),
    ),
    audit="digest",
)


def place_of(account: str, region: str) -> str:
    """An account's hub in a region."""
    return f"{account}/{region}"


def wait_after(attempts: int) -> timedelta:
    """How long to wait once so many attempts failed."""
    return timedelta(minutes=PATIENCE[min(attempts, len(PATIENCE)) - 1])


def slot(now: datetime) -> datetime:
    """The end of the pause that a moment lies in: changes of one slot share one push."""
    return now.replace(second=0, microsecond=0) + PAUSE


def batches(
    documents: Iterable[Mapping[str, Any]], *, most: int = MOST, room: int = ROOM
) -> Iterator[list[Mapping[str, Any]]]:
    """The documents, in order, cut where a request would be too many or too large.

    One that is too large by itself stands alone: the far side says so of it, and of no other.
    """
    batch: list[Mapping[str, Any]] = []
    held = 0
    for document in documents:
        # Two more for what stands between documents.
        size = len(json.dumps(document).encode()) + 2
        if batch and (len(batch) == most or held + size > room):
            yield batch
            batch, held = [], 0
        batch.append(document)
        held += size
    if batch:
        yield batch
