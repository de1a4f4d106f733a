"""Findings as the Open Cybersecurity Schema Framework has them: Compliance Finding, class 2003.

Source: https://schema.ocsf.io/classes/compliance_finding
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from steward.contracts.policy import FindingStatus, FindingView, SeverityName

VERSION: Final = "1.8.0"
CATEGORY, CLASS = 2, 2003
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_SEVERITIES: Final[Mapping[SeverityName, int]] = MappingProxyType(
    {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
)
_STATUSES: Final[Mapping[FindingStatus, tuple[int, str]]] = MappingProxyType(
    {
        "open": (1, "New"),
        "reopened": (1, "New"),
        "in_review": (2, "In Progress"),
        "remediating": (2, "In Progress"),
        "waived": (3, "Suppressed"),
        "false_positive": (3, "Suppressed"),
        "resolved": (4, "Resolved"),
    }
)
_PROVIDERS: Final = MappingProxyType({"aws": "AWS", "azure": "Azure", "gcp": "GCP"})


def ocsf(finding: FindingView) -> dict[str, Any]:
    """A finding as one event."""
    status_id, status = _STATUSES[finding.status]
    activity = _activity(finding)
    return {
        "activity_id": activity,
        "category_uid": CATEGORY,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + activity,
        "time": _millis(finding.updated_at),
        "severity_id": _SEVERITIES[finding.severity],
        "severity": {"info": "Informational"}.get(finding.severity, finding.severity.capitalize()),
        "status_id": status_id,
        "status": status,
        "message": finding.message,
        "metadata": {
            "version": VERSION,
            "product": {"name": "Steward", "vendor_name": "Steward"},
            "profiles": ["cloud"],
        },
        "cloud": {
            "provider": _PROVIDERS.get(finding.provider, finding.provider),
            "region": finding.region,
            "account": {"uid": finding.account},
        },
        "finding_info": _info(finding),
        "compliance": _compliance(finding),
        "remediation": {"desc": finding.remediation},
        "resources": [_resource(finding)],
        "unmapped": {
            "evidence": finding.evidence,
            **({} if finding.risk is None else {"risk": finding.risk.model_dump(mode="json")}),
        },
    }


def _activity(finding: FindingView) -> int:
    if finding.status == "resolved":
        return _CLOSE
    return _CREATE if finding.version == 1 else _UPDATE


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _info(finding: FindingView) -> dict[str, Any]:
    return {
        "uid": finding.id,
        "title": finding.rule_title,
        "desc": finding.message,
        "types": [finding.rule_id],
        "created_time": _millis(finding.opened_at),
        "modified_time": _millis(finding.updated_at),
        "first_seen_time": _millis(finding.first_seen_at or finding.opened_at),
        "last_seen_time": _millis(finding.last_seen_at or finding.updated_at),
    }


def _compliance(finding: FindingView) -> dict[str, Any]:
    named = [f"{name} {control}" for name, ids in finding.controls.items() for control in ids]
    failed = finding.status not in ("resolved", "false_positive")
    return {
        "control": finding.rule_id,
        "standards": sorted(finding.controls) or ["Steward"],
        "requirements": named,
        # Resolved may mean that the rule or the resource is gone, which is no pass.
        "status_id": 3 if failed else 0,
        "status": "Fail" if failed else "Unknown",
    }


def _resource(finding: FindingView) -> dict[str, Any]:
    return {
        "uid": finding.resource_arn or finding.resource_id,
        "name": finding.resource_name,
        "type": finding.resource_type,
        "region": finding.region,
        "labels": [f"{name}={value}" for name, value in sorted(finding.tags.items())],
        **({} if finding.owner is None else {"owner": {"name": finding.owner}}),
    }
