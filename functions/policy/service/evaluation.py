"""Judging a resource: verdicts of its rules, and the findings that open, change and resolve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from functions.policy.model.evaluation import (
    Change,
    Evaluation,
    Expire,
    Judgement,
    Open,
    Resolve,
    Update,
    after,
    changes,
    recorded,
)
from functions.policy.model.facts import facts
from functions.policy.model.finding import Finding, Waiver, finding_id, new_finding
from functions.policy.model.language.paths import touched
from functions.policy.model.rule import Pack, Rule
from functions.policy.ports import Exempt, Publish
from steward.contracts.inventory import ResourceView
from steward.contracts.policy import (
    EvaluationContinued,
    FindingOpened,
    FindingReopened,
    FindingResolved,
    FindingUpdated,
    FindingWaived,
)
from steward.store.work import Entities

BATCH = 40
"""Findings changed in one Work: with their events and audit entries well inside every store's limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is known of a resource now; ``settled`` counts the changes of earlier parts.

    ``again`` says that the rules differ, and not the resource.
    """

    resource: ResourceView
    changed_paths: tuple[str, ...] = ()
    deleted: bool = False
    settled: int = 0
    again: bool = False

    @property
    def continues(self) -> bool:
        """Whether this is a further part of an evaluation."""
        return self.settled > 0


def evaluate(
    notice: Notice,
    *,
    pack: Pack,
    evaluations: Entities[Evaluation],
    findings: Entities[Finding],
    publish: Publish,
    now: datetime,
    exempt: Exempt,
) -> Evaluation | None:
    """Bring the resource's findings in line with its rules, at most ``BATCH`` in this Work.

    The evaluation as it is kept; None where a newer version was judged, or this one.
    """
    resource = notice.resource
    before = evaluations.get(resource.id)
    if _stale(notice, before):
        return None
    before = _lapsed(notice, before, findings=findings, exempt=exempt, now=now)
    fresh = _begun(notice, before, pack, now)
    judgement = _judged(notice, before, pack, now)
    pending = changes(fresh, judgement, pack, now=now)
    batch = list(islice(pending, BATCH))
    more = next(pending, None) is not None
    for change in batch:
        until = _make(change, resource, findings=findings, publish=publish, now=now, exempt=exempt)
        fresh = after(fresh, change, until)
    if more:
        publish(
            EvaluationContinued(
                resource=resource, deleted=notice.deleted, settled=notice.settled + len(batch)
            )
        )
    kept = recorded(fresh, judgement).model_copy(update={"settled": not more})
    evaluations.put(kept)
    return kept


def _stale(notice: Notice, before: Evaluation | None) -> bool:
    """Whether a newer version was judged already, or this one: except by its next part, or again."""
    if before is None:
        return notice.continues
    if notice.continues:
        return notice.resource.version != before.version
    if notice.again:
        return notice.resource.version < before.version
    return notice.resource.version <= before.version


def _lapsed(
    notice: Notice,
    before: Evaluation | None,
    *,
    findings: Entities[Finding],
    exempt: Exempt,
    now: datetime,
) -> Evaluation | None:
    """What was judged, with the waivers run out whose exemption the resource's tags no longer fit."""
    if before is None or not before.waived or notice.deleted:
        return before
    waived = dict(before.waived)
    for rule_id in before.waived:
        finding = findings.get(finding_id(rule_id, notice.resource.id))
        if finding is None or finding.waiver is None or finding.waiver.exemption is None:
            continue
        view = finding.view.model_copy(update={"tags": notice.resource.tags})
        if view.tags != finding.view.tags and exempt(view) is None:
            waived[rule_id] = now
    return before.model_copy(update={"waived": waived})


