"""What is wanted as SQL: every value a parameter, every path and name quoted."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from functions.inventory.model.resource import DELETED
from functions.inventory.model.search.conditions import (
    TIMES,
    Any_,
    Condition,
    Operator,
    Path,
)
from functions.inventory.model.search.query import TAG_KEYS, Order, Wanted
from steward.errors import BadInput
from steward.lake.reading import identifier, quoted

_COMPARED: Final = {
    Operator.EQUAL: "=",
    Operator.LESS: "<",
    Operator.AT_MOST: "<=",
    Operator.MORE: ">",
    Operator.AT_LEAST: ">=",
}
_NULL: Final = "null"
_MARK, _MIDDLE, _REPLACED = chr(30), chr(31), chr(65533)
_PLAIN: Final = ("id", "provider", "account", "region", "type", "native_id", "state", "version")
"""The columns that are never NULL."""


class Clause(NamedTuple):
    """A piece of SQL with the values of its parameters."""

    sql: str
    values: tuple[Any, ...] = ()


def where(wanted: Wanted) -> Clause:
    """The condition that the wanted rows fulfil."""
    parts = [Clause(f"{name} = ?", (value,)) for name, value in wanted.equal().items()]
    if wanted.state != DELETED:
        parts.append(Clause("state <> ?", (DELETED,)))
    if wanted.tag is not None:
        parts.append(_tag(wanted.tag))
    if wanted.text is not None:
        parts.append(_text(wanted.text))
    parts += [_condition(one) for one in wanted.conditions()]
    return all_of(parts)


def all_of(parts: list[Clause]) -> Clause:
    """All of the conditions at once."""
    sql = " AND ".join(f"({part.sql})" for part in parts) or "true"
    return Clause(sql, tuple(value for part in parts for value in part.values))


def sort_key(order: Order) -> str:
    """The value that rows are sorted by, never NULL and of one type each."""
    if order.field in _PLAIN:
        # As it stands in the files, which know the least and the most of each group of rows.
        return identifier(order.field)
    if order.field in TIMES:
        return f"coalesce(strftime({order.field}, '%Y-%m-%dT%H:%M:%S.%fZ'), '')"
    return f"coalesce(CAST({identifier(order.field)} AS VARCHAR), '')"


def after(order: Order, sort: str, id_: str) -> Clause:
    """The rows behind a place in the order.

    Raises:
        BadInput: the place is of another order.
    """
    value: Any = sort
    if order.field == "version":
        if not sort.isdecimal():
            raise BadInput(f"cursor {sort[:40]!r}: not a cursor of this list; start without one")
        value = int(sort)
    key, than = sort_key(order), "<" if order.descending else ">"
    # Equals stand by id, the same way round; the first part says the same again, for the files' sake.
    return Clause(f"{key} {than}= ? AND ({key}, id) {than} (?, ?)", (value, value, id_))


def by(order: Order) -> str:
    """The ORDER BY."""
    way = "DESC" if order.descending else "ASC"
    return f"{sort_key(order)} {way}, id {way}"


def facet_value(field: str) -> str:
    """The value that a facet counts, as SQL."""
    if field == TAG_KEYS:
        return "tag_keys"
    return _scalar(Path.parse(field))


def _tag(tag: str) -> Clause:
    key, equals, value = tag.partition("=")
    if equals:
        return _tagged(key, value)
    return Clause("contains(tags_text, ?)", (f"{_MARK}{_unmarked(key)}{_MIDDLE}",))


def _tagged(key: str, value: str) -> Clause:
    text = f"{_MARK}{_unmarked(key)}{_MIDDLE}{_unmarked(value)}{_MARK}"
    return Clause("contains(tags_text, ?)", (text,))


def _unmarked(text: str) -> str:
    return text.replace(_MARK, _REPLACED).replace(_MIDDLE, _REPLACED)


def _text(text: str) -> Clause:
    # One with nothing but blanks around finds the same; the id is looked for as it is.
    plain = text.strip()
    return Clause("(contains(search, lower(?)) OR id = ?)", (plain, plain))


def _condition(condition: Condition) -> Clause:
    path, operator, value = condition
    if operator is Operator.THERE:
        return Clause(f"{_scalar(path)} IS NOT NULL")
    if any(isinstance(step, Any_) for step in path.steps):
        return _any(condition)
    if value == _NULL and operator in (Operator.EQUAL, Operator.NOT_EQUAL):
        return Clause(f"{_scalar(path)} IS {'NOT ' * (operator is Operator.NOT_EQUAL)}NULL")
    return _compared(_scalar(path), operator, value, time=path.root in TIMES)


def _any(condition: Condition) -> Clause:
    """True of a row when it is of any element."""
    negated = condition.operator is Operator.NOT_EQUAL
    operator = Operator.EQUAL if negated else condition.operator
    inner = _compared("each", operator, condition.value, time=False)
    values = f"json_extract_string(configuration, {quoted(_json_path(condition.path))})"
    found = f"len(list_filter({values}, lambda each: coalesce({inner.sql}, false))) > 0"
    # A list of which no element is equal; nothing at all is not equal either.
    return Clause(f"NOT ({found})" if negated else found, inner.values)


def _compared(field: str, operator: Operator, value: str, *, time: bool) -> Clause:
    if operator is Operator.HAS:
        return Clause(f"contains(lower({field}), lower(?))", (value,))
    if operator is Operator.NOT_EQUAL:
        same = _compared(field, Operator.EQUAL, value, time=time)
        return Clause(f"NOT coalesce({same.sql}, false)", same.values)
    sign = _COMPARED[operator]
    if time:
        return Clause(f"TRY_CAST({field} AS TIMESTAMP) {sign} ({_instant(value)})", (value,))
    number = _number(value)
    if number is None:
        return Clause(f"{field} {sign} ?", (value,))
    # Numbers compare as numbers, wherever the provider writes them; 1 and 1.0 are the same.
    numeric = f"TRY_CAST({field} AS DOUBLE) {sign} ?"
    if operator is Operator.EQUAL:
        return Clause(f"{field} = ? OR {numeric}", (value, number))
    return Clause(numeric, (number,))


def _instant(value: str) -> str:
    del value
    return "CAST(CAST(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None  # noqa: PLR0124


def _scalar(path: Path) -> str:
    """The value at a path as text; NULL where there is none."""
    if path.root == "tags":
        return f"tags[{quoted(str(path.steps[0]))}]"
    if path.root == "configuration":
        if not path.steps:
            return "CAST(configuration AS VARCHAR)"
        return f"json_extract_string(configuration, {quoted(_json_path(path))})"
    return f"CAST({identifier(path.root)} AS VARCHAR)"


def _json_path(path: Path) -> str:
    text = "$"
    for step in path.steps:
        if isinstance(step, Any_):
            text += "[*]"
        elif isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f'."{step}"'
    return text
