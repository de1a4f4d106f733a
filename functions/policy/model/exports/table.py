"""Findings as CSV that a spreadsheet may open: no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from typing import Final

from steward.contracts.policy import FindingView

COLUMNS: Final = (
    *("id", "risk", "severity", "status", "rule_id", "rule_title", "provider", "account", "region"),
    *("resource_type", "resource_name", "resource_arn", "owner", "assignee", "message"),
    *("first_seen_at", "last_seen_at", "opened_at", "controls"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes a cell for a formula by: https://owasp.org/www-community/attacks/CSV_Injection."""


def header() -> str:
    """The line of the columns' names."""
    return _line(COLUMNS)


def line(finding: FindingView) -> str:
    """The line of a finding."""
    shown = finding.model_dump(mode="json")
    shown["risk"] = "" if finding.risk is None else finding.risk.score
    shown["controls"] = " ".join(
        f"{name}/{control}" for name, ids in finding.controls.items() for control in ids
    )
    return _line(tuple(_cell(shown[column]) for column in COLUMNS))


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
