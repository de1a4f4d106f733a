"""Paths into a cloud's answers, compiled: ``a.b`` is a member's member, ``a[].b`` one of each of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

WHOLE = "."
_EACH = "[]"


@cache
def getter(path: str) -> Callable[[Any], Any]:
    """What is at a path, None where there is nothing; lists on the way give the list of what is in each."""
    if path.endswith(_EACH) or f"{_EACH}." in path:
        return lambda value: list(each(path, value)) or None
    steps = () if path == WHOLE else tuple(path.split("."))
    if len(steps) == 1:
        return _member(steps[0])

    def get(value: Any) -> Any:
        for step in steps:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value

    return get


def each(path: str, value: Any) -> Iterator[Any]:
    """Everything at a path, one by one."""
    head, found, rest = path.partition(_EACH)
    inner = getter(head or WHOLE)(value)
    if not found:
        if inner is not None:
            yield inner
        return
    for one in inner if isinstance(inner, list | tuple) else ():
        yield from each(rest.removeprefix(".") or WHOLE, one)


def _member(name: str) -> Callable[[Any], Any]:
    return lambda value: value.get(name) if isinstance(value, dict) else None
