"""How a filter compares two values: by Python's own operators, false where the kinds do not fit.

The words ``absent``, ``present``, ``not-null`` and ``empty`` ask whether there is a value at all;
an operator beside them still has its say. Nothing here raises for any value that JSON can hold.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Any

from functions.policy.model.language.networks import inside
from functions.policy.model.language.regex import Guarded, guarded

ABSENT, PRESENT, NOT_NULL, EMPTY = WORDS = ("absent", "present", "not-null", "empty")


def _within(item: Any, container: Any) -> bool:
    return (() if item is None else item) in container


def _not_within(item: Any, container: Any) -> bool:
    return (() if item is None else item) not in container


def _intersect(left: Any, right: Any) -> bool:
    return not set(left).isdisjoint(right)


def _difference(left: Any, right: Any) -> bool:
    return bool(set(left).difference(right))


def _remainder(left: Any, right: Any) -> bool:
    # Python's % also formats texts; a filter means numbers.
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return numbers and right != 0 and bool(left % right)


def glob_search(text: Any, pattern: Any) -> bool:
    """Whether a text fits a pattern of ``*``, ``?`` and ``[...]``."""
    fits = isinstance(text, str) and isinstance(pattern, str)
    return fits and len(text) <= MAX_GLOBBED and glob_pattern(pattern).match(text) is not None


MAX_GLOBBED = 65_536


@lru_cache(maxsize=512)
def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of ``*``, ``?`` and ``[...]`` as a regular expression; it never backtracks far."""
    return re.compile(translate(pattern))


@lru_cache(maxsize=512)
def matcher(pattern: str, *, ignore_case: bool) -> Guarded:
    """A pattern to be matched at the front of a text.

    Raises:
        Refused: its cost is not bounded.
    """
    return guarded(pattern, front=True, ignore_case=ignore_case)


def _regex(text: Any, pattern: Any) -> bool:
    return fits(text, matcher(pattern, ignore_case=True))


def _regex_case(text: Any, pattern: Any) -> bool:
    return fits(text, matcher(pattern, ignore_case=False))


def fits(text: Any, guard: Guarded) -> bool:
    """Whether a text begins with what a pattern means; never one longer than the guard allows."""
    return isinstance(text, str) and len(text) <= guard.limit and guard.search(text) is not None


OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "in": _within,
    "not-in": _not_within,
    "contains": operator.contains,
    "intersect": _intersect,
    "difference": _difference,
    "mod": _remainder,
    "glob": glob_search,
    "regex": _regex,
    "regex-case": _regex_case,
    "within": inside,
}
SPELLINGS: Mapping[str, str] = {
    "equal": "eq",
    "not-equal": "ne",
    "greater-than": "gt",
    "gte": "ge",
    "less-than": "lt",
    "lte": "le",
    "ni": "not-in",
}


def test(sign: str, left: Any, right: Any) -> bool:
    """Whether two values compare so."""
    if left is None and sign in ("in", "not-in"):
        left = ()
    if isinstance(right, str) and right in WORDS and _there(left, right):
        return True
    if sign == "":
        return bool(left == right)
    try:
        return bool(OPERATORS[sign](left, right))
    except TypeError:
        return False


def _there(value: Any, word: str) -> bool:
    match word:
        case "absent":
            return value is None
        case "present":
            return value is not None
        case "not-null":
            return bool(value)
        case _:
            return not value
