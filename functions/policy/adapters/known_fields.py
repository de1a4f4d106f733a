"""What is known of a resource type's fields: the shapes of AWS's answers, and the resources of the cases."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from functions.policy.adapters.case_files import cases_of
from functions.policy.adapters.lint import described
from functions.policy.adapters.rule_files import SHIPPED, load, rule_files
from functions.policy.adapters.shelf import types_in
from functions.policy.model.fields import ANYTHING, ELEMENT, Shape
from steward.errors import BadInput

Path_: TypeAlias = tuple[str, ...]
MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Known:
    """The fields below ``configuration``, and a whole resource where a case has one."""

    kind: str
    shape: Shape
    resource: Mapping[str, Any] | None

    def paths(self, *, depth: int = 12) -> Iterator[Path_]:
        """The paths of single values, at most so deep; ``[]`` is any element of a list."""
        yield from _leaves(self.shape, (), depth)

    def path(self, text: str) -> Path_:
        """A field as people write it, ``a.b[].c``, with or without ``configuration.`` before it.

        Raises:
            BadInput: the type has no such field that holds a single value.
        """
        wanted = text.removeprefix("configuration.").replace("[]", f".{ELEMENT}")
        known = {".".join(path): path for path in self.paths()}
        if wanted in known:
            return known[wanted]
        near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.4)
        hint = ", ".join(spelled(known[one]) for one in near or list(known)[:MOST_LISTED])
        raise BadInput(f"{text}: no single value of {self.kind}; did you mean {hint}?")


def spelled(path: Path_) -> str:
    """A path as it is read: ``ipPermissions[].fromPort``."""
    return ".".join(path).replace(f".{ELEMENT}", ELEMENT)


@cache
def types() -> tuple[str, ...]:
    """The types of which fields are known."""
    return tuple(sorted({*described(), *_files_of()}))


@cache
def known(kind: str) -> Known:
    """What is known of a type.

    Raises:
        BadInput: nothing is.
    """
    if kind not in types():
        near = difflib.get_close_matches(kind, types(), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see 'steward policy fields'"
        raise BadInput(f"{kind}: no resource type whose fields are known; {hint}")
    resources = [cases_of(file).resource for file in _files_of().get(kind, ())]
    shape: Shape = described().get(kind, {})
    for resource in resources:
        shape = _merged(shape, _shape(resource.get("configuration") or {}))
    return Known(kind, shape, max(resources, key=lambda one: len(str(one)), default=None))


@cache
def _files_of() -> Mapping[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for file in rule_files(SHIPPED):
        kinds = types_in(file.read_text("utf-8")) or load(file).resources
        # A file's cases are on its first type.
        found.setdefault(kinds[0], []).append(file)
        for kind in kinds[1:]:
            found.setdefault(kind, [])
    return found


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        merged: Any = 0
        for inner in value:
            merged = _merged(merged, _shape(inner))
        return {ELEMENT: merged}
    return 0


def _merged(one: Any, other: Any) -> Any:
    """Both shapes in one; a value that may be single or have parts is shown with its parts."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return one if isinstance(one, Mapping) else other
    if ANYTHING in one:
        return one
    return {**one, **{key: _merged(one.get(key, 0), inner) for key, inner in other.items()}}


def _leaves(shape: Any, path: Path_, depth: int) -> Iterator[Path_]:
    if not isinstance(shape, Mapping):
        if path and path[-1] != ELEMENT:
            yield path
        return
    for step, inner in shape.items():
        if step != ANYTHING and len(path) < depth:
            yield from _leaves(inner, (*path, step), depth)
