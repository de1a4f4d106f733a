"""Texts and parameters with braces in them, filled from what is known of a resource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.inventory.model.paths import getter

_HOLE = re.compile(r"\{(@?[\w.\[\]]+)(?:\|(\w+))?\}")
_ANY = "any"
_WAYS = {
    "last": lambda value: str(value).rstrip("/:").replace(":", "/").rpartition("/")[2],
    "host": lambda value: str(value).removesuffix("."),
    _ANY: lambda value: str(value or ""),
}
"""What may be made of a value before it stands in a text: the last word of an ARN, a name's bare host,
or nothing where there is none."""


def filled(value: Any, context: Mapping[str, Any]) -> Any:
    """Parameters with every hole filled; a text that is one hole becomes the value itself.

    A member whose hole has nothing to be filled with is left out.
    """
    match value:
        case str():
            return _filled(value, context)
        case Mapping():
            pairs = ((key, filled(one, context)) for key, one in value.items())
            return {key: one for key, one in pairs if one is not None}
        case list() | tuple():
            return [filled(one, context) for one in value]
        case _:
            return value


def written(template: str, context: Mapping[str, Any]) -> str | None:
    """A template as text; None when one of its holes has nothing to be filled with."""
    made: list[str] = []
    for literal, path, way in _parsed(template):
        made.append(literal)
        if path:
            value = getter(path)(context)
            if (value is None or value == "") and way != _ANY:
                return None
            made.append(_WAYS[way](value) if way else str(value))
    return "".join(made)


def told(template: str, context: Mapping[str, Any]) -> str | None:
    """What a template or a path says as text; None when there is nothing of the kind."""
    if "{" in template:
        return written(template, context)
    value = context.get(template) if template.startswith("@") else getter(template)(context)
    return None if value is None else str(value)


def holes(template: str) -> list[str]:
    """The paths in a template."""
    return [path for _, path, _ in _parsed(template) if path]


def _filled(template: str, context: Mapping[str, Any]) -> Any:
    parts = _parsed(template)
    if len(parts) == 1 and not parts[0][0] and not parts[0][2]:
        return getter(parts[0][1])(context)
    return written(template, context) if parts else template


@cache
def _parsed(template: str) -> list[tuple[str, str, str]]:
    """(text before, path, way) of each hole, and the text after the last one."""
    found: list[tuple[str, str, str]] = []
    end = 0
    for match in _HOLE.finditer(template):
        found.append((template[end : match.start()], match[1], match[2] or ""))
        end = match.end()
    if template[end:]:
        found.append((template[end:], "", ""))
    return found
