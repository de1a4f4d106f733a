"""One thing done to many findings, a few at a time, with what came of each."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.policy.model.status import Worked
from steward.store.collection import Collection

MOST: Final = 500
"""Findings of one job: with what came of each it stays well below the largest item of a store."""
KEPT: Final = timedelta(days=30)
DONE: Final = "done"


class _Action(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Move(_Action):
    """Bring the findings to a status."""

    do: Literal["status"]
    status: Worked


class Assign(_Action):
    """Give the findings to somebody, or nobody."""

    do: Literal["assign"]
    assignee: str | None = Field(min_length=1, max_length=200)


class Say(_Action):
    """Write the same remark on each of the findings."""

    do: Literal["comment"]
    text: str = Field(min_length=1, max_length=4_000)


Action: TypeAlias = Annotated[Move | Assign | Say, Field(discriminator="do")]


class Bulk(BaseModel):
    """A job: its findings, and the outcome (``done``, or why not) of those it has come to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    by: str
    at: AwareDatetime
    action: Action
    findings: tuple[str, ...]
    outcomes: tuple[str, ...] = ()

    @property
    def left(self) -> tuple[str, ...]:
        """The findings it has not come to."""
        return self.findings[len(self.outcomes) :]


BULKS = Collection(
    "bulks",
    Bulk,
    id=lambda bulk: bulk.id,
    expires=lambda bulk: bulk.at + KEPT,
    # What it does to each finding is in the audit trail with the finding.
    audit="digest",
)
