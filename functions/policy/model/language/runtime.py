"""What generated code calls where an inline test would not do.

A value that is not there, or that no operation could give, is ``MISSING``; a condition that cannot
be told is ``None``. Nothing here raises for any value that JSON can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import wraps
from itertools import chain
from typing import Any, Final

from functions.policy.model.language import convert


class _Missing:
    """The one value that stands for a field that is not there."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
MAX_INT = 2**63 - 1
GROUP = 128
"""Resources that are fetched at once; 64 to 256 take the same time."""
_ORDERED = (str, datetime, timedelta, bool)


def looked_at(resources: Sequence[Any]) -> Iterator[Any]:
    """Each of many resources, with those next to it fetched from memory by then.

    To copy a few references touches what they refer to in one short loop, so the processor waits
    for many of them at once; a rule that goes from one to the next waits for each.
    """
    groups = (resources[at : at + GROUP] for at in range(0, len(resources), GROUP))
    return chain.from_iterable(groups)


def equal(left: Any, right: Any) -> bool | None:
    """``==``: numbers by value, true is not 1, kinds that differ are not equal."""
    if left is MISSING or right is MISSING:
        return None
    return same(left, right)


def not_equal(left: Any, right: Any) -> bool | None:
    """``!=``."""
    if left is MISSING or right is MISSING:
        return None
    return not same(left, right)


def same(left: Any, right: Any) -> bool:
    """Whether two present values are equal, all the way down."""
    if type(left) is list and type(right) is list:
        return len(left) == len(right) and all(map(same, left, right))
    if type(left) is dict and type(right) is dict:
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if type(left) is bool or type(right) is bool:
        return left is right
    return bool(left == right)


def _kinship(left: Any, right: Any) -> bool:
    if type(left) in (int, float):
        return type(right) in (int, float)
    return type(left) in _ORDERED and type(left) is type(right)


def less(left: Any, right: Any) -> bool | None:
    """``<``."""
    return bool(left < right) if _kinship(left, right) else None


def less_or_equal(left: Any, right: Any) -> bool | None:
    """``<=``."""
    return bool(left <= right) if _kinship(left, right) else None


def greater(left: Any, right: Any) -> bool | None:
    """``>``."""
    return bool(left > right) if _kinship(left, right) else None


def greater_or_equal(left: Any, right: Any) -> bool | None:
    """``>=``."""
    return bool(left >= right) if _kinship(left, right) else None


def within(item: Any, container: Any) -> bool | None:
    """``in``: an element of a list or a key of a map."""
    if item is MISSING:
        return None
    if type(container) is list:
        return any(same(item, other) for other in container)
    if type(container) is dict and type(item) in (str, bool, int, float):
        return type(item) is str and item in container
    return None


def has_partial(container: Any, field: str) -> bool | None:
    """``has()`` on a resource that is known in part: there, or unknown."""
    return True if type(container) is dict and field in container else None


def within_partial(item: Any, container: Any) -> bool | None:
    """``in`` on a resource that is known in part: a map may have more keys than are known."""
    told = within(item, container)
    return None if told is False and type(container) is dict else told


def index(container: Any, key: Any) -> Any:
    """``container[key]``."""
    if type(container) is dict and type(key) is str:
        return container.get(key, MISSING)
    if type(container) is list and type(key) is int and 0 <= key < len(container):
        return container[key]
    return MISSING


def _numbers(left: Any, right: Any) -> bool:
    return type(left) in (int, float) and type(right) in (int, float)


def _bounded(number: float) -> Any:
    return MISSING if type(number) is int and abs(number) > MAX_INT else number


def _timely(operation: Callable[[], Any]) -> Any:
    try:
        return operation()
    except OverflowError:
        return MISSING


def add(left: Any, right: Any) -> Any:
    """``+`` of numbers, texts, lists, or a moment and a duration."""
    if _numbers(left, right):
        return _timely(lambda: _bounded(left + right))
    if type(left) in (str, list) and type(left) is type(right):
        return left + right
    moments = {type(left), type(right)}
    if moments in ({datetime, timedelta}, {timedelta}):
        return _timely(lambda: left + right)
    return MISSING


def subtract(left: Any, right: Any) -> Any:
    """``-`` of numbers, moments and durations."""
    if _numbers(left, right):
        return _timely(lambda: _bounded(left - right))
    if type(left) is datetime and type(right) in (datetime, timedelta):
        return _timely(lambda: left - right)
    if type(left) is timedelta and type(right) is timedelta:
        return _timely(lambda: left - right)
    return MISSING


def multiply(left: Any, right: Any) -> Any:
    """``*`` of numbers."""
    if not _numbers(left, right):
        return MISSING
    return _timely(lambda: _bounded(left * right))


def divide(left: Any, right: Any) -> Any:
    """``/`` of numbers; of two ints it is cut towards zero; by zero it is unknown."""
    if not _numbers(left, right) or right == 0:
        return MISSING
    if type(left) is int and type(right) is int:
        quotient = abs(left) // abs(right)
        return _bounded(quotient if (left < 0) is (right < 0) else -quotient)
    return _timely(lambda: left / right)


def remainder(left: Any, right: Any) -> Any:
    """``%`` of ints, with the sign of the left one."""
    if type(left) is not int or type(right) is not int or right == 0:
        return MISSING
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def negative(value: Any) -> Any:
    """``-value``."""
    return _bounded(-value) if type(value) in (int, float) else MISSING


def size(value: Any) -> Any:
    """How many characters, elements or keys."""
    return len(value) if type(value) in (str, list, dict) else MISSING


def lower_ascii(value: Any) -> Any:
    """A text with A-Z made small."""
    if type(value) is not str:
        return MISSING
    return value.lower() if value.isascii() else value.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _or_missing(value: Any) -> Any:
    return MISSING if value is None else value


def to_int(value: Any) -> Any:
    """``int()``."""
    return _or_missing(convert.to_int(value))


def to_double(value: Any) -> Any:
    """``double()``."""
    return _or_missing(convert.to_double(value))


def to_string(value: Any) -> Any:
    """``string()``."""
    return _or_missing(convert.to_string(value))


def to_timestamp(value: Any) -> Any:
    """``timestamp()``."""
    if type(value) is datetime:
        return value
    return _or_missing(convert.timestamp(value)) if type(value) in (str, int) else MISSING


def to_duration(value: Any) -> Any:
    """``duration()``."""
    if type(value) is timedelta:
        return value
    return _or_missing(convert.duration(value)) if type(value) is str else MISSING


def from_json(value: Any) -> Any:
    """``json()``; the JSON text ``null`` counts as nothing there."""
    return _or_missing(convert.from_json(value))


def includes_port(text: Any, port: Any) -> Any:
    """``includesPort()``."""
    return _or_missing(convert.includes_port(text, port))


def analysed(analysis: Callable[..., Any]) -> Callable[..., Any]:
    """A ``policy.`` function; what is no policy document counts as nothing there."""

    @wraps(analysis)
    def called(*values: Any) -> Any:
        missing = any(value is MISSING for value in values)
        return MISSING if missing else _or_missing(analysis(*values))

    return called


def as_list(value: Any) -> Any:
    """``asList()``."""
    return MISSING if value is MISSING else convert.as_list(value)


def list_of(*items: Any) -> Any:
    """``[...]`` with an element that may not be there."""
    return MISSING if any(item is MISSING for item in items) else list(items)


def map_of(keys: tuple[str, ...], *values: Any) -> Any:
    """``{...}`` with a value that may not be there."""
    if any(value is MISSING for value in values):
        return MISSING
    return dict(zip(keys, values, strict=True))
