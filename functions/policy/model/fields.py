"""Which fields of a resource a rule reads, and those that no resource of its type has."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

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

Path: TypeAlias = tuple[str, ...]
Shape: TypeAlias = Mapping[str, Any]

ELEMENT = "[]"
ANYTHING = "*"
"""In a shape: whatever stands here is not described."""
ADDED = frozenset({"supplementary", "tags"})
"""What the inventory puts beside the fields of the cloud's answer."""


@dataclass(frozen=True, slots=True)
class UnknownField:
    """A field that is not in the shape of the type, and those that are spelled alike."""

    path: Path
    near: tuple[str, ...]

    def __str__(self) -> str:
        shown = ".".join(("configuration", *self.path)).replace(f".{ELEMENT}", ELEMENT)
        hint = (
            f"did you mean {' or '.join(self.near)}?" if self.near else "nothing is spelled alike"
        )
        return f"no field {shown}; {hint}"


def unknown_fields(tree: Node, shape: Shape) -> Iterator[UnknownField]:
    """The fields below ``configuration`` that a shape does not have, each once."""
    found = (_unknown(path, shape) for path in sorted(set(read(tree, {}))))
    yield from {each.path: each for each in found if each is not None}.values()


def read(node: Node, variables: Mapping[str, Path | None]) -> Iterator[Path]:
    """The paths below ``configuration`` that an expression reads; elements of lists are ``[]``."""
    path = _path(node, variables)
    if path:
        yield path
    inner = variables
    target: Node | None = None
    if isinstance(node, Macro | Project | Let):
        target = node.value if isinstance(node, Let) else node.target
        of = _path(bare(target), variables)
        element = of if of is None or isinstance(node, Let) else (*of, ELEMENT)
        inner = {**variables, node.variable: element}
    for child in children(node):
        yield from read(child, variables if child is target else inner)


def _path(node: Node, variables: Mapping[str, Path | None]) -> Path | None:
    match node:
        case Name(name="configuration"):
            return ()
        case Name(name=name):
            return variables.get(name)
        case Select(target=target, field=field) | Has(target=target, field=field):
            outer = _path(bare(target), variables)
            return None if outer is None else (*outer, field)
        case Index(target=target):
            outer = _path(bare(target), variables)
            return None if outer is None else (*outer, ELEMENT)
        case _:
            return None


def _unknown(path: Path, shape: Shape) -> UnknownField | None:
    here: Any = shape
    for at, step in enumerate(path):
        if at == 0 and step in ADDED:
            return None
        if not isinstance(here, Mapping) or ANYTHING in here:
            return None
        if step not in here:
            if step == ELEMENT or ELEMENT in here:
                return None  # a map gone through by its keys, or a list by its fields
            near = difflib.get_close_matches(step, here, n=2)
            return UnknownField(path[: at + 1], tuple(near))
        here = here[step]
    return None
