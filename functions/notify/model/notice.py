"""What there is to tell: one change of a finding, as every kind of endpoint renders it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Severity(StrEnum):
    """How bad it is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    def at_least(self, other: Severity) -> bool:
        """Whether it is as bad as the other, or worse."""
        order = list(Severity)
        return order.index(self) <= order.index(other)


class Notice(BaseModel):
    """One change of one finding, or a test message."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    event_type: str
    finding_id: str
    version: int
    severity: Severity
    status: str
    title: str
    message: str
    remediation: str
    rule_id: str
    resource_id: str
    resource_type: str
    resource_name: str
    provider: str = "aws"
    account: str
    region: str
    tags: dict[str, str]
    reason: str
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    late: bool = False
    """A later change of the same finding was told before this one: the bus keeps no order."""

    @property
    def kind(self) -> str:
        """The verb of the event: opened, updated, resolved, reopened; or test."""
        return self.event_type.split(".")[2]

    @property
    def headline(self) -> str:
        """What a reader has to know first; two notices with one headline say the same."""
        return f"{self.status}/{self.severity}"


class Known(BaseModel):
    """What was last heard of a finding, to tell a change of severity and a late event."""

    model_config = ConfigDict(frozen=True)

    finding_id: str
    severity: Severity
    version: int


def is_news(notice: Notice, known: Known | None) -> bool:
    """Whether anybody is to be told: of an update, only when the severity changed."""
    if notice.kind != "updated":
        return True
    return (
        known is not None and known.version < notice.version and known.severity != notice.severity
    )


def learn(notice: Notice, known: Known | None) -> Known:
    """What is known after the notice; a late one teaches nothing."""
    if known is not None and known.version >= notice.version:
        return known
    return Known(finding_id=notice.finding_id, severity=notice.severity, version=notice.version)
