"""What every part of the generator stands on: names, constants, helpers, and the two forms of code.

A *value* is what an expression gives, or ``MISSING``; a *condition* is True, False, or None when it
cannot be told.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from functions.policy.model.language import pyast as py
from functions.policy.model.language import runtime
from functions.policy.model.language.tree import ListOf, Literal, Name, Node, Select

Path: TypeAlias = tuple[str, ...]

ROOTS = ("configuration", "tags")


class Emitter(ABC):
    """Makes code of nodes, and gathers what that code needs beside it."""

    def __init__(self, *, partial: bool) -> None:
        self.partial = partial
        self.namespace: dict[str, Any] = {
            "__builtins__": {},
            "MISSING": runtime.MISSING,
            "type": type,
            "len": len,
            "bool": bool,
            "int": int,
            "float": float,
            "str": str,
            "dict": dict,
            "list": list,
        }
        self.functions: list[ast.stmt] = []
        self.scope: tuple[str, ...] = ()
        self.ready: dict[Path, str] = {}
        self.computed: list[str] = []
        self._count = 0

    @abstractmethod
    def condition(self, node: Node, *, negate: bool = False) -> ast.expr:
        """Code that tells True, False or None; of the opposite with ``negate``."""

    @abstractmethod
    def value(self, node: Node) -> ast.expr:
        """Code that gives a value or ``MISSING``."""

    def fresh(self, prefix: str) -> str:
        """A name that nothing else has: no name of the language holds a dot and a number."""
        self._count += 1
        return f"{prefix}.{self._count}"

    def bound(self, code: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Code that keeps its value, and how to read it again; constants and names are read twice."""
        if isinstance(code, ast.Constant | ast.Name):
            return code, code
        name = self.fresh("value")
        return ast.NamedExpr(target=py.store(name), value=code), py.load(name)

    def constant(self, value: object) -> ast.expr:
        """A value made beforehand."""
        name = self.fresh("constant")
        self.namespace[name] = value
        return py.load(name)

    def helped(self, helper: Callable[..., Any], *arguments: ast.expr) -> ast.expr:
        """A call of a function of this package."""
        name = f"help.{helper.__module__}.{helper.__qualname__}"
        self.namespace[name] = helper
        return py.call(name, *arguments)


def truth(first: ast.expr, again: ast.expr) -> ast.expr:
    """Whether what ``first`` computes counts as true: 0 does, what is empty does not."""
    zero = py.and_(py.compare(again, "==", py.constant(0)), py.is_not(again, py.FALSE))
    return py.or_(first, zero)


def path_in(node: Node) -> Path:
    """The fields of a plain path into the resource, its root first; nothing of any other node."""
    if isinstance(node, Name) and node.name in ROOTS:
        return (node.name,)
    outer = path_in(node.target) if isinstance(node, Select) else ()
    return (*outer, node.field) if isinstance(node, Select) and outer else ()


def used(names: Iterable[str], *code: ast.AST) -> tuple[str, ...]:
    """Which of the names a piece of code reads."""
    read = {node.id for part in code for node in ast.walk(part) if isinstance(node, ast.Name)}
    return tuple(name for name in names if name in read)


def local(name: str) -> str:
    """The Python name of a name: variables get a dot, so that they hide nothing generated."""
    return name if name in ("resource", "now", *ROOTS) else f"variable.{name}"


def text_of(node: Node) -> str:
    """The constant that the checker made sure stands here."""
    if not isinstance(node, Literal) or not isinstance(node.value, str):
        raise TypeError(f"expected a constant text, got {node}")
    return node.value


def texts_of(node: Node) -> tuple[str, ...] | None:
    """The constants of a list of nothing but texts."""
    if not isinstance(node, ListOf):
        return None
    texts = [
        item.value
        for item in node.items
        if isinstance(item, Literal) and isinstance(item.value, str)
    ]
    return tuple(texts) if len(texts) == len(node.items) else None
