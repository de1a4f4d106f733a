"""What ``steward policy`` asks for: plain rows about rules, their cases, and resources in files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from functions.policy.adapters.case_files import tried
from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.rule_files import SHIPPED, load, rule_files, shipped
from functions.policy.model.controls import coverage
from functions.policy.model.facts import facts_of, from_config_item, is_config_item
from functions.policy.model.rule import Doubt, Pack, Rule, Violation
from functions.policy.service.rules import view
from steward.errors import BadInput

Row: TypeAlias = dict[str, Any]


def rules() -> list[Row]:
    """The rules that ship, by id.

    Raises:
        RuleError: one of them is broken.
    """
    return [view(rule).model_dump(mode="json") for rule in shipped().all()]


def controls(framework: str | None) -> Iterator[Row]:
    """A row for each control of one framework or of all, with the rules that bear on it.

    Raises:
        BadInput: there is no framework of that name.
        RuleError: a rule or a framework is broken.
    """
    known = frameworks()
    if framework is not None and framework not in known:
        raise BadInput(f"{framework!r}: no such framework; use {', '.join(known)}")
    chosen = [each for name, each in known.items() if framework in (None, name)]
    for one in coverage(shipped().all(), chosen):
        yield {
            "framework": one.framework,
            "section": one.section,
            "control": one.control.id,
            "check": one.control.check,
            "asks": one.control.asks,
            "status": one.status,
            "rules": list(one.rules),
        }


def try_rules(path: Path | None) -> Iterator[Row]:
    """A row for each case of each rule at or below a path; a broken file is a row with its error.

    Raises:
        BadInput: there is no rule file there.
    """
    _files(path)
    for outcome in tried(path or SHIPPED):
        verdict = "ok" if outcome.problem is None else "failed"
        yield {
            "rule": outcome.rule_id,
            "case": outcome.case,
            "outcome": verdict,
            "problem": outcome.problem,
        }


def check_file(file: Path, rules_at: Path | None, now: datetime) -> Iterator[Row]:
    """A row for each rule of each resource in a JSON file: violation, unknown or pass.

    Raises:
        BadInput: the file holds no resource.
        RuleError: a rule is broken.
    """
    pack = packed(rules_at)
    for document in documents(file):
        for rule in pack.of(str(document.get("type"))):
            yield _judged(rule, document, now)


def packed(path: Path | None) -> Pack:
    """The rules at or below a path, or those that ship.

    Raises:
        BadInput: there is no rule file there.
        RuleError: a rule is broken.
    """
    return shipped() if path is None else Pack(load(file) for file in _files(path))


def _files(path: Path | None) -> list[Path]:
    files = rule_files(path or SHIPPED)
    if not files or not files[0].is_file():
        raise BadInput(f"{path}: no rule file (*.yaml) there; name a file or a folder of them")
    return files


def _judged(rule: Rule, document: Row, now: datetime) -> Row:
    verdict = rule.judge(facts_of(document), now, partial=bool(document.get("partial")))
    row = {
        "resource": document.get("name") or document.get("native_id"),
        "rule": rule.id,
        "severity": rule.severity.value,
    }
    match verdict:
        case Violation(message=message):
            return row | {"verdict": "violation", "message": message}
        case Doubt(missing=missing):
            return row | {"verdict": "unknown", "message": f"{missing} is missing"}
        case None:
            return row | {"verdict": "pass", "message": ""}


def documents(file: Path) -> list[Row]:
    """The resources of a JSON file: Steward's own, or configuration items as AWS Config prints them.

    Raises:
        BadInput: the file holds none.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{file}: no JSON ({error}); give a resource or a list of them") from error
    if isinstance(content, dict) and isinstance(content.get("configurationItems"), list):
        content = content["configurationItems"]
    found = content if isinstance(content, list) else [content]
    if not found:
        raise BadInput(f"{file}: no resource in it; give one or a list of them")
    return [_document(file, document) for document in found]


def _document(file: Path, document: Any) -> Row:
    if isinstance(document, dict) and is_config_item(document):
        document = from_config_item(document)
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise BadInput(
            f"{file}: no resource; it needs 'type', as AWS::S3::Bucket, or 'resourceType'"
        )
    if not isinstance(document.get("configuration"), dict):
        raise BadInput(f"{file}: 'configuration' is no object; give what AWS Config records")
    return document
