"""Accepting a finding for a time: the waiver, the warning before it ends, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.policy.model.evaluation import Evaluation
from functions.policy.model.finding import Finding, Waiver
from functions.policy.model.status import require_transition
from functions.policy.ports import Later, Publish
from functions.policy.service.findings import FindingDetail, detail
from steward.contracts.policy import FindingReopened, FindingWaived, WaiverDue, WaiverExpiring
from steward.errors import BadInput, Conflict
from steward.store.work import Entities

LONGEST: Final = timedelta(days=366)
RUN_OUT: Final = "the waiver has run out"


class WaiverRequest(BaseModel):
    """Accept a finding until a date, for a reason; a warning goes out ``warn_days`` before, none for 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=3, max_length=500)
    until: AwareDatetime
    warn_days: int = Field(default=7, ge=0, le=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waivers:
    """The waivers of findings, in one Work."""

    findings: Entities[Finding]
    evaluations: Entities[Evaluation]
    publish: Publish
    later: Later
    now: datetime
    by: str

    def waive(self, finding: str, request: WaiverRequest) -> FindingDetail:
        """Accept a finding until ``request.until``; a further waiver replaces the first.

        Raises:
            NotFound: there is no such finding.
            BadInput: it is resolved or a false positive, or the date is past or more than a year away.
        """
        known = self.findings.require(finding)
        require_transition(finding, known.view.status, "waived")
        self._check(request)
        evaluation = self.evaluations.get(known.view.resource_id)
        if evaluation is None:
            raise Conflict(f"finding {finding}: its resource is being evaluated; try again")
        waiver = Waiver(reason=request.reason, by=self.by, until=request.until)
        waived = known.changed(self.now, status="waived", waiver=waiver)
        self.findings.put(waived)
        until = {**evaluation.waived, known.view.rule_id: request.until}
        self.evaluations.put(evaluation.model_copy(update={"waived": until}))
        self.publish(FindingWaived(finding=waived.view, reason=request.reason, until=request.until))
        self._remember(finding, request)
        return detail(waived)

    def look_at(self, due: WaiverDue) -> None:
        """Warn of the end of a waiver, or end it; nothing where it was ended or replaced since."""
        known = self.findings.get(due.finding_id)
        if known is None or known.view.status != "waived" or known.waiver is None:
            return
        if known.waiver.until != due.until:
            return
        if due.warning:
            self.publish(
                WaiverExpiring(finding=known.view, reason=known.waiver.reason, until=due.until)
            )
        else:
            self._end(known)

    def _end(self, known: Finding) -> None:
        evaluation = self.evaluations.get(known.view.resource_id)
        if evaluation is not None:
            left = {
                rule: until
                for rule, until in evaluation.waived.items()
                if rule != known.view.rule_id
            }
            self.evaluations.put(evaluation.model_copy(update={"waived": left}))
        back = known.changed(self.now, status="reopened").reopened(self.now)
        self.findings.put(back)
        self.publish(FindingReopened(finding=back.view, reason=RUN_OUT))

    def _remember(self, finding: str, request: WaiverRequest) -> None:
        end = WaiverDue(finding_id=finding, until=request.until, warning=False)
        self.later(request.until, end, key=f"waiver-end/{finding}")
        before = request.until - timedelta(days=request.warn_days)
        if request.warn_days and before > self.now:
            warning = WaiverDue(finding_id=finding, until=request.until, warning=True)
            self.later(before, warning, key=f"waiver-warning/{finding}")

    def _check(self, request: WaiverRequest) -> None:
        if not self.now < request.until <= self.now + LONGEST:
            raise BadInput(
                f"until {request.until.isoformat()}: choose a moment after now and within "
                f"{LONGEST.days} days"
            )
