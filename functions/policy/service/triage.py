"""Working on a finding: its status, who works on it, what is said about it, and what it goes with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from functions.policy.model.comment import Comment
from functions.policy.model.evaluation import Evaluation
from functions.policy.model.finding import Finding
from functions.policy.model.status import Worked, require_transition
from functions.policy.ports import NewId, Publish
from functions.policy.service.findings import FindingDetail, detail
from steward.contracts.policy import FindingUpdated
from steward.errors import BadInput
from steward.store.collection import Page
from steward.store.work import Entities

LONGEST_COMMENT = 4_000


class StatusRequest(BaseModel):
    """Say that a finding is looked at, being mended, or neither."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Worked


class DismissRequest(BaseModel):
    """Say that a finding is no violation, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=3, max_length=500)


class AssignRequest(BaseModel):
    """Who works on a finding from now on; None is nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assignee: str | None = Field(min_length=1, max_length=200)


class CommentRequest(BaseModel):
    """A remark on a finding."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_COMMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """One person's work on findings, in one Work."""

    findings: Entities[Finding]
    evaluations: Entities[Evaluation]
    comments: Entities[Comment]
    publish: Publish
    new_id: NewId
    now: datetime
    by: str

    def move(self, finding: str, request: StatusRequest) -> FindingDetail:
        """Bring a finding to another status; a waived one is waived no more.

        Raises:
            NotFound: there is no such finding.
            BadInput: the step is not allowed.
        """
        known = self.findings.require(finding)
        require_transition(finding, known.view.status, request.status)
        if known.waiver is not None:
            self._unwaive(known)
        moved = known.changed(self.now, status=request.status)
        return self._told(moved, f"{self.by} set it {request.status.replace('_', ' ')}")

    def dismiss(self, finding: str, request: DismissRequest) -> FindingDetail:
        """Mark a finding as no violation; the reason stays with it as a comment.

        Raises:
            NotFound: there is no such finding.
            BadInput: the step is not allowed.
        """
        known = self.findings.require(finding)
        require_transition(finding, known.view.status, "false_positive")
        self.comment(finding, CommentRequest(text=f"False positive: {request.reason}"))
        dismissed = known.changed(self.now, status="false_positive", reason=request.reason)
        return self._told(dismissed, f"{self.by} says it is no violation: {request.reason}")

    def assign(self, finding: str, request: AssignRequest) -> FindingDetail:
        """Give a finding to somebody; the same again changes nothing.

        Raises:
            NotFound: there is no such finding.
            BadInput: it is resolved.
        """
        known = self.findings.require(finding)
        if known.view.status == "resolved":
            raise BadInput(f"finding {finding}: it is resolved; only an unresolved one is assigned")
        if known.view.assignee == request.assignee:
            return detail(known)
        whom = request.assignee or "nobody"
        return self._told(
            known.assigned(request.assignee, self.now), f"{self.by} assigned it to {whom}"
        )

    def comment(self, finding: str, request: CommentRequest) -> Comment:
        """Add a remark.

        Raises:
            NotFound: there is no such finding.
        """
        self.findings.require(finding)
        said = Comment(
            id=self.new_id(), finding_id=finding, at=self.now, by=self.by, text=request.text
        )
        self.comments.add(said)
        return said

    def _unwaive(self, known: Finding) -> None:
        evaluation = self.evaluations.get(known.view.resource_id)
        if evaluation is not None:
            left = {
                rule: until
                for rule, until in evaluation.waived.items()
                if rule != known.view.rule_id
            }
            self.evaluations.put(evaluation.model_copy(update={"waived": left}))

    def _told(self, finding: Finding, reason: str) -> FindingDetail:
        self.findings.put(finding)
        self.publish(FindingUpdated(finding=finding.view, reason=reason))
        return detail(finding)


def remarks(
    finding: str, *, comments: Entities[Comment], cursor: str | None, limit: int
) -> Page[Comment]:
    """What was said about a finding, the first remark first."""
    return comments.query(index="by_finding", key=finding, after=cursor, limit=limit)


def related(
    finding: Finding, *, findings: Entities[Finding], limit: int
) -> tuple[FindingDetail, ...]:
    """Other findings on the same resource, then of the same rule, up to ``limit`` of each."""
    view = finding.view
    found: dict[str, FindingDetail] = {}
    for index, key in (("by_resource", view.resource_id), ("by_rule", view.rule_id)):
        page = findings.query(index=index, key=key, limit=limit + 1, descending=True)
        others = [each for each in page.items if each.id != finding.id]
        found |= {each.id: detail(each) for each in others[:limit] if each.id not in found}
    return tuple(found.values())


def seen(shown: FindingDetail, *, evaluations: Entities[Evaluation]) -> FindingDetail:
    """The finding with the last time that its violation was confirmed."""
    evaluation = evaluations.get(shown.resource_id)
    if evaluation is None or evaluation.judged_at is None or shown.rule_id not in evaluation.open:
        return shown
    return shown.model_copy(update={"last_seen_at": evaluation.judged_at})
