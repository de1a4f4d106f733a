"""EventBridge event patterns, compiled once into closures and matched in about a microsecond.

The semantics are those of AWS's own engine (github.com/aws/event-ruler, README, "JSON Array Matching"
and "Exists matching"): a pattern meets leaf values, arrays are transparent, the fields of one nested
pattern must be found in the same array element, and absence is asked of the event as a whole.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias

from steward.errors import BadInput

Matcher: TypeAlias = Callable[[Mapping[str, Any]], bool]
Scalar: TypeAlias = str | int | float | bool | None
_Node: TypeAlias = dict[str, Any]
# A check sees one object and every object that stands at the same path in other array elements.
_Check: TypeAlias = Callable[[_Node, Sequence[_Node]], bool]
_Test: TypeAlias = Callable[[Any], bool]

_MISSING: Final = object()
_EMPTY: Final[_Node] = {}
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}
# Source: EventBridge user guide, "Numeric matching".
_NUMERIC_LIMIT: Final = 5.0e9
_BRANCHES: Final = 2


class PatternError(BadInput):
    """An event pattern that breaks a rule: says where, which operator and what is allowed."""


def compile(pattern: Mapping[str, Any]) -> Matcher:  # noqa: A001  # patterns.compile, as re.compile
    """Turn a pattern into a function from an event (parsed JSON) to whether it matches.

    Raises:
        PatternError: the pattern is not one that EventBridge would accept.
    """
    root = _object(pattern, "$", in_or=False)

    def matches(event: Mapping[str, Any]) -> bool:
        node = event if isinstance(event, dict) else dict(event)
        return root(node, (node,))

    return matches


def validate(pattern: Mapping[str, Any]) -> None:
    """Refuse a pattern that EventBridge would refuse.

    Raises:
        PatternError: names the path, the operator and what is allowed.
    """
    compile(pattern)


def _object(pattern: Any, path: str, *, in_or: bool) -> _Check:
    if not isinstance(pattern, Mapping) or not pattern:
        raise _refused(path, pattern, "use an object with at least one field")
    checks = tuple(_entry(key, value, path, in_or=in_or) for key, value in pattern.items())
    if len(checks) == 1:
        return checks[0]

    def every(node: _Node, siblings: Sequence[_Node]) -> bool:
        for check in checks:  # noqa: SIM110  # all() with a generator costs as much as the match
            if not check(node, siblings):
                return False
        return True

    return every


def _entry(key: str, value: Any, path: str, *, in_or: bool) -> _Check:
    here = f"{path}.{key}"
    if key == "$or":
        return _either(value, here)
    if in_or and key in _OPERATORS:
        raise _refused(here, key, "an operator's name cannot be a field directly inside $or")
    if isinstance(value, Mapping):
        return _nested(key, _object(value, here, in_or=in_or))
    if isinstance(value, list | tuple) and value:
        return _field(key, value, here)
    raise _refused(here, value, "use an object or a list of at least one value or operator")


def _either(branches: Any, path: str) -> _Check:
    if not isinstance(branches, list | tuple) or len(branches) < _BRANCHES:
        raise _refused(path, branches, "use a list of at least two objects")
    checks = tuple(_object(b, f"{path}[{i}]", in_or=True) for i, b in enumerate(branches))

    def either(node: _Node, siblings: Sequence[_Node]) -> bool:
        return any(check(node, siblings) for check in checks)

    return either


def _nested(key: str, inner: _Check) -> _Check:
    def nested(node: _Node, siblings: Sequence[_Node]) -> bool:
        value = node.get(key)
        if type(value) is dict and len(siblings) == 1:
            return inner(value, (value,))
        everyone = tuple(found for peer in siblings for found in _objects(peer.get(key)))
        candidates = tuple(_objects(value)) or (_EMPTY,)
        return any(inner(candidate, everyone or (_EMPTY,)) for candidate in candidates)

    return nested


def _field(key: str, items: Sequence[Any], path: str) -> _Check:
    test, absence = _alternatives(items, path)

    def present(node: _Node, _: Sequence[_Node]) -> bool:
        value = node.get(key, _MISSING)
        if isinstance(value, list):
            return any(map(test, _leaves(value)))
        if value is _MISSING or isinstance(value, dict):
            return False
        return test(value)

    if not absence:
        return present

    def present_or_absent(node: _Node, siblings: Sequence[_Node]) -> bool:
        return present(node, siblings) or not any(_has_leaf(peer, key) for peer in siblings)

    return present_or_absent


def _leaves(values: list[Any]) -> Iterator[Scalar]:
    for value in values:
        if isinstance(value, list):
            yield from _leaves(value)
        elif not isinstance(value, dict):
            yield value


def _objects(value: Any) -> Iterator[_Node]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _has_leaf(node: _Node, key: str) -> bool:
    value = node.get(key, _MISSING)
    if isinstance(value, list):
        return next(_leaves(value), _MISSING) is not _MISSING
    return value is not _MISSING and not isinstance(value, dict)


def _alternatives(items: Sequence[Any], path: str) -> tuple[_Test, bool]:
    """One test for a list of values and operators, and whether an absent field satisfies it."""
    values: list[Scalar] = []
    tests: list[_Test] = []
    absence = False
    for i, item in enumerate(items):
        here = f"{path}[{i}]"
        if not isinstance(item, Mapping):
            values.append(_scalar(item, here))
        elif item.get("exists", True) is False and len(item) == 1:
            absence = True
        else:
            tests.append(_operator(item, here))
    return _any([*_equal_to(values), *tests]), absence


def _any(tests: list[_Test]) -> _Test:
    if not tests:
        return _never
    if len(tests) == 1:
        return tests[0]
    choices = tuple(tests)
    return lambda value: any(test(value) for test in choices)


def _never(_: Any) -> bool:
    return False


def _equal_to(values: list[Scalar]) -> list[_Test]:
    """Set look-ups by kind, because Python alone would take ``True`` for ``1``."""
    words = frozenset(v for v in values if v is None or isinstance(v, str))
    flags = frozenset(v for v in values if isinstance(v, bool))
    numbers = frozenset(v for v in values if _is_number(v))
    tests: list[_Test] = []
    if words:
        tests.append(words.__contains__)
    if flags:
        tests.append(lambda value: isinstance(value, bool) and value in flags)
    if numbers:
        tests.append(lambda value: not isinstance(value, bool) and value in numbers)
    return tests


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scalar(value: Any, path: str) -> Scalar:
    if value is None or isinstance(value, str | int | float):
        return value
    raise _refused(path, value, "use a string, number, true, false, null or one operator")


def _operator(item: Mapping[str, Any], path: str) -> _Test:
    if len(item) != 1:
        raise _refused(path, sorted(item), "use exactly one operator in an object")
    name, argument = next(iter(item.items()))
    build = _OPERATORS.get(name)
    if build is None:
        raise _refused(path, name, f"use one of {', '.join(sorted(_OPERATORS))}")
    return build(argument, f"{path}.{name}")


def _exists(argument: Any, path: str) -> _Test:
    if argument is not True:
        raise _refused(path, argument, "use true or false")
    return lambda _: True


def _prefix(argument: Any, path: str) -> _Test:
    return _edge(argument, path, str.startswith)


def _suffix(argument: Any, path: str) -> _Test:
    return _edge(argument, path, str.endswith)


def _edge(argument: Any, path: str, holds: Callable[[str, str], bool]) -> _Test:
    if isinstance(argument, Mapping):
        if list(argument) != ["equals-ignore-case"]:
            raise _refused(path, sorted(argument), "use a string or {'equals-ignore-case': string}")
        lowered = _string(argument["equals-ignore-case"], f"{path}.equals-ignore-case").lower()
        return lambda value: isinstance(value, str) and holds(value.lower(), lowered)
    wanted = _string(argument, path)
    return lambda value: isinstance(value, str) and holds(value, wanted)


def _ignore_case(argument: Any, path: str) -> _Test:
    lowered = _string(argument, path).lower()
    return lambda value: isinstance(value, str) and value.lower() == lowered


def _wildcard(argument: Any, path: str) -> _Test:
    found = re.compile(_expression(_string(argument, path), path), re.DOTALL).fullmatch
    return lambda value: isinstance(value, str) and found(value) is not None


def _expression(text: str, path: str) -> str:
    r"""A regular expression for a wildcard, where ``\*`` and ``\\`` stand for themselves."""
    parts = re.findall(r"\\.|\\$|[^\\]", text, re.DOTALL)
    for part in parts:
        if part.startswith("\\") and part not in {"\\*", "\\\\"}:
            raise _refused(path, text, "a backslash may only stand before '*' or another backslash")
    if any(a == b == "*" for a, b in pairwise(parts)):
        raise _refused(path, text, "do not repeat '*' without a character between")
    return "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)


def _cidr(argument: Any, path: str) -> _Test:
    try:
        network = ipaddress.ip_network(_string(argument, path), strict=False)
    except ValueError as error:
        rule = f"use an address block such as 10.0.0.0/8 ({error})"
        raise _refused(path, argument, rule) from error

    def inside(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside


def _numeric(argument: Any, path: str) -> _Test:
    bounds = _bounds(argument, path)
    if len(bounds) == 1:
        ((compare, limit),) = bounds
        return lambda value: _is_number(value) and compare(value, limit)
    (above, low), (below, high) = bounds
    return lambda value: _is_number(value) and above(value, low) and below(value, high)


def _bounds(argument: Any, path: str) -> list[tuple[Callable[[Any, Any], bool], float]]:
    rule = "use [op, number] or ['>' or '>=', low, '<' or '<=', high]; op is <, <=, =, > or >="
    if not isinstance(argument, list | tuple) or len(argument) not in (2, 4):
        raise _refused(path, argument, rule)
    symbols, limits = list(argument[::2]), list(argument[1::2])
    if not all(isinstance(s, str) and s in _COMPARE for s in symbols):
        raise _refused(path, argument, rule)
    if not all(_is_number(n) and abs(n) <= _NUMERIC_LIMIT for n in limits):
        raise _refused(path, argument, "use numbers between -5.0e9 and 5.0e9")
    if len(symbols) > 1:
        if symbols[0] not in {">", ">="} or symbols[1] not in {"<", "<="}:
            raise _refused(path, argument, rule)
        if limits[0] >= limits[1]:
            raise _refused(path, argument, "the lower limit must be below the upper one")
    return [(_COMPARE[s], n) for s, n in zip(symbols, limits, strict=True)]


def _anything_but(argument: Any, path: str) -> _Test:
    if isinstance(argument, Mapping):
        return _anything_but_operator(argument, path)
    values = list(argument) if isinstance(argument, list | tuple) else [argument]
    words = all(isinstance(v, str) for v in values)
    if not values or not (words or all(_is_number(v) for v in values)):
        raise _refused(
            path, argument, "use a string, a number, a list of only one of them, or an operator"
        )
    excluded = frozenset(values)
    if words:
        return lambda value: value not in excluded
    return lambda value: isinstance(value, bool) or value not in excluded


def _anything_but_operator(argument: Mapping[str, Any], path: str) -> _Test:
    if len(argument) != 1 or next(iter(argument)) not in _NEGATED:
        raise _refused(path, sorted(argument), f"use exactly one of {', '.join(sorted(_NEGATED))}")
    name, given = next(iter(argument.items()))
    here = f"{path}.{name}"
    texts = list(given) if isinstance(given, list | tuple) else [given]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise _refused(here, given, "use a non-empty string or a list of them")
    test = _any([_NEGATED[name](text, here) for text in texts])
    return lambda value: not test(value)


def _string(value: Any, path: str) -> str:
    if isinstance(value, str):
        return value
    raise _refused(path, value, "use a string")


def _refused(path: str, value: object, rule: str) -> PatternError:
    return PatternError(f"event pattern at {path}: {value!r} is not allowed; {rule}")


_NEGATED: Final[dict[str, Callable[[Any, str], _Test]]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
}
_OPERATORS: Final[dict[str, Callable[[Any, str], _Test]]] = {
    **_NEGATED,
    "anything-but": _anything_but,
    "cidr": _cidr,
    "exists": _exists,
    "numeric": _numeric,
}
