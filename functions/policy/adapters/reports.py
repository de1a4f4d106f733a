"""Verdicts in the forms that other tools read: SARIF 2.1.0 for code hosts, JUnit for build servers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from functions.policy.model.rule import digest

Row: TypeAlias = Mapping[str, Any]
_LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning"}
_SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}


def sarif(rows: Sequence[Row]) -> str:
    """The violations as a SARIF log, one result each."""
    wrong = [row for row in rows if row["verdict"] == "violation"]
    rules = {row["rule"]: _rule(row) for row in wrong}
    places = {rule: place for place, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "Steward", "rules": list(rules.values())}},
        "results": [_result(row, places[row["rule"]]) for row in wrong],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def junit(rows: Sequence[Row]) -> str:
    """A test case for each verdict: a violation fails, what cannot be told is skipped."""
    failed = sum(row["verdict"] == "violation" for row in rows)
    skipped = sum(row["verdict"] == "unknown" for row in rows)
    head = f'tests="{len(rows)}" failures="{failed}" skipped="{skipped}"'
    cases = "\n".join(map(_case, rows))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {head}>\n'
        f'<testsuite name="steward policy" {head}>\n{cases}\n</testsuite>\n</testsuites>\n'
    )


def _rule(row: Row) -> dict[str, Any]:
    return {
        "id": row["rule"],
        "shortDescription": {"text": row.get("title") or row["rule"]},
        "properties": {"security-severity": _SCORES[row["severity"]]},
    }


def _result(row: Row, place: int) -> dict[str, Any]:
    result = {
        "ruleId": row["rule"],
        "ruleIndex": place,
        "level": _LEVELS.get(row["severity"], "note"),
        "message": {"text": row["message"]},
        "partialFingerprints": {"stewardFinding/v1": digest(f"{row['rule']}\x1f{row['resource']}")},
    }
    return result | ({"locations": [_location(row)]} if "file" in row else {})


def _location(row: Row) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": row["file"].replace("\\", "/")},
            "region": {"startLine": row["line"]},
        },
        "logicalLocations": [{"fullyQualifiedName": row["resource"]}],
    }


def _case(row: Row) -> str:
    where = f"{row['file']}:{row['line']}" if "file" in row else ""
    head = f"<testcase classname={_quoted(row['rule'])} name={_quoted(row['resource'])}"
    told = _clean(f"{where} {row['message']}".strip())
    match row["verdict"]:
        case "violation":
            kind = _quoted(row["severity"])
            failure = (
                f"<failure type={kind} message={_quoted(row['message'])}>{escape(told)}</failure>"
            )
            return f"{head}>{failure}</testcase>"
        case "unknown":
            return f"{head}><skipped message={_quoted(row['message'])}/></testcase>"
        case _:
            return f"{head}/>"


def _quoted(text: str) -> str:
    return quoteattr(_clean(str(text)))


def _clean(text: str) -> str:
    """Without the characters that no XML may hold."""
    return "".join(each for each in text if each.isprintable() or each in "\n\t")
