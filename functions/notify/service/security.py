"""Security events as notices: what happened, to whom, and what a reader should do."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, TypeAlias

from functions.notify.model.notice import Notice, Severity
from steward.contracts.identity import AccessElevated, AccessImpersonated

Alarm: TypeAlias = AccessElevated | AccessImpersonated
_CHECK = "If nobody asked for this, suspend the user and end their sessions."


class _Words(NamedTuple):
    title: str
    message: str
    severity: Severity


def security_notice(alarm: Alarm, *, event_id: str, now: datetime) -> Notice:
    """The event as something to tell; each is news of its own."""
    words = _words(alarm)
    return Notice(
        event_id=event_id,
        event_type=alarm.type,
        finding_id=event_id,
        version=1,
        severity=words.severity,
        status="notice",
        title=words.title,
        message=words.message,
        remediation=_CHECK,
        rule_id="security",
        resource_id=alarm.principal,
        resource_type="principal",
        resource_name=alarm.principal,
        account="",
        region="",
        tags={},
        reason=alarm.reason,
        opened_at=now,
        updated_at=now,
    )


def _words(alarm: Alarm) -> _Words:
    until = alarm.until.isoformat(timespec="minutes")
    if isinstance(alarm, AccessElevated):
        place = f" from {alarm.ip}" if alarm.ip else ""
        said = f"{alarm.principal} is admin until {until}{place}: {alarm.reason}"
        return _Words("Break-glass", said, Severity.HIGH)
    how = "reading and writing" if alarm.writes else "reading only"
    said = f"{alarm.by} acts as {alarm.principal} until {until}, {how}: {alarm.reason}"
    return _Words("Impersonation", said, Severity.HIGH if alarm.writes else Severity.MEDIUM)
