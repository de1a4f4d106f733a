"""Patterns of actions, resources and values: ``*`` is any text, ``?`` any one character."""

from __future__ import annotations

from collections.abc import Iterable


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern takes a text; the time grows with the product of their lengths."""
    return _takes(pattern, text, wild=False)


def covers(pattern: str, other: str) -> bool:
    """Whether a pattern takes every text that another pattern takes."""
    return _takes(pattern, other, wild=True)


def any_covers(patterns: Iterable[str], other: str) -> bool:
    """Whether one of the patterns covers another pattern."""
    return any(covers(pattern, other) for pattern in patterns)


def is_fixed(text: str) -> bool:
    """Whether a pattern takes one text only."""
    return "*" not in text and "?" not in text


def _takes(pattern: str, text: str, *, wild: bool) -> bool:
    at = here = 0
    star, retry = -1, 0
    while here < len(text):
        sign = pattern[at] if at < len(pattern) else ""
        if sign == "*":
            star, retry = at, here
            at += 1
        elif sign == text[here] or (sign == "?" and not (wild and text[here] == "*")):
            at += 1
            here += 1
        elif star >= 0:
            # The last star takes one character more, and the rest is tried again.
            retry += 1
            at, here = star + 1, retry
        else:
            return False
    return not pattern[at:].strip("*")
