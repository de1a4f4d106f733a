"""What policy says to others: a finding opened, changed, was waived, resolved or came back."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.contracts.event import Event
from steward.contracts.inventory import ResourceView
from steward.identity.items import Facts

SeverityName: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
FindingStatus: TypeAlias = Literal["open", "waived", "resolved"]


class FindingView(BaseModel):
    """One rule that one resource violates, or violated.

    ``id`` follows from rule and resource, so that a violation that comes back is the same finding;
    ``version`` grows by one with each change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    rule_id: str
    rule_title: str
    severity: SeverityName
    status: FindingStatus
    resource_id: str
    resource_type: str
    provider: str = "aws"
    account: str
    region: str
    resource_name: str
    tags: dict[str, str] = Field(default_factory=dict)
    """The resource's tags: what notifications are routed by."""
    message: str
    remediation: str
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    version: int = Field(ge=1)

    def facts(self) -> Facts:
        """What access is decided by: the resource's place and tags."""
        return Facts(self.id, self.provider, self.account, self.tags)


class _FindingEvent(Event):
    """What the five events share: the whole finding after the change, and why it changed."""

    finding: FindingView
    reason: str = ""

    @property
    def subject(self) -> str:
        """The finding's id."""
        return self.finding.id


class FindingOpened(_FindingEvent):
    """A resource violates a rule for the first time."""

    type: ClassVar[str] = "policy.finding.opened.v1"


class FindingUpdated(_FindingEvent):
    """What there is to say of an unresolved finding differs: its message, severity or remedy."""

    type: ClassVar[str] = "policy.finding.updated.v1"


class FindingResolved(_FindingEvent):
    """The resource keeps to the rule again, or the resource or the rule is gone; ``reason`` says which."""

    type: ClassVar[str] = "policy.finding.resolved.v1"


class FindingReopened(_FindingEvent):
    """A resolved finding is back, or the waiver of one has run out."""

    type: ClassVar[str] = "policy.finding.reopened.v1"


class FindingWaived(_FindingEvent):
    """Someone accepted a finding until a date, with a reason."""

    type: ClassVar[str] = "policy.finding.waived.v1"

    until: AwareDatetime


class EvaluationContinued(Event):
    """An evaluation with more changes than one commit takes: the rest, for the next one.

    ``settled`` counts the changes made so far; ``deleted`` says that the resource is gone.
    """

    type: ClassVar[str] = "policy.evaluation.continued.v1"

    resource: ResourceView
    deleted: bool
    settled: int = Field(ge=1)

    @property
    def subject(self) -> str:
        """The resource's id."""
        return self.resource.id
