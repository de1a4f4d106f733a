"""Differences of two JSON documents that can be applied, taken back and shown.

The operations are those of JSON Patch (RFC 6902: add, remove, replace) with a ``before`` member, which
the RFC tells readers to ignore and which lets a change be undone without the older document.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

Json: TypeAlias = Any


class Operation(BaseModel):
    """One step of a difference: ``path`` is a JSON Pointer (RFC 6901)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    op: Literal["add", "remove", "replace"]
    path: str
    value: Json = None
    before: Json = None


Patch: TypeAlias = tuple[Operation, ...]


def diff(before: Json, after: Json) -> Patch:
    """The operations that turn ``before`` into ``after``; none when they are the same JSON."""
    return tuple(_diff(before, after, ""))


def apply(document: Json, patch: Patch) -> Json:
    """A new document: ``document`` with the operations carried out in order."""
    result = copy.deepcopy(document)
    for step in patch:
        if step.op == "remove":
            result = _remove(result, step.path)
        else:
            result = _put(result, step.path, step.value, insert=step.op == "add")
    return result


def undo(document: Json, patch: Patch) -> Json:
    """A new document: what it was before ``patch`` had made it ``document``."""
    return take_back(copy.deepcopy(document), patch)


def take_back(document: Json, patch: Patch) -> Json:
    """The same as `undo` in place, for who goes back over many."""
    for step in reversed(patch):
        if step.op == "add":
            document = _remove(document, step.path)
        else:
            document = _put(document, step.path, step.before, insert=step.op == "remove")
    return document


def paths(patch: Patch) -> tuple[str, ...]:
    """The pointers a difference touches, in order and without repeats."""
    return tuple(dict.fromkeys(step.path for step in patch))


def same(left: Json, right: Json) -> bool:
    """Whether two values are the same JSON: unlike Python, ``true`` is not ``1``."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


def pointer(parts: Iterable[str]) -> str:
    """The JSON Pointer of the parts, escaped."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def parts(path: str) -> tuple[str, ...]:
    """The unescaped parts of a JSON Pointer."""
    return tuple(p.replace("~1", "/").replace("~0", "~") for p in path.split("/")[1:])


def _diff(before: Json, after: Json, path: str) -> Iterator[Operation]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _diff_objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _diff_arrays(before, after, path)
    elif not same(before, after):
        yield Operation(op="replace", path=path, value=after, before=before)


def _diff_objects(
    before: dict[str, Json], after: dict[str, Json], path: str
) -> Iterator[Operation]:
    for key in sorted(before.keys() | after.keys()):
        place = path + pointer((key,))
        if key not in after:
            yield Operation(op="remove", path=place, before=before[key])
        elif key not in before:
            yield Operation(op="add", path=place, value=after[key])
        else:
            yield from _diff(before[key], after[key], place)


def _diff_arrays(before: list[Json], after: list[Json], path: str) -> Iterator[Operation]:
    shared = min(len(before), len(after))
    for index in range(shared):
        yield from _diff(before[index], after[index], f"{path}/{index}")
    for index in range(len(before) - 1, shared - 1, -1):
        yield Operation(op="remove", path=f"{path}/{index}", before=before[index])
    for index in range(shared, len(after)):
        yield Operation(op="add", path=f"{path}/{index}", value=after[index])


def _put(document: Json, path: str, value: Json, *, insert: bool) -> Json:
    if not path:
        return copy.deepcopy(value)
    holder, last = _holder(document, path)
    if not isinstance(holder, list):
        holder[last] = copy.deepcopy(value)
    elif insert:
        holder.insert(int(last), copy.deepcopy(value))
    else:
        holder[int(last)] = copy.deepcopy(value)
    return document


def _remove(document: Json, path: str) -> Json:
    holder, last = _holder(document, path)
    del holder[int(last) if isinstance(holder, list) else last]
    return document


def _holder(document: Json, path: str) -> tuple[Json, str]:
    *above, last = parts(path)
    for part in above:
        document = document[int(part) if isinstance(document, list) else part]
    return document, last
