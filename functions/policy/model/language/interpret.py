"""A slow, plain reading of a typed tree, straight from the semantics.

It says *why* something cannot be told (which path is missing), fills in messages, and is what the
generated code is tested against; it shares no evaluation code with it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeAlias

from functions.policy.model.language import convert
from functions.policy.model.language.library import FUNCTIONS
from functions.policy.model.language.regex import guarded
from functions.policy.model.language.tree import (
    Apply,
    Arithmetic,
    Call,
    Choice,
    Compare,
    Fixed,
    Has,
    Index,
    Let,
    ListOf,
    Literal,
    Logical,
    Macro,
    MapOf,
    Name,
    Negative,
    Node,
    Not,
    Project,
    Select,
    Test,
    Truth,
    is_path,
)

MAX_REASONS = 3
_MAX_INT = 2**63 - 1


class Unknown(NamedTuple):
    """What cannot be told, and because of which paths (at most three)."""

    reasons: tuple[str, ...]


Value: TypeAlias = Any
Scope: TypeAlias = Mapping[str, tuple[Any, str]]
_NONE: Scope = {}


class _Reading(NamedTuple):
    resource: Mapping[str, Any]
    now: datetime
    variables: Scope
    partial: bool

    def bound(self, variable: str, value: Any, path: str) -> _Reading:
        return self._replace(variables={**self.variables, variable: (value, path)})


def interpret(
    node: Node,
    resource: Mapping[str, Any],
    now: datetime,
    *,
    partial: bool = False,
    variables: Scope = _NONE,
) -> Value | Unknown:
    """What an expression gives for a resource, or why that cannot be told.

    ``variables`` are those of the macros around it: a value and how it is called.
    """
    return _value(node, _Reading(resource, now, variables, partial))


def path_of(node: Node, variables: Scope | None = None) -> str:
    """How a field is called in messages: ``configuration.metadataOptions.httpTokens``."""
    match node:
        case Name(name=name):
            return variables[name][1] if variables and name in variables else name
        case Select(target=target, field=field) | Has(target=target, field=field):
            return f"{path_of(target, variables)}.{field}"
        case Index(target=target):
            return f"{path_of(target, variables)}[]"
        case (
            Call(function=function, arguments=(first, *_))
            | Apply(function=function, arguments=(first, *_))
        ):
            return f"{function}({path_of(first, variables)})"
        case Macro(target=target, macro=macro):
            return f"{path_of(target, variables)}.{macro}()"
        case _:
            return "expression"


def _value(node: Node, reading: _Reading) -> Value | Unknown:
    match node:
        case Literal(value=value) | Fixed(value=value):
            return value
        case Name(name=name):
            return _name(name, reading)
        case Select(target=target, field=field):
            found = _value(target, reading)
            if isinstance(found, dict) and field in found:
                return found[field]
            return found if isinstance(found, Unknown) else _absent(node, reading)
        case ListOf(items=items):
            values = [_value(item, reading) for item in items]
            return _unknown(values) or values
        case MapOf(entries=entries):
            values = [_value(value, reading) for _, value in entries]
            return _unknown(values) or dict(zip((k for k, _ in entries), values, strict=True))
        case _:
            return _READERS[type(node)](node, reading)


def _not(node: Not, reading: _Reading) -> bool | Unknown:
    told = _condition(node.operand, reading)
    return told if isinstance(told, Unknown) else not told


def _negative(node: Negative, reading: _Reading) -> Value | Unknown:
    zero = Literal(at=node.at, value=0)
    return _arithmetic(Arithmetic(at=node.at, operator="-", left=zero, right=node.operand), reading)


def _choice(node: Choice, reading: _Reading) -> Value | Unknown:
    told = _condition(node.condition, reading)
    if isinstance(told, Unknown):
        return told
    return _value(node.then if told else node.otherwise, reading)


def _has(node: Has, reading: _Reading) -> bool | Unknown:
    found = _value(node.target, reading)
    if isinstance(found, Unknown):
        return found
    if not isinstance(found, dict):
        return _absent(node.target, reading)
    there = node.field in found
    open_ended = reading.partial and is_path(node.target)
    return _absent(node, reading) if open_ended and not there else there


def _name(name: str, reading: _Reading) -> Value:
    if name in reading.variables:
        return reading.variables[name][0]
    if name == "now":
        return reading.now
    return reading.resource if name == "resource" else reading.resource[name]


def _absent(node: Node, reading: _Reading) -> Unknown:
    return Unknown((path_of(node, reading.variables),))


def _unknown(values: Iterable[Value | Unknown]) -> Unknown | None:
    reasons: dict[str, None] = {}
    found = False
    for value in values:
        if isinstance(value, Unknown):
            found = True
            reasons |= dict.fromkeys(value.reasons)
    return Unknown(tuple(reasons)[:MAX_REASONS]) if found else None


def _condition(node: Node, reading: _Reading) -> bool | Unknown:
    value = _value(node, reading)
    return value if isinstance(value, bool | Unknown) else _absent(node, reading)


def _logical(node: Logical, reading: _Reading) -> bool | Unknown:
    told = [_condition(operand, reading) for operand in node.operands]
    decisive = node.operator == "||"
    if any(value is decisive for value in told):
        return decisive
    return _unknown(told) or not decisive


def _index(node: Index, reading: _Reading) -> Value | Unknown:
    container: Any = _value(node.target, reading)
    key: Any = _value(node.key, reading)
    unknown = _unknown((container, key))
    if unknown is not None:
        return unknown
    if isinstance(container, dict) and isinstance(key, str) and key in container:
        return container[key]
    if isinstance(container, list) and _is_int(key) and 0 <= key < len(container):
        return container[key]
    return _absent(node, reading)


_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compare(node: Compare, reading: _Reading) -> bool | Unknown:
    left, right = _value(node.left, reading), _value(node.right, reading)
    unknown = _unknown((left, right))
    if unknown is not None:
        return unknown
    if node.operator == "in":
        return _inside(node, left, right, reading)
    if node.operator in ("==", "!="):
        return _equal(left, right) is (node.operator == "==")
    ordered = (str, bool, datetime, timedelta)
    if (_is_number(left) and _is_number(right)) or (
        type(left) is type(right) and isinstance(left, ordered)
    ):
        return _ORDERS[node.operator](left, right)
    return _unknown((_absent(node.left, reading), _absent(node.right, reading))) or False


def _inside(node: Compare, item: Value, container: Value, reading: _Reading) -> bool | Unknown:
    if isinstance(container, list):
        return any(_equal(item, other) for other in container)
    if isinstance(container, dict) and isinstance(item, str | bool | int | float):
        there = isinstance(item, str) and item in container
        open_ended = reading.partial and is_path(node.right)
        return _absent(node.right, reading) if open_ended and not there else there
    return _absent(node.right, reading)


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return False
        return all(_equal(one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return set(left) == set(right) and all(_equal(left[key], right[key]) for key in left)
    return bool(left == right)


def _is_int(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Value) -> bool:
    return isinstance(value, float) or _is_int(value)


def _arithmetic(node: Arithmetic, reading: _Reading) -> Value | Unknown:
    left, right = _value(node.left, reading), _value(node.right, reading)
    unknown = _unknown((left, right))
    if unknown is not None:
        return unknown
    try:
        result = _computed(node.operator, left, right)
    except (OverflowError, ZeroDivisionError):
        result = None
    if result is None or (_is_int(result) and abs(result) > _MAX_INT):
        return _unknown((_absent(node.left, reading), _absent(node.right, reading)))
    return result


def _computed(sign: str, left: Value, right: Value) -> Value | None:
    if _is_number(left) and _is_number(right):
        return _number(sign, left, right)
    one, other = type(left), type(right)
    if sign == "+" and one is other and one in (str, list, timedelta):
        return left + right
    if sign == "+" and {one, other} == {datetime, timedelta}:
        return left + right
    if sign == "-" and (one, other) in (
        (datetime, datetime),
        (datetime, timedelta),
        (timedelta, timedelta),
    ):
        return left - right
    return None


def _number(sign: str, left: Any, right: Any) -> Any:
    whole = _is_int(left) and _is_int(right)
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" if whole:
            return _towards_zero(left, right)
        case "/":
            return left / right
        case _ if whole:
            return left - right * _towards_zero(left, right)
        case _:
            return None


def _towards_zero(left: int, right: int) -> int:
    quotient, rest = divmod(left, right)
    return quotient + 1 if rest and quotient < 0 else quotient


_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "startsWith": lambda text, other: text[: len(other)] == other,
    "endsWith": lambda text, other: other == "" or text[-len(other) :] == other,
    "contains": lambda text, other: text.find(other) >= 0,
}


def _call(node: Call, reading: _Reading) -> Value | Unknown:
    if node.function == "orElse":
        value = _value(node.arguments[0], reading)
        return _value(node.arguments[1], reading) if isinstance(value, Unknown) else value
    values = [_value(argument, reading) for argument in node.arguments]
    unknown = _unknown(values)
    if unknown is not None:
        return unknown
    result = _called(node.function, values)
    return _absent(node.arguments[0], reading) if result is None else result


def _called(function: str, values: list[Value]) -> Value | None:
    value = values[0]
    if function in _TEXTS:
        texts = all(isinstance(one, str) for one in values)
        return _TEXTS[function](value, values[1]) if texts else None
    match function:
        case "matches":
            return _matched(value, values[1])
        case "size":
            return len(value) if isinstance(value, str | list | dict) else None
        case "lowerAscii":
            return (
                re.sub("[A-Z]+", lambda m: m[0].lower(), value) if isinstance(value, str) else None
            )
        case "asList":
            return convert.as_list(value)
        case "json":
            return convert.from_json(value)
        case _ if function.startswith("policy."):
            return _analysed(function, values)
        case _:
            return _converted(function, values)


def _analysed(function: str, values: list[Value]) -> Value | None:
    from functions.policy.model.iam.analyses import ANALYSES

    return ANALYSES[function](*values)


def _matched(value: Value, pattern: str) -> bool | None:
    guard = guarded(pattern)
    if not isinstance(value, str) or len(value) > guard.limit:
        return None
    return guard.search(value) is not None


def _converted(function: str, values: list[Value]) -> Value | None:
    value = values[0]
    match function:
        case "includesPort":
            return convert.includes_port(*values)
        case "int":
            return convert.to_int(value)
        case "double":
            return convert.to_double(value)
        case "string":
            return convert.to_string(value)
        case "timestamp" if isinstance(value, str) or _is_int(value):
            return convert.timestamp(value)
        case "timestamp":
            return value if isinstance(value, datetime) else None
        case "duration" if isinstance(value, str):
            return convert.duration(value)
        case "duration":
            return value if isinstance(value, timedelta) else None
        case _:
            raise ValueError(function)


def _macro(node: Macro, reading: _Reading) -> Value | Unknown:
    items = _value(node.target, reading)
    if isinstance(items, Unknown):
        return items
    if not isinstance(items, list | dict):
        return _absent(node.target, reading)
    path = f"{path_of(node.target, reading.variables)}[]"
    scopes = [reading.bound(node.variable, item, path) for item in items]
    told = [True if node.body is None else _condition(node.body, scope) for scope in scopes]
    match node.macro:
        case "all" if any(value is False for value in told):
            return False
        case "exists" if any(value is True for value in told):
            return True
    unknown = _unknown(told)
    if unknown is not None:
        return unknown
    return _finished(node, told, scopes)


def _finished(node: Macro, told: list[Any], scopes: list[_Reading]) -> Value | Unknown:
    chosen = [scope for scope, value in zip(scopes, told, strict=True) if value]
    match node.macro:
        case "all":
            return True
        case "exists":
            return False
        case "exists_one":
            return len(chosen) == 1
        case "filter":
            return [scope.variables[node.variable][0] for scope in chosen]
        case _:
            assert node.transform is not None  # noqa: S101 - the parser's promise, for the type checker
            values = [_value(node.transform, scope) for scope in chosen]
            return _unknown(values) or values


def _test(node: Test, reading: _Reading) -> bool | Unknown:
    left, right = _value(node.left, reading), _value(node.right, reading)
    unknown = _unknown((left, right))
    if unknown is not None:
        return unknown
    if isinstance(right, str) and right in ("absent", "present", "not-null", "empty"):
        told = {
            "absent": left is None,
            "present": left is not None,
            "not-null": bool(left),
            "empty": not left,
        }
        if told[right] and not (node.operator in ("in", "not-in") and left is None):
            return True
    return _compared(node.operator, left, right)


def _compared(sign: str, left: Any, right: Any) -> bool:
    if sign in ("in", "not-in") and left is None:
        left = ()
    if sign == "":
        return bool(left == right)
    try:
        return bool(_FILTER_TESTS[sign](left, right))
    except TypeError:
        return False


def _fits(text: Any, pattern: str, *, ignore_case: bool) -> bool:
    guard = guarded(pattern, front=True, ignore_case=ignore_case)
    return isinstance(text, str) and len(text) <= guard.limit and guard.search(text) is not None


_FILTER_TESTS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "in": lambda left, right: left in right,
    "not-in": lambda left, right: left not in right,
    "contains": lambda left, right: right in left,
    "intersect": lambda left, right: set(left) & set(right),
    "difference": lambda left, right: set(left) - set(right),
    "mod": lambda left, right: (
        isinstance(left, int | float) and isinstance(right, int | float) and right and left % right
    ),
    "glob": lambda left, right: (
        isinstance(left, str) and isinstance(right, str) and fnmatchcase(left, right)
    ),
    "regex": lambda left, right: _fits(left, right, ignore_case=True),
    "regex-case": lambda left, right: _fits(left, right, ignore_case=False),
}


def _truth(node: Truth, reading: _Reading) -> bool | Unknown:
    value = _value(node.operand, reading)
    if isinstance(value, Unknown):
        return value
    return not (
        value is None or value is False or (isinstance(value, str | list | dict) and not value)
    )


def _project(node: Project, reading: _Reading) -> Value | Unknown:
    items = _value(node.target, reading)
    if not isinstance(items, list):
        return items if isinstance(items, Unknown) else None
    path = f"{path_of(node.target, reading.variables)}[]"
    scopes = [reading.bound(node.variable, item, path) for item in items]
    if node.condition is not None:
        scopes = [scope for scope in scopes if _condition(node.condition, scope) is True]
    values = [_value(node.body, scope) for scope in scopes]
    return _unknown(values) or [value for value in values if value is not None]


def _let(node: Let, reading: _Reading) -> Value | Unknown:
    value = _value(node.value, reading)
    if isinstance(value, Unknown):
        return value
    return _value(node.body, reading.bound(node.variable, value, path_of(node.value, None)))


def _apply(node: Apply, reading: _Reading) -> Value | Unknown:
    values = [_value(argument, reading) for argument in node.arguments]
    return _unknown(values) or FUNCTIONS[node.function](*values)


_READERS: Mapping[type[Node], Callable[[Any, _Reading], Value | Unknown]] = {
    Has: _has,
    Index: _index,
    Not: _not,
    Logical: _logical,
    Compare: _compare,
    Arithmetic: _arithmetic,
    Negative: _negative,
    Choice: _choice,
    Call: _call,
    Macro: _macro,
    Test: _test,
    Truth: _truth,
    Project: _project,
    Let: _let,
    Apply: _apply,
}
