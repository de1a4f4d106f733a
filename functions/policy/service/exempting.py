"""Exemptions: asked for by one, granted by another, applied to what there is, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.policy.model.evaluation import Evaluation
from functions.policy.model.exemption import (
    GRANTED_ID,
    MOST,
    Exemption,
    ExemptionSelector,
    ExemptionStatus,
    Granted,
)
from functions.policy.model.finding import Finding
from functions.policy.ports import Later, NewId, Publish
from functions.policy.service.findings import FindingsWanted, find
from functions.policy.service.waiving import LONGEST
from steward.contracts.policy import (
    ExemptionAsked,
    ExemptionContinued,
    ExemptionDecided,
    ExemptionDue,
    ExemptionEnded,
    ExemptionExpiring,
    FindingReopened,
    FindingView,
    FindingWaived,
)
from steward.errors import BadInput, Denied
from steward.store.collection import Page
from steward.store.work import Entities

AT_ONCE: Final = 25
"""Findings of one message: each stages two items."""


class ExemptionRequest(BaseModel):
    """Accept what ``selector`` takes until a date; a warning goes out ``warn_days`` before, none for 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    selector: ExemptionSelector
    reason: str = Field(min_length=3, max_length=500)
    until: AwareDatetime
    warn_days: int = Field(default=7, ge=0, le=90)


