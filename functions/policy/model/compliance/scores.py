"""Scores as they are kept: one document per framework and day, and where the newest standing lies."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.policy.model.compliance.assessment import Score
from functions.policy.model.compliance.standing import Place
from steward.store.collection import Collection, Index, Retention

NEWEST = "newest"


class AccountTotal(BaseModel):
    """One account's score."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    account: str
    total: Score

    @property
    def place(self) -> Place:
        """The account."""
        return Place(self.provider, self.account)


class DayScore(BaseModel):
    """How a framework stood on a day; a later count of the same day takes its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    framework: str
    day: date
    at: AwareDatetime
    total: Score
    sections: dict[str, Score] = Field(default_factory=dict)
    accounts: tuple[AccountTotal, ...] = ()

    @property
    def id(self) -> str:
        """Framework and day."""
        return f"{self.framework}/{self.day.isoformat()}"


class Newest(BaseModel):
    """Where the newest standing lies, and when it was counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = NEWEST
    key: str
    at: AwareDatetime
    resources: int = Field(ge=0)
    before: str | None = None
    """The one before, which readers of a moment ago may still be at."""


SCORES = Collection(
    "scores",
    DayScore,
    id=lambda score: score.id,
    indexes=(Index("by_framework", key=lambda s: s.framework, sort=lambda s: s.day.isoformat()),),
    # What it follows from has entries of its own.
    audit="digest",
    retention=Retention(since=lambda score: score.at, days=1_100, bounds=(90, 3_650)),
)
STANDINGS = Collection("standings", Newest, id=lambda newest: newest.id, audit="digest")
