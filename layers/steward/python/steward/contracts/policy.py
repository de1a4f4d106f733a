"""What policy says to others: a finding opened, changed, was waived, resolved or came back."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.contracts.event import Event
from steward.contracts.inventory import ResourceView
from steward.identity.items import Facts

SeverityName: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
FindingStatus: TypeAlias = Literal[
    "open", "in_review", "remediating", "waived", "false_positive", "resolved", "reopened"
]


class Risk(BaseModel):
    """How much a finding matters, 0 to 100: ``severity`` (its points) times ``exposure`` times ``value``.

    ``exposed`` and ``worth`` say in words why the two factors are what they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: int = Field(ge=0, le=100)
    severity: int = Field(ge=0, le=100)
    exposure: float = Field(ge=0, le=1)
    exposed: str
    value: float = Field(ge=0, le=1)
    worth: str


class FindingView(BaseModel):
    """One rule that one resource violates, or violated.

    ``id`` follows from rule and resource, so that a violation that comes back is the same finding;
    ``version`` grows by one with each change. ``opened_at`` is since when it lasts this time,
    ``first_seen_at`` when it was found first, ``last_seen_at`` the latest judgement that led to a change.
    ``owner`` is the resource's, ``assignee`` who works on the finding; ``evidence`` has the offending
    values by JSON Pointer into the resource.
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
    owner: str | None = None
    assignee: str | None = None
    public: bool | None = None
    resource_arn: str | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)
    risk: Risk | None = None
    controls: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Controls that the rule bears on, by framework."""
    first_seen_at: AwareDatetime | None = None
    last_seen_at: AwareDatetime | None = None
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


class WaiverExpiring(_FindingEvent):
    """A waiver runs out at ``until``, sooner than its warning time from now; ``reason`` is the waiver's."""

    type: ClassVar[str] = "policy.waiver.expiring.v1"

    until: AwareDatetime


class WaiverDue(Event):
    """It is time to look at the waiver of a finding that lasts ``until`` then: to warn, or to end it."""

    type: ClassVar[str] = "policy.waiver.due.v1"

    finding_id: str
    until: AwareDatetime
    warning: bool

    @property
    def subject(self) -> str:
        """The finding's id."""
        return self.finding_id


class BulkContinued(Event):
    """A job over many findings has come to its finding number ``after``; the next few are to be done."""

    type: ClassVar[str] = "policy.bulk.continued.v1"

    bulk_id: str
    after: int = Field(ge=0)

    @property
    def subject(self) -> str:
        """The job's id."""
        return self.bulk_id


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


class FrameworkScore(BaseModel):
    """How a framework of controls stands: its controls by outcome.

    ``score`` is the share of passed among passed, failed and unclear ones, in per cent; None where
    nothing was evaluated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    framework: str
    score: float | None = Field(default=None, ge=0, le=100)
    passed: int = Field(ge=0)
    failed: int = Field(ge=0)
    unclear: int = Field(ge=0)
    accepted: int = Field(ge=0)
    not_evaluated: int = Field(ge=0)


class ComplianceDue(Event):
    """It is time to count how a tenant stands against the frameworks."""

    type: ClassVar[str] = "policy.compliance.due.v1"


class ComplianceCounted(Event):
    """How the tenant stands was counted and kept for the day."""

    type: ClassVar[str] = "policy.compliance.counted.v1"

    scores: tuple[FrameworkScore, ...]


class _ExemptionEvent(Event):
    """What the events of exemptions share."""

    exemption_id: str

    @property
    def subject(self) -> str:
        """The exemption's id."""
        return self.exemption_id


class ExemptionAsked(_ExemptionEvent):
    """Somebody asked that violations be accepted ``until`` a date; somebody else is to decide."""

    type: ClassVar[str] = "policy.exemption.asked.v1"

    reason: str
    until: AwareDatetime


class ExemptionDecided(_ExemptionEvent):
    """An exemption was granted or refused."""

    type: ClassVar[str] = "policy.exemption.decided.v1"

    granted: bool
    by: str


class ExemptionExpiring(_ExemptionEvent):
    """An exemption ends at ``until``, sooner than its warning time from now."""

    type: ClassVar[str] = "policy.exemption.expiring.v1"

    reason: str
    until: AwareDatetime


class ExemptionEnded(_ExemptionEvent):
    """An exemption ran out or was ended; its findings are reopened."""

    type: ClassVar[str] = "policy.exemption.ended.v1"

    reason: str


class ExemptionDue(_ExemptionEvent):
    """It is time to look at an exemption: to warn of its end, or to end it."""

    type: ClassVar[str] = "policy.exemption.due.v1"

    warning: bool


class ExemptionContinued(_ExemptionEvent):
    """The next findings after ``cursor`` are to be waived by an exemption, or reopened after it."""

    type: ClassVar[str] = "policy.exemption.continued.v1"

    cursor: str | None = None


class RuleStored(Event):
    """A version of a tenant's rule is kept; it is in force nowhere yet. ``digest`` is its SHA-256."""

    type: ClassVar[str] = "policy.rule.stored.v1"

    rule_id: str
    version: int = Field(ge=1)
    digest: str
    note: str = ""

    @property
    def subject(self) -> str:
        """The rule's id."""
        return self.rule_id


class RulePlaced(Event):
    """A version of a tenant's rule took another's place: for all, for ``accounts`` first, or in shadow.

    Version 0 is none of the tenant's own. ``resources`` are the types that may be judged otherwise now.
    """

    type: ClassVar[str] = "policy.rule.placed.v1"

    rule_id: str
    stage: Literal["live", "ahead", "shadow"]
    version: int = Field(ge=0)
    previous: int = Field(ge=0)
    accounts: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    reason: str

    @property
    def subject(self) -> str:
        """The rule's id."""
        return self.rule_id


class HubContinued(Event):
    """The next active findings after ``cursor`` of a newly connected account go to its Security Hub."""

    type: ClassVar[str] = "policy.hub.continued.v1"

    account: str
    cursor: str | None = None

    @property
    def subject(self) -> str:
        """The account."""
        return self.account


class HubDue(Event):
    """It is time to push what waits for an account's Security Hub in a region."""

    type: ClassVar[str] = "policy.hub.due.v1"

    account: str
    region: str

    @property
    def subject(self) -> str:
        """The account."""
        return self.account


class TicketDue(Event):
    """It is time to make a finding's ticket in a tracker, or to move it."""

    type: ClassVar[str] = "policy.ticket.due.v1"

    ticket_id: str

    @property
    def subject(self) -> str:
        """The ticket's id."""
        return self.ticket_id
