"""The typed expression tree that every way of writing a rule ends in."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, dataclass_transform

Constant: TypeAlias = bool | int | float | str | None
N = TypeVar("N", bound="Node")


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


@dataclass_transform(frozen_default=True, kw_only_default=True)
class _Made:
    """Tells a type checker that what derives from it is made by naming its fields."""


class Node(_Made):
    """Any expression: ``at`` is its offset in the source; ``total`` means it is never unknown.

    The fields of a kind are its annotations. A function that starts anew for every change has
    little time to import, and making so many data classes takes most of it.
    """

    at: int
    kind: Kind = Kind.DYN
    total: bool = False

    if not TYPE_CHECKING:  # the transform tells a type checker which fields there are

        def __init__(self, **fields: Any) -> None:
            self.__dict__.update(fields)

    def __repr__(self) -> str:
        told = (f"{name}={value!r}" for name, value in vars(self).items() if name != "at")
        return f"{type(self).__name__}({', '.join(told)})"


def changed(node: N, **fields: Any) -> N:
    """The same expression with other fields."""
    return type(node)(**{**vars(node), **fields})


class Literal(Node):
    """A constant."""

    value: Constant


class Fixed(Node):
    """A value made beforehand that no text of the language writes: a pattern, a set of hours."""

    value: object


class Name(Node):
    """A root of the resource, ``now``, or the variable of an enclosing macro."""

    name: str


class Select(Node):
    """``target.field`` (or ``target["field"]``)."""

    target: Node
    field: str


class Has(Node):
    """``has(target.field)``: the field is there, though it may be null."""

    target: Node
    field: str


class Index(Node):
    """``target[key]`` with a key that is not a constant text."""

    target: Node
    key: Node


class ListOf(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


class MapOf(Node):
    """``{"a": b}``; the keys are constant texts."""

    entries: tuple[tuple[str, Node], ...]


class Not(Node):
    """``!operand``."""

    operand: Node


class Negative(Node):
    """``-operand``."""

    operand: Node


class Logical(Node):
    """``a && b && c`` or ``a || b || c``: at least two operands, one operator."""

    operator: str
    operands: tuple[Node, ...]


class Compare(Node):
    """``== != < <= > >= in``."""

    operator: str
    left: Node
    right: Node


class Arithmetic(Node):
    """``+ - * / %``."""

    operator: str
    left: Node
    right: Node


class Choice(Node):
    """``condition ? then : otherwise``."""

    condition: Node
    then: Node
    otherwise: Node


class Call(Node):
    """A function or method; a method's target is its first argument."""

    function: str
    arguments: tuple[Node, ...]


class Macro(Node):
    """``target.all(variable, body)`` and its kin; only ``map`` has a ``transform``."""

    macro: str
    target: Node
    variable: str
    body: Node | None
    transform: Node | None = None


class Test(Node):
    """A filter's comparison: Python's own, false where the kinds do not compare."""

    operator: str
    left: Node
    right: Node


class Truth(Node):
    """Whether JMESPath takes a value for true: all but null, false, and what is empty."""

    operand: Node


class Project(Node):
    """What ``body`` gives for each element of a list that ``condition`` lets through, nulls left out.

    Of anything but a list it is null.
    """

    target: Node
    variable: str
    condition: Node | None
    body: Node


class Let(Node):
    """``body``, in which ``variable`` is ``value``; the value is never missing."""

    variable: str
    value: Node
    body: Node


class Apply(Node):
    """A function of the library, which has an answer for any values."""

    function: str
    arguments: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The expressions directly inside one."""
    return tuple(child for value in vars(node).values() for child in _nodes(value))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _nodes(each)


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


def bare(node: Node) -> Node:
    """The path that a list was made of, or that a value is null without."""
    match node:
        case Call(function="orElse", arguments=(inner, _)):
            return bare(inner)
        case Apply(function="flatten" | "listed" | "jmespath.values", arguments=(inner,)):
            return bare(inner)
        case _:
            return node
