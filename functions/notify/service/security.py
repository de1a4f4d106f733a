"""Security events as notices: what happened, to whom, and what a reader should do."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, TypeAlias

from functions.notify.model.notice import Notice, Severity
from steward.contracts.audit import GapFound, VerificationFailed
from steward.contracts.identity import AccessElevated, AccessImpersonated

Alarm: TypeAlias = AccessElevated | AccessImpersonated | GapFound | VerificationFailed
_CHECK = "If nobody asked for this, suspend the user and end their sessions."
_VERIFY = "Run 'steward audit verify', keep what it says, and see the runbook of the audit trail."


class _Words(NamedTuple):
    title: str
    message: str
    severity: Severity
    subject: str
    kind: str
    reason: str
    remedy: str


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
        remediation=words.remedy,
        rule_id="security",
        resource_id=words.subject,
        resource_type=words.kind,
        resource_name=words.subject,
        account="",
        region="",
        tags={},
        reason=words.reason,
        opened_at=now,
        updated_at=now,
    )


def _words(alarm: Alarm) -> _Words:
    if isinstance(alarm, GapFound | VerificationFailed):
        return _of_trail(alarm)
    until = alarm.until.isoformat(timespec="minutes")
    about = (alarm.principal, "principal", alarm.reason, _CHECK)
    if isinstance(alarm, AccessElevated):
        place = f" from {alarm.ip}" if alarm.ip else ""
        said = f"{alarm.principal} is admin until {until}{place}: {alarm.reason}"
        return _Words("Break-glass", said, Severity.HIGH, *about)
    how = "reading and writing" if alarm.writes else "reading only"
    said = f"{alarm.by} acts as {alarm.principal} until {until}, {how}: {alarm.reason}"
    severity = Severity.HIGH if alarm.writes else Severity.MEDIUM
    return _Words("Impersonation", said, severity, *about)


def _of_trail(alarm: GapFound | VerificationFailed) -> _Words:
    if isinstance(alarm, VerificationFailed):
        said = (
            f"audit entry {alarm.n} was {alarm.fault}: {alarm.detail} ({alarm.findings} findings)"
        )
        about = (f"audit/{alarm.n}", "audit-entry", alarm.found_by, _VERIFY)
        return _Words("Audit trail tampered with", said, Severity.CRITICAL, *about)
    mended = "it was chained late" if alarm.healed else "it cannot be chained any more"
    said = f"commit {alarm.commit} of table {alarm.table} was in no audit entry; {mended}"
    severity = Severity.MEDIUM if alarm.healed else Severity.CRITICAL
    about = (f"{alarm.table}/{alarm.commit}", "commit", alarm.reason, _VERIFY)
    return _Words("Gap in the audit trail", said, severity, *about)
