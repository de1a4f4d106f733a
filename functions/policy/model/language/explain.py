"""What each part of an expression gives for a resource, outermost first: how a verdict comes about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias

from functions.policy.model.language.interpret import interpret, path_of
from functions.policy.model.language.tree import (
    Has,
    Let,
    Macro,
    Name,
    Node,
    Project,
    Select,
    children,
    is_constant,
)
from functions.policy.model.language.writing import written

MOST_ELEMENTS = 3
"""Elements of a list whose conditions are shown one by one; the list's own value says the rest."""

Variables: TypeAlias = Mapping[str, tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Step:
    """One part: how deep it stands, its text, and its value or why there is none.

    ``of`` names the element for which a part inside a loop is shown.
    """

    depth: int
    text: str
    value: Any
    of: str = ""


@dataclass(frozen=True, slots=True)
class _Look:
    resource: Mapping[str, Any]
    now: datetime
    partial: bool
    variables: Variables = field(default_factory=dict)
    of: str = ""

    def value(self, node: Node) -> Any:
        return interpret(
            node, self.resource, self.now, partial=self.partial, variables=self.variables
        )

    def bound(self, variable: str, value: Any, path: str, of: str) -> _Look:
        variables = {**self.variables, variable: (value, path)}
        return _Look(self.resource, self.now, self.partial, variables, of)


def explain(
    tree: Node, resource: Mapping[str, Any], now: datetime, *, partial: bool = False
) -> Iterator[Step]:
    """Every part that is not plain from its own text, each after the whole that it is a part of."""
    yield from _steps(tree, _Look(resource, now, partial), 0)


def _steps(node: Node, look: _Look, depth: int) -> Iterator[Step]:
    if isinstance(node, Name) or is_constant(node):
        return
    yield Step(depth, written(node), look.value(node), look.of)
    if not _plain(node):
        for child, seen in _parts(node, look):
            yield from _steps(child, seen, depth + 1)


def _parts(node: Node, look: _Look) -> Iterator[tuple[Node, _Look]]:
    """The parts of an expression, each with what its variables stand for."""
    match node:
        case Macro(body=first, transform=second) | Project(condition=first, body=second):
            yield node.target, look
            for inside in _elements(node, look):
                yield from ((part, inside) for part in (first, second) if part is not None)
        case Let(variable=variable, value=value, body=body):
            yield value, look
            yield body, look.bound(variable, look.value(value), path_of(value, None), look.of)
        case _:
            yield from ((child, look) for child in children(node))


def _plain(node: Node) -> bool:
    """Whether a part is a path of names alone, whose steps would say nothing more."""
    if isinstance(node, Select | Has):
        return isinstance(node.target, Name) or _plain(node.target)
    return False


def _elements(node: Macro | Project, look: _Look) -> Iterator[_Look]:
    """What the loop's variable stands for, one element after the other."""
    items = look.value(node.target)
    if not isinstance(items, list | dict):
        return
    path = f"{path_of(node.target, look.variables)}[]"
    for at, item in enumerate(islice(items, MOST_ELEMENTS)):
        here = f"{node.variable}={item if isinstance(items, dict) else at}"
        yield look.bound(node.variable, item, path, f"{look.of} {here}".strip())
