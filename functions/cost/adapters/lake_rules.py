"""The rules of FOCUS as conditions of SQL on rows whose columns have their types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from functions.cost.model.focus.columns import BY_NAME
from functions.cost.model.focus.rules import Demand, Rule
from steward.lake.reading import identifier, quoted

# Read without a pattern: nearly all rows of the world have one of them.
_COMMON: Final = ("USD", "EUR", "GBP", "JPY", "INR", "CNY", "CAD", "AUD", "CHF", "BRL")


def broken(rules: Sequence[Rule], families: Mapping[str, Sequence[str]]) -> str:
    """The ids of the rules that a row breaks, joined by commas; empty where it breaks none."""
    if not rules:
        return "''"
    cases = ", ".join(
        f"CASE WHEN {fault(one, families)} THEN {quoted(one.id)} END" for one in rules
    )
    return f"concat_ws(',', {cases})"


def fault(rule: Rule, families: Mapping[str, Sequence[str]]) -> str:
    """Whether a row breaks a rule."""
    value, text = identifier(rule.column), identifier(f"t {rule.column}")
    start = identifier(rule.column.replace("End", "Start"))
    every = [one for ones in families.values() for one in ones]
    said: dict[Demand, str] = {
        Demand.NOT_NULL: f"{text} IS NULL",
        Demand.ALLOWED: _none_of(value, BY_NAME[rule.column].allowed),
        Demand.CURRENCY: f"{_none_of(value, _COMMON)} AND {_odd_code(value)}",
        Demand.NOT_NEGATIVE: f"{value} < 0",
        Demand.TYPE: f"{text} IS NOT NULL AND {value} IS NULL",
        Demand.OBJECT: f"NOT (starts_with(ltrim({value}), '{{') AND json_valid({value}))",
        Demand.PARENT: f"{value} IS NOT NULL AND TRY_CAST({value} AS {_enum(every)}) IS NULL",
        Demand.AFTER_START: f"{value} <= {start}",
    }
    return said[rule.demand]


def _odd_code(value: str) -> str:
    return f"NOT regexp_full_match({value}, '[A-Z]{{3}}')"


def _enum(values: Iterable[str]) -> str:
    # It is looked up by hash, where a list of a hundred is looked through.
    return f"ENUM({', '.join(map(quoted, values))})"


def _none_of(value: str, values: Iterable[str]) -> str:
    # Of IN with more than a few values DuckDB makes a join, which costs more than looking through them.
    listed = ", ".join(map(quoted, values))
    return f"{value} IS NOT NULL AND NOT list_contains([{listed}], {value})"
