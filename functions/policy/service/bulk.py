"""Doing one thing to all findings that a filter takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.policy.model.bulk import DONE, MOST, Action, Assign, Bulk, Move, Say
from functions.policy.model.finding import Finding
from functions.policy.ports import NewId, Publish
from functions.policy.service.findings import FindingDetail, FindingsWanted, find
from functions.policy.service.triage import AssignRequest, CommentRequest, StatusRequest, Triage
from steward.contracts.policy import BulkContinued
from steward.errors import Permanent
from steward.store.work import Entities

AT_ONCE: Final = 25
"""Findings of one message: each stages at most three items."""
_PAGE: Final = 200
_REASON: Final = 200


class BulkRequest(BaseModel):
    """Do ``action`` to the findings that ``wanted`` takes, from ``cursor`` on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wanted: FindingsWanted
    action: Action
    cursor: str | None = None


class BulkOutcome(BaseModel):
    """What came of one finding: ``done``, ``waiting``, or why it was refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    finding: str
    outcome: str


class BulkView(BaseModel):
    """A job with what came of each finding; ``cursor`` is where a further job goes on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    by: str
    at: AwareDatetime
    findings: int
    done: int
    refused: int
    waiting: int
    outcomes: tuple[BulkOutcome, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulks:
    """The jobs of a tenant, in one Work."""

    bulks: Entities[Bulk]
    findings: Entities[Finding]
    triage: Triage
    publish: Publish
    new_id: NewId
    now: datetime
    by: str

    def begin(
        self,
        request: BulkRequest,
        visible: Callable[[Sequence[FindingDetail]], Sequence[FindingDetail]],
    ) -> BulkView:
        """Note which findings the caller may do it to, up to 500, and begin."""
        chosen: list[str] = []
        cursor = request.cursor
        while len(chosen) < MOST:
            limit = min(_PAGE, MOST - len(chosen))
            page = find(request.wanted, findings=self.findings, cursor=cursor, limit=limit)
            chosen += [each.id for each in visible(page.items)]
            cursor = page.cursor
            if cursor is None:
                break
        job = Bulk(
            id=self.new_id(),
            by=self.by,
            at=self.now,
            action=request.action,
            findings=tuple(dict.fromkeys(chosen)),
        )
        self.bulks.add(job)
        if job.left:
            self.publish(BulkContinued(bulk_id=job.id, after=0))
        return shown(job).model_copy(update={"cursor": cursor})

    def go_on(self, event: BulkContinued) -> None:
        """Do the next few; a repeated or late message does nothing."""
        job = self.bulks.get(event.bulk_id)
        if job is None or len(job.outcomes) != event.after:
            return
        triage = replace(self.triage, by=job.by)
        outcomes = [_try(triage, finding, job.action) for finding in job.left[:AT_ONCE]]
        done = job.model_copy(update={"outcomes": (*job.outcomes, *outcomes)})
        self.bulks.put(done)
        if done.left:
            self.publish(BulkContinued(bulk_id=job.id, after=len(done.outcomes)))


def shown(job: Bulk) -> BulkView:
    """A job as it is shown."""
    waiting = ("waiting",) * len(job.left)
    done = job.outcomes.count(DONE)
    return BulkView(
        id=job.id,
        by=job.by,
        at=job.at,
        findings=len(job.findings),
        done=done,
        refused=len(job.outcomes) - done,
        waiting=len(waiting),
        outcomes=tuple(
            BulkOutcome(finding=finding, outcome=outcome)
            for finding, outcome in zip(job.findings, job.outcomes + waiting, strict=True)
        ),
    )


def _try(triage: Triage, finding: str, action: Action) -> str:
    try:
        _do(triage, finding, action)
    except Permanent as refusal:
        return str(refusal)[:_REASON]
    return DONE


def _do(triage: Triage, finding: str, action: Action) -> None:
    match action:
        case Move(status=status):
            triage.move(finding, StatusRequest(status=status))
        case Assign(assignee=assignee):
            triage.assign(finding, AssignRequest(assignee=assignee))
        case Say(text=text):
            triage.comment(finding, CommentRequest(text=text))
