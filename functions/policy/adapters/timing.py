"""What ``steward policy bench`` asks for: how long each rule takes on each resource of a snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from functions.policy.adapters.authoring import documents, packed
from functions.policy.model.facts import facts_of
from functions.policy.model.rule import Doubt, Rule, Verdict
from steward.errors import BadInput

Row: TypeAlias = dict[str, Any]
Facts: TypeAlias = tuple[dict[str, Any], bool]
Clock = Callable[[], int]
"""Nanoseconds of this process."""
TRIES = 3


def types_of(rules_at: Path | None) -> tuple[str, ...]:
    """The resource types that the rules at a path judge, or those that ship.

    Raises:
        BadInput: there is no rule file there.
        RuleError: a rule is broken.
    """
    rules = packed(rules_at).all()
    return tuple(sorted({kind for rule in rules for kind in rule.resources}))


def resources_in(file: Path) -> list[Row]:
    """The resources of a file: JSON, or one object a line as 'steward inventory export' writes.

    Raises:
        BadInput: it holds none, or a line is none.
    """
    if file.suffix != ".jsonl":
        return documents(file)
    try:
        lines = [orjson.loads(line) for line in file.read_bytes().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: no JSON lines ({error}); give one resource a line") from error
    for number, one in enumerate(lines, start=1):
        if not isinstance(one, dict) or not isinstance(one.get("configuration"), dict):
            raise BadInput(f"{file}:{number}: no resource; it needs 'type' and 'configuration'")
    return lines


def bench(
    rules_at: Path | None, resources: Iterable[Mapping[str, Any]], *, now: datetime, clock: Clock
) -> list[Row]:
    """A row for each rule that had something to judge, the slowest first.

    ``microseconds`` is what one resource takes, the best of three goes; compiling is not in it.

    Raises:
        BadInput: none of the resources is of a type that a rule judges.
    """
    pack, by_type = packed(rules_at), _by_type(resources)
    rows = [
        _timed(rule, facts, now, clock)
        for rule in pack.all()
        if (facts := [one for kind in rule.resources for one in by_type.get(kind, ())])
    ]
    if not rows:
        raise BadInput(
            f"no resource of a type that the rules judge among {', '.join(by_type) or 'none'}; "
            "give others"
        )
    return sorted(rows, key=lambda row: -row["microseconds"])


def _by_type(resources: Iterable[Mapping[str, Any]]) -> dict[str, list[Facts]]:
    found: dict[str, list[Facts]] = {}
    for one in resources:
        found.setdefault(str(one.get("type")), []).append((facts_of(one), bool(one.get("partial"))))
    return found


def _timed(rule: Rule, facts: list[Facts], now: datetime, clock: Clock) -> Row:
    told = Counter(_kind(rule.judge(one, now, partial=partial)) for one, partial in facts)
    spent = min(_once(rule, facts, now, clock) for _ in range(TRIES))
    return {
        "rule": rule.id,
        "resources": len(facts),
        "microseconds": round(spent / len(facts) / 1_000, 3),
        "violation": told["violation"],
        "unknown": told["unknown"],
        "pass": told["pass"],
    }


def _once(rule: Rule, facts: list[Facts], now: datetime, clock: Clock) -> int:
    judge, before = rule.judge, clock()
    for one, partial in facts:
        judge(one, now, partial=partial)
    return clock() - before


def _kind(verdict: Verdict) -> str:
    if verdict is None:
        return "pass"
    return "unknown" if isinstance(verdict, Doubt) else "violation"
