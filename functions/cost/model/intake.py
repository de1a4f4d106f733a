"""How far a delivery has been read: what was made of its files so far, none of which counts yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.focus.statement import Tally, added
from steward.lake.pointer import Segment


class Read(BaseModel):
    """What one file came to: its format and digest, its tally, and its rows in the lake by period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    version: str | None
    digest: str
    tally: Tally
    segments: dict[str, Segment] = Field(default_factory=dict)


class Intake(BaseModel):
    """The files of a delivery that were read, in their order; ``etags`` are those they had at the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    etags: dict[str, str] = Field(default_factory=dict)
    read: tuple[Read, ...] = ()

    def with_(self, more: Sequence[Read]) -> Intake:
        """The intake with more files read."""
        return self.model_copy(update={"read": (*self.read, *more)})

    def tally(self) -> Tally:
        """What all of it came to."""
        return added(one.tally for one in self.read)

    def digest(self, period: str) -> str:
        """What tells the content of a period from others, in whatever order its files come."""
        return " ".join(sorted(one.digest for one in self.read if period in one.segments))[:4000]

    def segments(self, period: str) -> tuple[Segment, ...]:
        """The rows of a period."""
        return tuple(one.segments[period] for one in self.read if period in one.segments)

    def changed(self, etags: Mapping[str, str]) -> list[str]:
        """The files that are not what they were at the start."""
        return [key for key, etag in self.etags.items() if etags.get(key) != etag]