def _begun(notice: Notice, before: Evaluation | None, pack: Pack, now: datetime) -> Evaluation:
    resource = notice.resource
    previous = before or Evaluation(resource_id=resource.id, version=0, pack="")
    deleted_at = (previous.deleted_at or now) if notice.deleted else None
    return previous.model_copy(
        update={
            "provider": resource.provider,
            "account": resource.account,
            "version": resource.version,
            "judged_at": now,
            "pack": pack.digest(resource.type),
            "partial": resource.partial is not None,
            "deleted_at": deleted_at,
        }
    )


def _judged(notice: Notice, before: Evaluation | None, pack: Pack, now: datetime) -> Judgement:
    if notice.deleted:
        return Judgement({}, deleted=True)
    resource = notice.resource
    rules = pack.of(resource.type)
    kept = _kept(notice, before, rules, pack, now)
    read = facts(resource)
    partial = resource.partial is not None
    verdicts = {
        rule.id: rule.judge(read, now, partial=partial) for rule in rules if rule.id not in kept
    }
    return Judgement(verdicts, kept)


def _kept(
    notice: Notice,
    before: Evaluation | None,
    rules: Sequence[Rule],
    pack: Pack,
    now: datetime,
) -> frozenset[str]:
    """Rules that read nothing of what changed; none unless the version before was fully judged."""
    resource = notice.resource
    if before is None or not notice.changed_paths or notice.continues or not before.settled:
        return frozenset()
    if (before.version, before.pack, before.partial, before.deleted_at) != (
        resource.version - 1,
        pack.digest(resource.type),
        resource.partial is not None,
        None,
    ):
        return frozenset()
    expired = {rule for rule, until in before.waived.items() if until <= now}
    known = {*before.open, *before.passed, *before.unknown} - expired
    return frozenset(
        rule.id
        for rule in rules
        if rule.id in known and not touched(rule.reads, notice.changed_paths)
    )


def _make(  # what one change takes
    change: Change,
    resource: ResourceView,
    *,
    findings: Entities[Finding],
    publish: Publish,
    now: datetime,
    exempt: Exempt,
) -> datetime | None:
    """Make a change; until when an exemption accepts the violation, if one does."""
    match change:
        case Resolve(rule_id=rule_id, reason=reason):
            _resolve(findings, finding_id(rule_id, resource.id), reason, publish, now)
        case Update(rule=rule, violation=violation):
            known = findings.require(finding_id(rule.id, resource.id))
            told = known.told(rule, resource, violation, now)
            findings.put(told)
            publish(FindingUpdated(finding=told.view, reason="the violation differs"))
        case Open(rule=rule, violation=violation) | Expire(rule=rule, violation=violation):
            fresh = new_finding(rule, resource, violation, now)
            known_or_none = findings.get(fresh.id)
            told = (
                fresh
                if known_or_none is None
                else known_or_none.told(rule, resource, violation, now)
            )
            waiver = exempt(told.view)
            if waiver is not None:
                return _accept(findings, told, waiver, publish)
            _come(findings, told, known_or_none, change, publish, now)
    return None


def _accept(
    findings: Entities[Finding], told: Finding, waiver: Waiver, publish: Publish
) -> datetime:
    view = told.view.model_copy(update={"status": "waived"})
    findings.put(Finding(view=view, waiver=waiver))
    publish(FindingWaived(finding=view, reason=waiver.reason, until=waiver.until))
    return waiver.until


def _come(  # one finding before and after
    findings: Entities[Finding],
    told: Finding,
    known: Finding | None,
    change: Change,
    publish: Publish,
    now: datetime,
) -> None:
    if known is None:
        findings.put(told)
        publish(FindingOpened(finding=told.view))
        return
    back = told.reopened(now)
    findings.put(back)
    ran_out = isinstance(change, Expire)
    reason = "the waiver has run out" if ran_out else "the resource violates the rule again"
    publish(FindingReopened(finding=back.view, reason=reason))


def _resolve(
    findings: Entities[Finding], finding: str, reason: str, publish: Publish, now: datetime
) -> None:
    resolved = findings.require(finding).changed(now, status="resolved", reason=reason)
    findings.put(resolved)
    publish(FindingResolved(finding=resolved.view, reason=reason))
