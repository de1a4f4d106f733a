"""What the trail keeps beside the chain: what people asked of it, jobs, gaps, and how far it has looked."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.audit.model.verification import Fault
from steward.store.collection import Collection

Asked: TypeAlias = Literal["export", "opening", "verification"]


class Request(BaseModel):
    """Somebody took the trail out, opened what is sealed in it, or had it verified."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: Asked
    by: str
    at: AwareDatetime
    first: int
    last: int


class Wrong(BaseModel):
    """One finding of a verification."""

    model_config = ConfigDict(frozen=True)

    n: int
    fault: Fault
    detail: str


class Job(BaseModel):
    """A verification: how far it is, and what it came to."""

    model_config = ConfigDict(frozen=True)

    id: str
    status: Literal["waiting", "running", "done"]
    checked: int
    total: int
    heads: int = 0
    covered: int = 0
    intact: bool | None = None
    findings: tuple[Wrong, ...] = ()
    asked_by: str
    asked_at: AwareDatetime
    done_at: AwareDatetime | None = None


class Gap(BaseModel):
    """A commit that was found missing; it is told of once."""

    model_config = ConfigDict(frozen=True)

    commit: str
    table: str
    found_at: AwareDatetime
    healed_at: AwareDatetime | None


class Alarm(BaseModel):
    """A fault that was told of once."""

    model_config = ConfigDict(frozen=True)

    n: int
    fault: Fault
    since: AwareDatetime


class Watermark(BaseModel):
    """Up to when commits were held against the chains; kept in the system tenant."""

    model_config = ConfigDict(frozen=True)

    until: AwareDatetime


WATERMARK = "gaps"

# Taking the trail out is itself a deed: these alone of all that is kept here leave an entry.
REQUESTS = Collection("requests", Request, id=lambda request: request.id)
# The rest is what machines note about the chain, which holds the facts.
JOBS = Collection("jobs", Job, id=lambda job: job.id, audit="none")
GAPS = Collection("gaps", Gap, id=lambda gap: gap.commit, audit="none")
ALARMS = Collection("alarms", Alarm, id=lambda alarm: f"{alarm.n}/{alarm.fault}", audit="none")
WATERMARKS = Collection("watermarks", Watermark, id=lambda _: WATERMARK, audit="none")