class ExemptionRemark(BaseModel):
    """Why it was decided so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remark: str = Field(min_length=3, max_length=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempting:
    """The exemptions of a tenant, in one Work."""

    exemptions: Entities[Exemption]
    grants: Entities[Granted]
    findings: Entities[Finding]
    evaluations: Entities[Evaluation]
    publish: Publish
    later: Later
    new_id: NewId
    now: datetime
    by: str

    def ask(self, request: ExemptionRequest) -> Exemption:
        """Ask for an exemption; it changes nothing until somebody else grants it.

        Raises:
            BadInput: the date is past or more than a year away.
        """
        if not self.now < request.until <= self.now + LONGEST:
            raise BadInput(
                f"until {request.until.isoformat()}: choose a moment after now and within "
                f"{LONGEST.days} days"
            )
        asked = Exemption(
            id=self.new_id(),
            status="asked",
            asked_by=self.by,
            asked_at=self.now,
            **{name: getattr(request, name) for name in ExemptionRequest.model_fields},
        )
        self.exemptions.add(asked)
        self.publish(ExemptionAsked(exemption_id=asked.id, reason=asked.reason, until=asked.until))
        return asked

    def grant(self, exemption: str) -> Exemption:
        """Grant what somebody else asked for; what it takes is waived from now on.

        Raises:
            NotFound: there is none of that id.
            BadInput: it was decided already, its date is past, or too many hold.
            Denied: the caller asked for it.
        """
        granted = self._decided(exemption, "granted", None)
        if granted.until <= self.now:
            raise BadInput(
                f"exemption {exemption}: it was asked for until {granted.until.isoformat()}, which is "
                "past; have it asked for anew"
            )
        held = self.grants.get(GRANTED_ID) or Granted()
        if len(held.exemptions) >= MOST:
            raise BadInput(f"exemption {exemption}: {MOST} hold already; end one first")
        self.grants.put(Granted(exemptions=(*held.exemptions, granted)))
        self._remember(granted)
        self.publish(ExemptionContinued(exemption_id=granted.id))
        return granted

    def refuse(self, exemption: str, remark: ExemptionRemark) -> Exemption:
        """Say no to what somebody else asked for.

        Raises:
            NotFound: there is none of that id.
            BadInput: it was decided already.
            Denied: the caller asked for it.
        """
        return self._decided(exemption, "refused", remark.remark)

    def end(self, exemption: str, remark: ExemptionRemark) -> Exemption:
        """End one that holds before its time; its findings are reopened.

        Raises:
            NotFound: there is none of that id.
            BadInput: it does not hold.
        """
        known = self.exemptions.require(exemption)
        if known.status != "granted":
            raise BadInput(f"exemption {exemption}: it is {known.status}; only a granted one ends")
        return self._ended(known, remark.remark)

    def look_at(self, due: ExemptionDue) -> None:
        """Warn of the end of an exemption, or end it; nothing where it ended before."""
        known = self.exemptions.get(due.exemption_id)
        if known is None or known.status != "granted":
            return
        if due.warning:
            self.publish(
                ExemptionExpiring(exemption_id=known.id, reason=known.reason, until=known.until)
            )
        else:
            self._ended(known, "it has run out")

    def go_on(self, event: ExemptionContinued) -> None:
        """Waive the next few of its findings, or reopen them once it has ended."""
        known = self.exemptions.get(event.exemption_id)
        if known is None:
            return
        holds = known.status == "granted"
        wanted = (
            self._wanted(known.selector, active=True) if holds else FindingsWanted(status="waived")
        )
        page = find(wanted, findings=self.findings, cursor=event.cursor, limit=AT_ONCE)
        for shown in page.items:
            finding = self.findings.get(shown.id)
            if finding is None:
                continue
            if holds and known.selector.fits(finding.view):
                self._waive(finding, known)
            elif not holds and _under(finding) == known.id:
                self._reopen(finding, known)
        if page.cursor is not None:
            self.publish(ExemptionContinued(exemption_id=known.id, cursor=page.cursor))

    def listed(
        self, status: ExemptionStatus | None, *, cursor: str | None, limit: int
    ) -> Page[Exemption]:
        """Those of a status, the latest first; all of them by id without."""
        if status is None:
            return self.exemptions.list(after=cursor, limit=limit)
        return self.exemptions.query(
            index="by_status", key=status, after=cursor, limit=limit, descending=True
        )

    def _decided(self, id_: str, status: ExemptionStatus, remark: str | None) -> Exemption:
        known = self.exemptions.require(id_)
        if known.status != "asked":
            raise BadInput(f"exemption {id_}: it is {known.status}; only an asked one is decided")
        if known.asked_by == self.by:
            raise Denied(f"exemption {id_}: {self.by} asked for it; somebody else decides")
        update = {"status": status, "decided_by": self.by, "decided_at": self.now, "remark": remark}
        decided = known.model_copy(update=update)
        self.exemptions.put(decided)
        self.publish(ExemptionDecided(exemption_id=id_, granted=status == "granted", by=self.by))
        return decided

    def _ended(self, known: Exemption, why: str) -> Exemption:
        ended = known.model_copy(update={"status": "ended", "remark": why})
        self.exemptions.put(ended)
        held = self.grants.get(GRANTED_ID) or Granted()
        self.grants.put(held.without(known.id))
        self.publish(ExemptionEnded(exemption_id=known.id, reason=why))
        self.publish(ExemptionContinued(exemption_id=known.id))
        return ended

    def _waive(self, known: Finding, exemption: Exemption) -> None:
        waiver = exemption.waiver()
        waived = known.changed(self.now, status="waived", waiver=waiver)
        self.findings.put(waived)
        self._note(known.view, waiver.until)
        self.publish(FindingWaived(finding=waived.view, reason=waiver.reason, until=waiver.until))

    def _reopen(self, known: Finding, exemption: Exemption) -> None:
        back = known.changed(self.now, status="reopened").reopened(self.now)
        self.findings.put(back)
        self._note(known.view, None)
        why = f"its exemption ended: {exemption.remark}"
        self.publish(FindingReopened(finding=back.view, reason=why))

    def _note(self, view: FindingView, until: datetime | None) -> None:
        """Write into the resource's evaluation until when a rule's violation is accepted."""
        evaluation = self.evaluations.get(view.resource_id)
        if evaluation is not None:
            waived = {r: at for r, at in evaluation.waived.items() if r != view.rule_id}
            waived |= {} if until is None else {view.rule_id: until}
            self.evaluations.put(evaluation.model_copy(update={"waived": waived}))

    def _remember(self, granted: Exemption) -> None:
        end = ExemptionDue(exemption_id=granted.id, warning=False)
        self.later(granted.until, end, key=f"exemption-end/{granted.id}")
        before = granted.until - timedelta(days=granted.warn_days)
        if granted.warn_days and before > self.now:
            warning = ExemptionDue(exemption_id=granted.id, warning=True)
            self.later(before, warning, key=f"exemption-warning/{granted.id}")

    def _wanted(self, selector: ExemptionSelector, *, active: bool) -> FindingsWanted:
        return FindingsWanted(
            rule=selector.rule,
            resource=selector.resource,
            account=selector.account,
            active=active,
        )


def _under(finding: Finding) -> str | None:
    return None if finding.waiver is None else finding.waiver.exemption
