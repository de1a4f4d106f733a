"""Findings as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from steward.contracts.policy import FindingView

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = MappingProxyType(
    {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
)
_ACCEPTED: Final = ("waived", "false_positive")


def sarif(findings: Iterable[FindingView]) -> dict[str, Any]:
    """One run with what is not resolved; what is waived or dismissed stands there as suppressed."""
    shown = [finding for finding in findings if finding.status != "resolved"]
    rules = {finding.rule_id: finding for finding in shown}
    numbers = {rule_id: number for number, rule_id in enumerate(rules)}
    driver = {"name": "Steward", "rules": [_rule(finding) for finding in rules.values()]}
    results = [_result(finding, numbers[finding.rule_id]) for finding in shown]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _rule(finding: FindingView) -> dict[str, Any]:
    return {
        "id": finding.rule_id,
        "shortDescription": {"text": finding.rule_title},
        "help": {"text": finding.remediation},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
    }


def _result(finding: FindingView, rule: int) -> dict[str, Any]:
    name = finding.resource_arn or finding.resource_id
    place = {
        "physicalLocation": {"artifactLocation": {"uri": quote(name, safe="/:")}},
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}],
    }
    suppressed = [{"kind": "external", "status": "accepted"}]
    return {
        "ruleId": finding.rule_id,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [place],
        "partialFingerprints": {"steward/finding": finding.id},
        "suppressions": suppressed if finding.status in _ACCEPTED else [],
        "properties": {"status": finding.status, "account": finding.account},
    }
