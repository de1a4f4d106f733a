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
from functions.policy.model.finding import Finding, finding_id, new_finding
from functions.policy.model.language.paths import touched
from functions.policy.model.rule import Pack, Rule
from functions.policy.ports import Publish
from steward.contracts.inventory import ResourceView
from steward.contracts.policy import (
    EvaluationContinued,
    FindingOpened,
    FindingReopened,
    FindingResolved,
    FindingUpdated,
)
from steward.store.work import Entities

BATCH = 40
"""Findings changed in one Work: with their events and audit entries well inside every store's limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is known of a resource now; ``settled`` counts the changes of earlier parts."""

    resource: ResourceView
    changed_paths: tuple[str, ...] = ()
    deleted: bool = False
    settled: int = 0

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
) -> None:
    """Bring the resource's findings in line with its rules, at most ``BATCH`` in this Work."""
    resource = notice.resource
    before = evaluations.get(resource.id)
    if _stale(notice, before):
        return
    fresh = _begun(notice, before, pack, now)
    judgement = _judged(notice, before, pack, now)
    pending = changes(fresh, judgement, pack, now=now)
    batch = list(islice(pending, BATCH))
    more = next(pending, None) is not None
    for change in batch:
        _make(change, resource, findings=findings, publish=publish, now=now)
        fresh = after(fresh, change)
    if more:
        publish(
            EvaluationContinued(
                resource=resource, deleted=notice.deleted, settled=notice.settled + len(batch)
            )
        )
    evaluations.put(recorded(fresh, judgement).model_copy(update={"settled": not more}))


def _stale(notice: Notice, before: Evaluation | None) -> bool:
    """Whether a newer version was judged already, or this one (except by its own next part)."""
    if before is None:
        return notice.continues
    if notice.continues:
        return notice.resource.version != before.version
    return notice.resource.version <= before.version


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


def _make(
    change: Change,
    resource: ResourceView,
    *,
    findings: Entities[Finding],
    publish: Publish,
    now: datetime,
) -> None:
    match change:
        case Resolve(rule_id=rule_id, reason=reason):
            _resolve(findings, finding_id(rule_id, resource.id), reason, publish, now)
        case Open(rule=rule, violation=violation):
            fresh = new_finding(rule, resource, violation, now)
            known = findings.get(fresh.id)
            if known is None:
                findings.put(fresh)
                publish(FindingOpened(finding=fresh.view))
                return
            back = known.told(rule, resource, violation, now).reopened(now)
            findings.put(back)
            publish(
                FindingReopened(finding=back.view, reason="the resource violates the rule again")
            )
        case Expire(rule=rule, violation=violation):
            known = findings.require(finding_id(rule.id, resource.id))
            back = known.told(rule, resource, violation, now).reopened(now)
            findings.put(back)
            publish(FindingReopened(finding=back.view, reason="the waiver has run out"))
        case Update(rule=rule, violation=violation):
            known = findings.require(finding_id(rule.id, resource.id))
            told = known.told(rule, resource, violation, now)
            findings.put(told)
            publish(FindingUpdated(finding=told.view, reason="the violation differs"))


def _resolve(
    findings: Entities[Finding], finding: str, reason: str, publish: Publish, now: datetime
) -> None:
    resolved = findings.require(finding).changed(now, status="resolved", reason=reason)
    findings.put(resolved)
    publish(FindingResolved(finding=resolved.view, reason=reason))
