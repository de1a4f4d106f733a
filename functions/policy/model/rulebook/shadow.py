"""What a version in shadow would have found, beside what the rule in force says."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.policy.model.evaluation import Evaluation
from functions.policy.model.rule import Doubt, Verdict, Violation
from steward.contracts.inventory import ResourceView
from steward.store.collection import Collection, Index

KEPT: Final = timedelta(days=90)
"""What has not been judged for so long says nothing of how a version would do now."""

Told: TypeAlias = Literal["violation", "unknown", "pass", "not judged"]
Difference: TypeAlias = Literal["appears", "vanishes", "both", "doubt"]


class Shadow(BaseModel):
    """One resource of which a version in shadow or the rule in force says more than a pass."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rule_id: str
    number: int
    resource_id: str
    provider: str
    account: str
    region: str
    resource_type: str
    name: str
    shadow: Told
    force: Told
    message: str
    at: AwareDatetime

    @property
    def id(self) -> str:
        """Follows from rule and resource: a later version takes an earlier one's place."""
        return shadow_id(self.rule_id, self.resource_id)

    @property
    def difference(self) -> Difference:
        """What would change if the version came into force."""
        found, finds = self.force == "violation", self.shadow == "violation"
        if found and finds:
            return "both"
        if finds:
            return "appears"
        # A doubt never resolves a finding.
        return "vanishes" if found and self.shadow == "pass" else "doubt"


def shadow_id(rule_id: str, resource_id: str) -> str:
    """The id of what a rule in shadow says of a resource."""
    return blake2b(f"{rule_id}\x1f{resource_id}".encode(), digest_size=13).hexdigest()


def told(verdict: Verdict) -> tuple[Told, str]:
    """A verdict as a word, and what it says."""
    match verdict:
        case Violation(message=message):
            return "violation", message
        case Doubt(missing=missing):
            return "unknown", f"{missing} is missing"
        case None:
            return "pass", ""


def force(rule_id: str, evaluation: Evaluation) -> Told:
    """What the rule in force said last of a resource."""
    if rule_id in evaluation.open:
        return "violation"
    if rule_id in evaluation.unknown:
        return "unknown"
    return "pass" if rule_id in evaluation.passed else "not judged"


def noted(
    rule_id: str,
    number: int,
    resource: ResourceView,
    verdict: Verdict,
    evaluation: Evaluation,
    now: AwareDatetime,
) -> Shadow | None:
    """What is kept of a judgement in shadow; None where nothing is found and nothing was."""
    said, message = told(verdict)
    before = force(rule_id, evaluation)
    if said == "pass" and before != "violation":
        return None
    return Shadow(
        rule_id=rule_id,
        number=number,
        resource_id=resource.id,
        provider=resource.provider,
        account=resource.account,
        region=resource.region,
        resource_type=resource.type,
        name=resource.name or resource.native_id,
        shadow=said,
        force=before,
        message=message,
        at=now,
    )


SHADOWS = Collection(
    "shadows",
    Shadow,
    id=lambda shadow: shadow.id,
    expires=lambda shadow: shadow.at + KEPT,
    indexes=(
        Index(
            "by_version",
            key=lambda shadow: f"{shadow.rule_id}@{shadow.number}",
            sort=lambda shadow: f"{shadow.difference}/{shadow.id}",
        ),
    ),
    audit="digest",
)
