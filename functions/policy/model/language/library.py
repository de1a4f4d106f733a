"""Functions that filters and JMESPath apply: each has an answer for any values, null if no other."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from functions.policy.model.language import schedules, versions
from functions.policy.model.language.dates import moment
from functions.policy.model.language.networks import inside, network, prefix

MAX_DIGITS = 64


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) in (int, float) for value in values)


def _texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _alike(values: Any) -> bool:
    return _numbers(values) or _texts(values)


def _length(value: Any) -> Any:
    return len(value) if isinstance(value, str | list | dict) else None


def _contains(value: Any, item: Any) -> Any:
    if isinstance(value, str):
        return isinstance(item, str) and item in value
    return item in value if isinstance(value, list) else None


def _starts_with(value: Any, start: Any) -> Any:
    return value.startswith(start) if isinstance(value, str) and isinstance(start, str) else None


def _ends_with(value: Any, end: Any) -> Any:
    return value.endswith(end) if isinstance(value, str) and isinstance(end, str) else None


def _join(glue: Any, parts: Any) -> Any:
    return glue.join(parts) if isinstance(glue, str) and _texts(parts) else None


def _split(separator: Any, value: Any) -> Any:
    fits = isinstance(separator, str) and isinstance(value, str) and separator
    return value.split(separator) if fits else None


def _reverse(value: Any) -> Any:
    return value[::-1] if isinstance(value, str | list) else None


def _type(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string"}
    names |= {list: "array", dict: "object"}
    return names.get(type(value), "null")


def _to_number(value: Any) -> Any:
    if type(value) in (int, float):
        return value
    if not isinstance(value, str) or len(value) > MAX_DIGITS:
        return None
    for read in (int, float):
        try:
            return read(value)
        except ValueError:
            continue
    return None


def _to_string(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), default=str)


def _from_json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None


def _merge(*values: Any) -> Any:
    if not all(isinstance(value, dict) for value in values):
        return None
    return {key: inner for value in values for key, inner in value.items()}


def _flatten(value: Any) -> Any:
    if not isinstance(value, list):
        return None
    for each in value:
        if isinstance(each, list):
            break
    else:
        return value  # nearly always: nothing to flatten
    return [inner for each in value for inner in (each if isinstance(each, list) else [each])]


def _unwrapped(value: Any) -> Any:
    """The elements of lists of one."""
    return [one for (one,) in value] if isinstance(value, list) else None


def _at(value: Any, index: Any) -> Any:
    there = isinstance(value, list) and -len(value) <= index < len(value)
    return value[index] if there else None


def _slice(value: Any, start: Any, stop: Any, step: Any) -> Any:
    return value[slice(start, stop, step)] if isinstance(value, list) else None


def _rounded(turn: Callable[[float], int]) -> Callable[[Any], Any]:
    def rounded(value: Any) -> Any:
        finite = type(value) in (int, float) and math.isfinite(value)
        return turn(value) if finite else None

    return rounded


def _sorted_by(values: Any, keys: Any) -> Any:
    if not isinstance(values, list) or not _alike(keys):
        return None
    ranked = sorted(range(len(values)), key=keys.__getitem__)
    return [values[at] for at in ranked]


def _most_by(choose: Callable[..., int]) -> Callable[[Any, Any], Any]:
    def most_by(values: Any, keys: Any) -> Any:
        if not isinstance(values, list) or not values or not _alike(keys):
            return None
        return values[choose(range(len(values)), key=keys.__getitem__)]

    return most_by


def _earliest(values: Any) -> Any:
    """The first moment of a list, null where there is none."""
    if type(values) is not list:
        return None
    if values and type(values[0]) is datetime:
        try:
            return min(values)
        except TypeError:
            pass  # texts among them, or moments with and without a zone
    return min((at for value in values if (at := moment(value))), default=None)


JMESPATH: Mapping[str, tuple[Callable[..., Any], int]] = {
    "abs": (lambda value: abs(value) if type(value) in (int, float) else None, 1),
    "avg": (lambda v: sum(v) / len(v) if _numbers(v) and v else None, 1),
    "ceil": (_rounded(math.ceil), 1),
    "contains": (_contains, 2),
    "earliest": (_earliest, 1),
    "ends_with": (_ends_with, 2),
    "floor": (_rounded(math.floor), 1),
    "from_json": (_from_json, 1),
    "join": (_join, 2),
    "keys": (lambda value: list(value) if isinstance(value, dict) else None, 1),
    "length": (_length, 1),
    "max": (lambda v: max(v) if _alike(v) and v else None, 1),
    "min": (lambda v: min(v) if _alike(v) and v else None, 1),
    "merge": (_merge, -1),
    "not_null": (lambda *values: next((v for v in values if v is not None), None), -1),
    "reverse": (_reverse, 1),
    "sort": (lambda v: sorted(v) if _alike(v) else None, 1),
    "split": (_split, 2),
    "starts_with": (_starts_with, 2),
    "sum": (lambda v: sum(v) if _numbers(v) else None, 1),
    "to_array": (lambda value: value if isinstance(value, list) else [value], 1),
    "to_number": (_to_number, 1),
    "to_string": (_to_string, 1),
    "type": (_type, 1),
    "values": (lambda value: list(value.values()) if isinstance(value, dict) else None, 1),
}
"""By name, with how many arguments each takes; -1 is any number from one."""
BY_KEY: Mapping[str, Callable[[Any, Any], Any]] = {
    "sort_by": _sorted_by,
    "max_by": _most_by(max),
    "min_by": _most_by(min),
}
"""What ranks a list by what ``&expression`` gives for each element."""


def _tag(resource: Any, name: Any) -> Any:
    """The value of a tag; most are a list of keys and values, without a flaw."""
    try:
        for tag in resource["Tags"]:
            if tag["Key"] == name:
                return tag["Value"]
    except (KeyError, TypeError):
        return _tag_of(resource, name)
    return None


def _tag_of(resource: Any, name: Any) -> Any:
    """The value of a tag, however the cloud writes tags."""
    if not isinstance(resource, dict):
        return None
    if "Tags" in resource:
        return _listed(resource["Tags"], name)
    labels = resource["labels"] if "labels" in resource else resource.get("tags")
    return labels.get(name) if isinstance(labels, dict) else None


def _listed(tags: Any, name: Any) -> Any:
    if isinstance(tags, list):
        for tag in tags:
            if isinstance(tag, dict) and tag.get("Key") == name:
                return tag.get("Value")
    return None


_TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "noop": lambda text: text,
    "capitalize": str.capitalize,
    "lower": str.lower,
    "strip": str.strip,
    "title": str.title,
    "upper": str.upper,
    "nospaces": lambda text: text.replace(" ", ""),
    "nounderscores": lambda text: text.replace("_", ""),
    "nodashes": lambda text: text.replace("-", ""),
}
TRANSFORMS = frozenset(_TRANSFORMS)


def _renamed(key: Any, transforms: Any) -> Any:
    for transform in transforms if isinstance(key, str) else ():
        key = _TRANSFORMS[transform](key)
    return key


def _tag_like(tags: Any, name: Any, transforms: Any) -> Any:
    """The value of the last tag whose key reads so after the transforms."""
    found = {_renamed(key, transforms): value for key, value in _tag_map(tags).items()}
    return found.get(name)


def _tag_map(tags: Any) -> dict[str, Any]:
    """Tags of a resource or of the inventory by key."""
    if not isinstance(tags, dict):
        return {}
    if isinstance(tags.get("Tags"), list):
        pairs = [tag for tag in reversed(tags["Tags"]) if isinstance(tag, dict)]
        return {str(tag.get("Key")): tag.get("Value") for tag in pairs}
    for name in ("labels", "tags"):
        if isinstance(tags.get(name), dict):
            return dict(tags[name])
    return {} if "Tags" in tags else tags


def _tag_count(tags: Any) -> int:
    return sum(1 for key in _tag_map(tags) if not key.startswith("aws:"))


def _normalized(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _whole(value: Any) -> int:
    text = str(value).strip()
    try:
        return int(text) if len(text) <= MAX_DIGITS else 0
    except ValueError:
        return 0


def _float(value: Any) -> float:
    try:
        return float(str(value).strip())
    except ValueError:
        return 0.0


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | dict) else 0


def _unique_size(value: Any) -> int:
    try:
        return len(set(value))
    except TypeError:
        return 0


def _captured(value: Any, guard: Any) -> Any:
    fits = isinstance(value, str) and len(value) <= guard.limit
    match = guard.search(value) if fits else None
    return match.group(1) if match is not None else None


def _age_of(value: Any) -> datetime | int:
    return moment(value) or 0


def _network(value: Any) -> Any:
    return [network(each) for each in value] if isinstance(value, list) else network(value)


def _within_any(inner: Any, outer: Any) -> bool:
    outers = outer if isinstance(outer, list) else [outer]
    return any(inside(network(inner), network(each)) for each in outers)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{f"jmespath.{name}": function for name, (function, _) in JMESPATH.items()},
    **{f"jmespath.{name}": function for name, function in BY_KEY.items()},
    "flatten": _flatten,
    "flatten_once": _unwrapped,
    "at": _at,
    "slice": _slice,
    "listed": lambda value: value if isinstance(value, list) else [],
    "tag": _tag,
    "tag_like": _tag_like,
    "tag_count": _tag_count,
    "normalize": _normalized,
    "integer": _whole,
    "float": _float,
    "size": _size,
    "unique_size": _unique_size,
    "captured": _captured,
    "moment": moment,
    "age_of": _age_of,
    "network": _network,
    "cidr_size": prefix,
    "within": _within_any,
    "version": versions.version,
    "marked": schedules.marked,
    "scheduled": schedules.scheduled,
}
