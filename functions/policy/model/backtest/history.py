"""What a resource was before each of its changes: patches taken back, as far as a rule reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Any


class Step(NamedTuple):
    """One operation of a patch; ``before`` is what it replaced or removed."""

    op: str
    path: str
    before: Json


class Change(NamedTuple):
    """What became different at an instant."""

    at: datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A resource as it is now, with its changes, newest first."""

    resource: Mapping[str, Json]
    changes: Sequence[Change] = ()


def step_of(operation: Mapping[str, Json]) -> Step:
    """A step from its JSON."""
    return Step(operation["op"], operation["path"], operation.get("before"))


def take_back(document: Json, steps: Sequence[Step]) -> Json:
    """What the document was before the steps; only the containers on their paths are made anew.

    Raises:
        LookupError, TypeError, ValueError: the document is not what the steps made.
    """
    for step in reversed(steps):
        path = _parts(step.path)
        document = _restored(document, path, step) if path else step.before
    return document


def _restored(holder: Json, path: tuple[str, ...], step: Step) -> Json:
    """A copy of one level; what lies beside the path is the same object as before."""
    key, *rest = path
    if isinstance(holder, list):
        return _restored_list(holder, int(key), tuple(rest), step)
    fresh = dict(holder)
    if rest:
        fresh[key] = _restored(holder[key], tuple(rest), step)
    elif step.op == "add":
        del fresh[key]
    else:
        fresh[key] = step.before
    return fresh


def _restored_list(holder: list[Json], at: int, rest: tuple[str, ...], step: Step) -> list[Json]:
    fresh = list(holder)
    if rest:
        fresh[at] = _restored(holder[at], rest, step)
    elif step.op == "add":
        del fresh[at]
    elif step.op == "remove":
        fresh.insert(at, step.before)
    else:
        fresh[at] = step.before
    return fresh


def _parts(path: str) -> tuple[str, ...]:
    if "~" not in path:
        return tuple(path.split("/")[1:])
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])
