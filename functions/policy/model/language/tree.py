"""The typed expression tree that every way of writing a rule ends in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Constant: TypeAlias = bool | int | float | str | None


class Kind(StrEnum):
    """The static kind of an expression; ``DYN`` is known only when it runs."""

    DYN = "any"
    NULL = "null"
    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    LIST = "list"
    MAP = "map"
    TIMESTAMP = "timestamp"
    DURATION = "duration"


NUMBERS = frozenset({Kind.INT, Kind.DOUBLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Any expression: ``at`` is its offset in the source; ``total`` means it is never unknown."""

    at: int
    kind: Kind = Kind.DYN
    total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """A constant."""

    value: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    """A root of the resource, ``now``, or the variable of an enclosing macro."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Node):
    """``target.field`` (or ``target["field"]``)."""

    target: Node
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Has(Node):
    """``has(target.field)``: the field is there, though it may be null."""

    target: Node
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Node):
    """``target[key]`` with a key that is not a constant text."""

    target: Node
    key: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf(Node):
    """``{"a": b}``; the keys are constant texts."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """``!operand``."""

    operand: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Negative(Node):
    """``-operand``."""

    operand: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Logical(Node):
    """``a && b && c`` or ``a || b || c``: at least two operands, one operator."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Node):
    """``== != < <= > >= in``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Node):
    """``+ - * / %``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Node):
    """``condition ? then : otherwise``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """A function or method; a method's target is its first argument."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro(Node):
    """``target.all(variable, body)`` and its kin; only ``map`` has a ``transform``."""

    macro: str
    target: Node
    variable: str
    body: Node | None
    transform: Node | None = None


def children(node: Node) -> tuple[Node, ...]:
    """The expressions directly inside one."""
    match node:
        case (
            Select(target=inner) | Has(target=inner) | Not(operand=inner) | Negative(operand=inner)
        ):
            return (inner,)
        case Index(target=left, key=right):
            return (left, right)
        case ListOf(items=items) | Logical(operands=items) | Call(arguments=items):
            return items
        case MapOf(entries=entries):
            return tuple(value for _, value in entries)
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Macro(target=target, body=body, transform=transform):
            return tuple(part for part in (target, body, transform) if part is not None)
        case _:
            return ()


def count(node: Node) -> int:
    """How many expressions a tree is made of."""
    return 1 + sum(count(child) for child in children(node))


def is_constant(node: Node) -> bool:
    """Whether an expression reads nothing of the resource."""
    return not isinstance(node, Name) and all(is_constant(child) for child in children(node))


def is_path(node: Node) -> bool:
    """Whether an expression is a plain path into the resource: what a partial resource may lack.

    What a list or a decoded document holds came in one piece and is known whole.
    """
    if isinstance(node, Name):
        return node.name in ("configuration", "tags")
    return isinstance(node, Select) and is_path(node.target)
