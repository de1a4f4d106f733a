"""What a template declares, in the shape that the inventory records: by tables, and never by a guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
Shape: TypeAlias = Mapping[str, Any]


class Unknown:
    """A value that is known only after deployment."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""Stands in a declaration; a resource has nothing in its place, and is known in part."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A resource as it would be: ``document`` as rules read it, ``address`` as its author calls it."""

    document: dict[str, Json]
    address: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A resource of a type that no table knows, so that no rule is asked."""

    type: str
    address: str
    file: str
    line: int


def configuration(shape: Shape, declared: Mapping[str, Json]) -> dict[str, Json]:
    """The recorded configuration of what is declared; what is not known is not there."""
    result: dict[str, Json] = {}
    for path, field in shape["fields"].items():
        value = _value(field, declared)
        if value is not UNKNOWN:
            _place(result, path.split("."), value)
    return result


def at(declared: Json, path: str) -> Json:
    """What stands at a path of names and numbers joined by dots; None where nothing does."""
    for part in path.split("."):
        if declared is UNKNOWN:
            return UNKNOWN
        if isinstance(declared, list):
            declared = declared[int(part)] if part.isdigit() and int(part) < len(declared) else None
        else:
            declared = declared.get(part) if isinstance(declared, Mapping) else None
    return declared


def whole(value: Json) -> Json:
    """The value, if all of it is known."""
    return UNKNOWN if _holds_unknown(value) else value


def tags(value: Json) -> dict[str, str]:
    """Tags from a map or a list of pairs, as far as they are known."""
    if isinstance(value, list):
        pairs = [(at(one, "Key"), at(one, "Value")) for one in value]
    else:
        pairs = list(value.items()) if isinstance(value, Mapping) else []
    return {key: text for key, text in pairs if isinstance(key, str) and isinstance(text, str)}


def _value(field: Mapping[str, Any], declared: Mapping[str, Json]) -> Json:
    if "each" in field:
        return _each(field, at(declared, field["each"]))
    if "single" in field:
        one = whole(at(declared, field["single"]))
        return UNKNOWN if one is UNKNOWN else [] if one is None else [{field["as"]: one}]
    if "every" in field:
        all_ = whole(at(declared, field["every"]))
        return UNKNOWN if all_ is UNKNOWN else [{field["as"]: one} for one in all_ or ()]
    value = whole(at(declared, field["from"]))
    if value is None:
        return field.get("default", UNKNOWN)
    kind = _KINDS.get(field.get("kind", ""))
    return value if value is UNKNOWN or kind is None else kind(value)


def _each(field: Mapping[str, Any], items: Json) -> Json:
    """A list of parts; one part of which anything that counts is not known makes all of it unknown."""
    if not isinstance(items, list):
        return UNKNOWN
    parts = []
    for item in items:
        values = {path: _value(inner, item) for path, inner in field["fields"].items()}
        if any(
            value is UNKNOWN and at(item, _source(field["fields"][path])) is not None
            for path, value in values.items()
        ):
            return UNKNOWN
        part: dict[str, Json] = {}
        for path, value in values.items():
            if value is not UNKNOWN:
                _place(part, path.split("."), value)
        parts.append(part)
    return parts


def _source(field: Mapping[str, Any]) -> str:
    return str(next(field[key] for key in ("from", "single", "every", "each") if key in field))


def _place(target: dict[str, Json], path: list[str], value: Json) -> None:
    *above, last = path
    for part in above:
        target = target.setdefault(part, {})
    target[last] = value


def _holds_unknown(value: Json) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_unknown, value.values()))
    return any(map(_holds_unknown, value)) if isinstance(value, list) else value is UNKNOWN


def _truth(value: Json) -> Json:
    return {"true": True, "false": False}.get(str(value).lower(), UNKNOWN)


def _number(value: Json) -> Json:
    try:
        return int(value)
    except (TypeError, ValueError):
        return UNKNOWN


def _text(value: Json) -> Json:
    return str(value).lower() if isinstance(value, bool) else str(value)


_KINDS: Mapping[str, Callable[[Json], Json]] = {"bool": _truth, "int": _number, "text": _text}
