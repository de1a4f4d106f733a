"""A tree as the text that it could have been read from, on one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from functions.policy.model.language.kinds import FUNCTIONS
from functions.policy.model.language.tree import (
    Apply,
    Arithmetic,
    Call,
    Choice,
    Compare,
    Fixed,
    Has,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    MapOf,
    Name,
    Negative,
    Node,
    Not,
    Select,
    Test,
    children,
)

_LOOSE = (Logical, Compare, Test, Arithmetic, Choice)
"""What stands in brackets wherever it is a part of something else."""


def written(node: Node) -> str:
    """The expression as text; what no text of the language writes stands as a function of its parts."""
    writer = _WRITERS.get(type(node))
    if writer is not None:
        return writer(node)
    return f"{type(node).__name__.lower()}({', '.join(written(child) for child in children(node))})"


def _inner(node: Node) -> str:
    return f"({written(node)})" if isinstance(node, _LOOSE) else written(node)


def _constant(node: Literal | Fixed) -> str:
    return json.dumps(node.value, ensure_ascii=False, default=str)


def _select(node: Select) -> str:
    plain = node.field.isidentifier()
    return f"{_inner(node.target)}{'.' + node.field if plain else f'[{json.dumps(node.field)}]'}"


def _has(node: Has) -> str:
    return f"has({_inner(node.target)}.{node.field})"


def _index(node: Index) -> str:
    return f"{_inner(node.target)}[{written(node.key)}]"


def _list(node: ListOf) -> str:
    return f"[{', '.join(map(written, node.items))}]"


def _map(node: MapOf) -> str:
    pairs = (f"{json.dumps(key)}: {written(value)}" for key, value in node.entries)
    return f"{{{', '.join(pairs)}}}"


def _logical(node: Logical) -> str:
    return f" {node.operator} ".join(map(_inner, node.operands))


def _two(node: Compare | Arithmetic) -> str:
    return f"{_inner(node.left)} {node.operator} {_inner(node.right)}"


def _test(node: Test) -> str:
    return f"{_inner(node.left)} {node.operator or '=='} {_inner(node.right)}"


def _apply(node: Apply) -> str:
    return f"{node.function}({', '.join(map(written, node.arguments))})"


def _choice(node: Choice) -> str:
    return f"{_inner(node.condition)} ? {_inner(node.then)} : {_inner(node.otherwise)}"


def _call(node: Call) -> str:
    signatures = FUNCTIONS.get(node.function)
    if signatures is not None and signatures[0].method:
        first, *rest = node.arguments
        return f"{_inner(first)}.{node.function}({', '.join(map(written, rest))})"
    return f"{node.function}({', '.join(map(written, node.arguments))})"


def _macro(node: Macro) -> str:
    inside = [node.variable]
    inside += [written(part) for part in (node.body, node.transform) if part is not None]
    return f"{_inner(node.target)}.{node.macro}({', '.join(inside)})"


_WRITERS: Mapping[type[Node], Callable[[Any], str]] = {
    Literal: _constant,
    Fixed: _constant,
    Name: lambda node: str(node.name),
    Select: _select,
    Has: _has,
    Index: _index,
    ListOf: _list,
    MapOf: _map,
    Not: lambda node: f"!{_inner(node.operand)}",
    Negative: lambda node: f"-{_inner(node.operand)}",
    Logical: _logical,
    Compare: _two,
    Arithmetic: _two,
    Choice: _choice,
    Test: _test,
    Apply: _apply,
    Call: _call,
    Macro: _macro,
}
