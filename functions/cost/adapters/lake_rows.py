"""Conditions and dimensions as SQL over rows of FOCUS, or over the daily rollups; values are quoted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from functions.cost.model.allocation.rules import Rule, RuleSetDraft
from functions.cost.model.explore.conditions import Condition, Operator, pattern
from functions.cost.model.explore.dimensions import Own, OwnDimension
from functions.cost.model.explore.fields import Field, check_own
from functions.cost.service.taking import ROLLUP
from steward.lake.reading import identifier, quoted


class Place(NamedTuple):
    """What is read: ``rows`` of FOCUS or ``rollups``, and the dimensions of one's own."""

    kind: str
    own: Own


def value(field: Field, place: Place) -> str:
    """A dimension's value as text, empty where a row has none."""
    if place.kind == ROLLUP and field.rolled is not None:
        return identifier(field.rolled)
    if field.tag is not None:
        path = quoted(f'$."{field.tag}"')
        return f"coalesce(json_extract_string(\"Tags\", {path}), '')"
    if field.own is not None:
        check_own([field], place.own)
        return _own(place.own[field.own], place)
    return f"coalesce({identifier(field.column or field.name)}, '')"


def all_of(found: Iterable[Condition], place: Place) -> str:
    """All of the conditions at once."""
    return " AND ".join(_condition(one, place) for one in found) or "true"


def rule_of(rules: RuleSetDraft, place: Place) -> str:
    """The place of the first rule that fits a row; -1 for none."""
    cases = (f"WHEN {_fits(rule, place)} THEN {n}" for n, rule in enumerate(rules.rules))
    return _case(cases, otherwise="-1")


def team_of(rules: RuleSetDraft, place: Place) -> str:
    """The team of a row whose rule stands in column ``rule``; empty for rules that split, and for none."""
    cases = []
    for n, rule in enumerate(rules.rules):
        if rule.to is not None:
            cases.append(f"WHEN rule = {n} THEN {quoted(rule.to)}")
        elif rule.by is not None:
            cases.append(f"WHEN rule = {n} THEN {value(Field.parse(rule.by), place)}")
    return _case(cases, otherwise="''")


def _fits(rule: Rule, place: Place) -> str:
    meets = all_of(rule.conditions(), place)
    return meets if rule.by is None else f"{meets} AND {value(Field.parse(rule.by), place)} <> ''"


def _condition(condition: Condition, place: Place) -> str:
    field = value(condition.field, place)
    match condition.operator:
        case Operator.THERE | Operator.MISSING:
            plain = f"{field} <> ''"
        case Operator.EQUAL | Operator.NOT_EQUAL:
            plain = f"{field} IN ({', '.join(map(quoted, condition.values))})"
        case Operator.LIKE | Operator.NOT_LIKE:
            likes = (
                f"regexp_full_match({field}, {quoted(pattern(one))})" for one in condition.values
            )
            plain = f"({' OR '.join(likes)})"
    return f"NOT ({plain})" if condition.negated else f"({plain})"


def _own(dimension: OwnDimension, place: Place) -> str:
    cases = (
        f"WHEN {all_of(one.conditions(), place)} THEN {quoted(one.value)}"
        for one in dimension.values
    )
    return _case(cases, otherwise="''")


def _case(cases: Iterable[str], *, otherwise: str) -> str:
    joined = " ".join(cases)
    return f"CASE {joined} ELSE {otherwise} END" if joined else otherwise
