"""What ``steward policy backtest`` and ``diff`` ask for: plain rows about rules over the past."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from functions.policy.adapters.rule_files import load, shipped
from functions.policy.model.backtest.history import Change, Past, step_of
from functions.policy.model.backtest.outcome import Difference, Outcome, difference, outcome
from functions.policy.model.backtest.replay import Spell, Window
from functions.policy.model.difference import differences
from functions.policy.model.rule import Rule
from steward.errors import BadInput

Row: TypeAlias = dict[str, Any]
SHIPPED = "shipped"
"""In place of a file: the rule of the same id that ships."""


def types_of(*files: Path) -> tuple[str, ...]:
    """The resource types whose history a trial of these rules takes.

    Raises:
        RuleError: a rule is broken.
    """
    return tuple(dict.fromkeys(kind for file in files for kind in load(file).resources))


def backtest(
    file: Path, against: str | None, past: Iterable[Row], *, until: datetime, days: int
) -> Row:
    """What a rule would have found in the days before an instant, and how that differs from another.

    ``past`` are documents of one resource each, as ``read_history`` gives them.

    Raises:
        BadInput: a document is no history, or no rule of that id ships.
        RuleError: a rule is broken.
    """
    new, window = load(file), Window(until - timedelta(days=days), until)
    pasts = (past_of(document, place) for place, document in enumerate(past, start=1))
    if against is None:
        return _outcome(outcome(new, pasts, window))
    compared = difference(_other(against, new.id), new, list(pasts), window)
    return _outcome(compared.new) | {"against": _outcome(compared.old), **_difference(compared)}


def diff(old: Path, new: Path) -> list[Row]:
    """What two versions of a rule differ in; nothing where they mean the same.

    Raises:
        RuleError: a rule is broken.
    """
    return [one._asdict() for one in differences(load(old), load(new))]


def read_history(file: Path) -> Iterator[Row]:
    """The histories in a file: a JSON object a line, with ``resource`` and ``changes``.

    Raises:
        BadInput: it cannot be read, or a line is no JSON object.
    """
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _line(file, number, line)
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error}); give a file of histories") from error


def past_of(document: Mapping[str, Any], place: int = 1) -> Past:
    """A resource and its changes, whichever of them comes first.

    Raises:
        BadInput: a field is missing or breaks its rule.
    """
    try:
        changes = [
            Change(
                datetime.fromisoformat(change["at"]), tuple(step_of(one) for one in change["patch"])
            )
            for change in document["changes"]
        ]
        if len(changes) > 1 and changes[0].at < changes[-1].at:
            changes.reverse()
        kind = document["resource"]["type"].strip()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(
            f"history {place}: {error!r}; give 'resource' as 'steward inventory show' prints it and "
            "'changes' as 'steward inventory history' does"
        ) from error
    return Past({**document["resource"], "type": kind}, changes)


def _line(file: Path, number: int, line: bytes) -> Row:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"{file}:{number}: no JSON ({error}); give one object a line") from error
    if not isinstance(document, dict):
        raise BadInput(f"{file}:{number}: no object; give 'resource' and 'changes'")
    return document


def _other(against: str, rule_id: str) -> Rule:
    if against != SHIPPED:
        return load(Path(against))
    known = shipped().get(rule_id)
    if known is None:
        raise BadInput(f"against {SHIPPED}: no rule {rule_id!r} ships; name a file")
    return known


def _outcome(one: Outcome) -> Row:
    return {
        "rule": one.rule.id,
        "severity": one.rule.severity.value,
        "since": one.window.since.isoformat(),
        "until": one.window.until.isoformat(),
        "open": len(one.open),
        "opened": one.opened,
        "resolved": one.resolved,
        "unknown": one.replayed.doubtful,
        "judged": one.replayed.judged,
        "not_read": one.replayed.skipped,
        "gaps": one.replayed.broken,
        "days": [day._asdict() | {"day": day.day.isoformat()} for day in one.days()],
        "findings": [_spell(spell) for spell in one.spells],
    }


def _difference(compared: Difference) -> Row:
    return {
        "changed": [each._asdict() for each in differences(compared.old.rule, compared.new.rule)],
        "appear": [_spell(spell) for spell in compared.appear],
        "vanish": [_spell(spell) for spell in compared.vanish],
        "reworded": [_spell(spell) for spell in compared.reworded],
    }


def _spell(spell: Spell) -> Row:
    resource = spell.resource
    return {
        "resource": resource.get("name") or resource.get("native_id"),
        "resource_id": resource.get("id"),
        "account": resource.get("account"),
        "region": resource.get("region"),
        "opened_at": spell.opened_at.isoformat(),
        "resolved_at": None if spell.resolved_at is None else spell.resolved_at.isoformat(),
        "before": spell.carried,
        "message": spell.message,
    }


def written(document: Mapping[str, Any]) -> str:
    """A history as a line of a file."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
