"""What ``steward policy explain`` asks for: how a rule comes to its verdict on a resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from functions.policy.adapters.rule_files import load, shipped
from functions.policy.model.facts import facts_of
from functions.policy.model.language.explain import Step, explain
from functions.policy.model.language.interpret import Unknown
from functions.policy.model.rule import Doubt, Rule, Violation
from steward.errors import BadInput

Row: TypeAlias = dict[str, Any]
MOST_TEXT = 200
MOST_LINE = 100


class Explained(NamedTuple):
    """The verdict, what is said of it, and a row for each part of the condition."""

    verdict: str
    message: str
    rows: list[Row]


def rule_of(word: str) -> Rule:
    """The rule in a file, or the one of that id that ships.

    Raises:
        BadInput: there is neither.
        RuleError: it is broken.
    """
    if Path(word).is_file():
        return load(Path(word))
    known = shipped().get(word)
    if known is None:
        raise BadInput(
            f"{word}: neither a rule file nor the id of a rule that ships; see 'steward policy rules'"
        )
    return known


def explained(rule: Rule, document: Mapping[str, Any], now: datetime) -> Explained:
    """How a rule judges one resource.

    Raises:
        BadInput: the rule judges no resources of that type.
    """
    if document["type"] not in rule.resources:
        raise BadInput(
            f"{rule.id} judges {', '.join(rule.resources)}; the resource is a {document['type']}"
        )
    partial = bool(document.get("partial"))
    facts = facts_of(document)
    tree = rule.partial_tree if partial else rule.tree
    rows = [_row(step) for step in explain(tree, facts, now, partial=partial)]
    return Explained(*_told(rule, facts, now, partial=partial), rows)


def _told(rule: Rule, facts: Row, now: datetime, *, partial: bool) -> tuple[str, str]:
    match rule.judge(facts, now, partial=partial):
        case Violation(message=message):
            return "violation", message
        case Doubt(missing=missing):
            return "unknown", f"{missing} is missing"
        case None:
            return "pass", ""


def _row(step: Step) -> Row:
    unknown = isinstance(step.value, Unknown)
    told = ", ".join(step.value.reasons) if unknown else step.value
    return {
        "depth": step.depth,
        "expression": step.text,
        "for": step.of,
        "state": "unknown" if unknown else _state(step.value),
        "value": told if unknown else _plain(told),
    }


def _state(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "value"


def _plain(value: object) -> Any:
    """A value as JSON holds it; one that would fill the screen is cut and shown as text."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return json.loads(text) if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def shown(rows: list[Row]) -> Iterator[Row]:
    """The rows for a screen: indented by how deep they stand, and no longer than a line."""
    for row in rows:
        text = "  " * row["depth"] + row["expression"]
        yield {**row, "expression": text if len(text) <= MOST_LINE else f"{text[:MOST_LINE]}…"}
