"""A finding: one rule that one resource violates, and how it changes over time."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import blake2b

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.policy.model.risk import risk_of
from functions.policy.model.rule import Rule, Violation, digest
from functions.policy.model.status import ACTIVE
from steward.contracts.inventory import ResourceView
from steward.contracts.policy import FindingStatus, FindingView
from steward.store.collection import Collection, Index

HOT_SHARDS = 4
ACTIVE_KEY, SETTLED_KEY = "active", "settled"


class Waiver(BaseModel):
    """Why, by whom and until when a finding is accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    by: str
    until: AwareDatetime
    exemption: str | None = None
    """The exemption that it comes from, if any."""


class Finding(BaseModel):
    """A finding as it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    view: FindingView
    waiver: Waiver | None = None
    resolved_reason: str | None = None

    @property
    def id(self) -> str:
        """Follows from rule and resource."""
        return self.view.id

    def changed(
        self,
        now: datetime,
        *,
        status: FindingStatus,
        waiver: Waiver | None = None,
        reason: str | None = None,
    ) -> Finding:
        """The finding with another status, one version on."""
        view = self.view.model_copy(
            update={"status": status, "updated_at": now, "version": self.view.version + 1}
        )
        return Finding(view=view, waiver=waiver, resolved_reason=reason)

    def told(
        self, rule: Rule, resource: ResourceView, violation: Violation, now: datetime
    ) -> Finding:
        """The same finding with what rule and resource say of it now."""
        fresh = new_finding(rule, resource, violation, now).view
        view = fresh.model_copy(
            update={
                "status": self.view.status,
                "assignee": self.view.assignee,
                "opened_at": self.view.opened_at,
                "first_seen_at": self.view.first_seen_at or self.view.opened_at,
                "version": self.view.version + 1,
            }
        )
        return self.model_copy(update={"view": view})

    def reopened(self, now: datetime) -> Finding:
        """The finding to be dealt with again, from now on."""
        opened = self.view.model_copy(
            update={"status": "reopened", "opened_at": now, "updated_at": now}
        )
        return Finding(view=opened)

    def assigned(self, assignee: str | None, now: datetime) -> Finding:
        """The finding with somebody else, or nobody, to work on it."""
        update = {"assignee": assignee, "updated_at": now, "version": self.view.version + 1}
        return self.model_copy(update={"view": self.view.model_copy(update=update)})


def finding_id(rule_id: str, resource_id: str) -> str:
    """The id of the finding of a rule on a resource: always the same."""
    return blake2b(f"{rule_id}\x1f{resource_id}".encode(), digest_size=13).hexdigest()


def telling(rule: Rule, violation: Violation) -> str:
    """A fingerprint of what a finding says; when it differs the finding is updated."""
    said = f"{violation.message}\x1f{rule.title}\x1f{rule.severity}\x1f{rule.remediation}"
    shown = json.dumps(violation.evidence, sort_keys=True, default=str)
    return digest(f"{said}\x1f{shown}")[:8]


def new_finding(rule: Rule, resource: ResourceView, violation: Violation, now: datetime) -> Finding:
    """The finding of a violation that was not there before."""
    view = FindingView(
        id=finding_id(rule.id, resource.id),
        rule_id=rule.id,
        rule_title=rule.title,
        severity=rule.severity.value,
        status="open",
        resource_id=resource.id,
        resource_type=resource.type,
        provider=resource.provider,
        account=resource.account,
        region=resource.region,
        resource_name=resource.name or resource.native_id,
        resource_arn=resource.arn,
        tags=resource.tags,
        owner=resource.owner,
        public=resource.public,
        message=violation.message,
        remediation=rule.remediation,
        evidence=dict(violation.evidence),
        risk=risk_of(rule.severity.value, resource),
        controls=dict(rule.controls),
        first_seen_at=now,
        last_seen_at=now,
        opened_at=now,
        updated_at=now,
        version=1,
    )
    return Finding(view=view)


def ranked(score: int) -> str:
    """A score as the indexes sort it."""
    return f"{score:03d}"


def _opened(finding: Finding) -> str:
    return finding.view.opened_at.isoformat()


def _riskiest(finding: Finding) -> str:
    score = 0 if finding.view.risk is None else finding.view.risk.score
    return f"{ranked(score)}/{_opened(finding)}"


FINDINGS = Collection(
    "findings",
    Finding,
    id=lambda finding: finding.id,
    indexes=(
        Index("by_status", key=lambda f: f.view.status, sort=_riskiest, shards=HOT_SHARDS),
        Index(
            "by_standing",
            key=lambda f: ACTIVE_KEY if f.view.status in ACTIVE else SETTLED_KEY,
            sort=_riskiest,
            shards=HOT_SHARDS,
        ),
        Index("by_resource", key=lambda f: f.view.resource_id, sort=_opened),
        Index("by_rule", key=lambda f: f.view.rule_id, sort=_opened, shards=HOT_SHARDS),
    ),
)
