"""Which parts of a resource an expression reads, as JSON pointers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from functions.policy.model.language.tree import (
    Has,
    Index,
    Let,
    Macro,
    Name,
    Node,
    Project,
    Select,
    bare,
    children,
)

Variables: TypeAlias = Mapping[str, str | None]

_ROOTS = {"resource": "", "configuration": "/configuration", "tags": "/tags"}
NOW = "now"
ALWAYS = frozenset({NOW, "/captured_at", "/version"})
"""What differs at every evaluation, whether or not a change names it."""


def reads(node: Node) -> frozenset[str]:
    """The pointers that decide the value; ``now`` among them when the time does."""
    return frozenset(_reads(node, {}))


def touched(read: Iterable[str], changed: Iterable[str]) -> bool:
    """Whether a change of the second pointers may alter what reads the first."""
    changes = tuple(changed)
    return any(path in ALWAYS or any(overlap(path, change) for change in changes) for path in read)


def overlap(path: str, change: str) -> bool:
    """Whether one pointer is the other, above it or below it."""
    return path == change or change.startswith(f"{path}/") or path.startswith(f"{change}/")


def _reads(node: Node, variables: Variables) -> set[str]:
    match node:
        case Name() | Select() | Has() | Index():
            pointer, _ = _pointer(node, variables)
            found = {pointer} if pointer is not None else set()
            return found | _keys(node, variables)
        case Macro(target=target, variable=variable):
            pointer, _ = _pointer(bare(target), variables)
            inner = {**variables, variable: pointer}
            found = _reads(target, variables)
            for part in (node.body, node.transform):
                found |= _reads(part, inner) if part is not None else set()
            return found
        case Project(target=target, variable=variable) | Let(value=target, variable=variable):
            pointer, _ = _pointer(bare(target), variables)
            inner = {**variables, variable: pointer}
            parts = (part for part in children(node) if part is not target)
            return _reads(target, variables).union(*(_reads(part, inner) for part in parts))
        case _:
            return set[str]().union(*(_reads(child, variables) for child in children(node)))


def _keys(node: Node, variables: Variables) -> set[str]:
    """What is read on the way: keys of indexes, and targets that are no plain path."""
    match node:
        case Index(target=target, key=key):
            return _reads(key, variables) | _keys(target, variables)
        case Select(target=target) | Has(target=target):
            return _keys(target, variables)
        case Name():
            return set()
        case _:
            return _reads(node, variables)


def _pointer(node: Node, variables: Variables) -> tuple[str | None, bool]:
    """The pointer of a path, and whether a field can still be added to it."""
    match node:
        case Name(name=name) if name in variables:
            return variables[name], False
        case Name(name=name):
            return (NOW, False) if name == NOW else (_ROOTS[name], True)
        case Select(target=target, field=field) | Has(target=target, field=field):
            pointer, exact = _pointer(target, variables)
            if pointer is None or not exact:
                return pointer, False
            return f"{pointer}/{field.replace('~', '~0').replace('/', '~1')}", True
        case Index(target=target):
            return _pointer(target, variables)[0], False
        case _:
            return None, False
