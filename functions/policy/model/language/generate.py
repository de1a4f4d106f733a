"""A typed tree to Python functions, built node by node with ``ast``: no text is ever assembled.

The same code judges one resource (``condition``), picks from a list of them (``selection``), or runs
many rules over each resource of a list (``sweep``).
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from functions.policy.model.language import pyast as py
from functions.policy.model.language import runtime
from functions.policy.model.language.conditions import Conditions
from functions.policy.model.language.emit import ROOTS, Path, path_in
from functions.policy.model.language.inline import inlined
from functions.policy.model.language.matches import Matches
from functions.policy.model.language.tree import (
    Arithmetic,
    Fixed,
    Kind,
    Name,
    Node,
    Select,
    children,
)
from functions.policy.model.language.values import Values

Condition: TypeAlias = Callable[[Mapping[str, Any], datetime], bool | None]
Selection: TypeAlias = Callable[[Sequence[Any], datetime], list[Any]]
Told: TypeAlias = tuple[Mapping[str, Any], int, bool | None]
Sweep: TypeAlias = Callable[[Sequence[Mapping[str, Any]], datetime], list[Told]]

MAX_NODES = 40_000

ALLOWED = frozenset(
    {
        ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.For, ast.If,
        ast.Expr, ast.AugAssign, ast.Add, ast.Sub, ast.BinOp, ast.Call, ast.Name, ast.Load, ast.Store,
        ast.Constant, ast.Attribute, ast.Subscript, ast.NamedExpr, ast.IfExp, ast.BoolOp, ast.And,
        ast.Or, ast.UnaryOp, ast.Not, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt,
        ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot, ast.Tuple, ast.List, ast.Try,
        ast.ExceptHandler, ast.Break,
    }
)  # fmt: skip
ATTRIBUTES = frozenset({"get", "startswith", "endswith", "append", "tzinfo"})


class TooMuch(Exception):
    """The generated function would be larger than is allowed."""


def condition(tree: Node, *, partial: bool = False) -> Condition:
    """The compiled function of a typed condition: True where the resource violates the rule.

    ``partial`` must be what the tree was checked with.

    Raises:
        TooMuch: the function would have more than ``MAX_NODES`` nodes.
    """
    made: Condition = _Generator(partial=partial).function(tree)
    return made


def selection(tree: Node) -> Selection:
    """The compiled function that picks, from a list, the resources of which a condition is true.

    Raises:
        TooMuch: the function would have more than ``MAX_NODES`` nodes.
    """
    made: Selection = _Generator(partial=False).selection(tree)
    return made


def sweep(trees: Sequence[Node]) -> Sweep:
    """The compiled function that tries many conditions on each resource of a list.

    What it gives are the resources with the position of a condition that is true (True) or that
    cannot be told (None). Containers that several conditions look into are fetched once.

    Raises:
        TooMuch: the function would have more than ``MAX_NODES`` nodes.
    """
    made: Sweep = _Generator(partial=False).sweep(trees)
    return made


class _Generator(Matches, Values, Conditions):
    def __init__(self, *, partial: bool) -> None:
        super().__init__(partial=partial)
        self._once: list[ast.stmt] = []

    def once(self, node: Arithmetic) -> ast.expr:
        """A moment that differs from now by a fixed span: computed once a call."""
        assert isinstance(node.left, Name)  # noqa: S101 - only such sums are total
        assert isinstance(node.right, Fixed)  # noqa: S101
        operator = ast.Sub() if node.operator == "-" else ast.Add()
        return self._shifted(operator, node.right.value)

    def cutoff(self, span: timedelta) -> ast.expr:
        """Code of the moment so long before now."""
        return self._shifted(ast.Sub(), span)

    def _shifted(self, operator: ast.operator, span: object) -> ast.expr:
        code = ast.BinOp(left=py.load("now"), op=operator, right=self.constant(span))
        if len(self.scope) > self._base:
            return code
        name = self.fresh("once")
        self._once.append(py.assign(name, code))
        self.computed.append(name)
        return py.load(name)

    def function(self, tree: Node) -> Any:
        roots = self._begin([tree])
        code = self.condition(tree)
        body = [*self._once, *_preludes(roots), ast.Return(value=code)]
        return self._loaded(py.define("rule", ("resource", "now"), body))

    def selection(self, tree: Node) -> Any:
        roots = self._begin([tree])
        code = self.condition(tree)
        if not (tree.total and tree.kind is Kind.BOOL):
            code = py.is_(code, py.TRUE)
        loop, code = inlined(code, self.functions)
        keep = ast.Expr(value=py.call("append", py.load("resource")))
        return self._over_resources([*_preludes(roots), *loop, py.when(code, keep)])

    def sweep(self, trees: Sequence[Node]) -> Any:
        each = _preludes(self._begin(trees))
        each += self._hoisted(trees)
        for position, tree in enumerate(trees):
            bind, name = self.bound(self.condition(tree))
            told = ast.Tuple(
                elts=[py.load("resource"), py.constant(position), name], ctx=ast.Load()
            )
            keep = ast.Expr(value=py.call("append", told))
            each.append(py.when(py.is_not(bind, py.FALSE), keep))
        return self._over_resources(each)

    def _hoisted(self, trees: Sequence[Node]) -> list[ast.stmt]:
        """Containers that two or more conditions look into, the outer ones first."""
        seen = Counter(path for tree in trees for path in _containers(tree))
        statements: list[ast.stmt] = []
        for path in sorted((path for path, times in seen.items() if times > 1), key=len):
            name = self.fresh("shared")
            statements.append(py.assign(name, self.value(_selected(path))))
            self.ready[path] = name
            self.scope = (*self.scope, name)
        self._base = len(self.scope)
        return statements

    def _over_resources(self, each: list[ast.stmt]) -> Any:
        """A function that runs statements for each resource and answers what they kept."""
        over = self.helped(runtime.looked_at, py.load("resources"))
        loop = ast.For(target=py.store("resource"), iter=over, body=each, orelse=[])
        kept = py.assign("kept", ast.List(elts=[], ctx=ast.Load()))
        append = py.assign("append", py.attribute(py.load("kept"), "append"))
        answer = ast.Return(value=py.load("kept"))
        body = [kept, append, *self._once, loop, answer]
        return self._loaded(py.define("rule", ("resources", "now"), body))

    def _begin(self, trees: Sequence[Node]) -> tuple[str, ...]:
        roots = tuple(root for root in ROOTS if any(_uses(tree, root) for tree in trees))
        self.scope = ("resource", "now", *roots)
        self._base = len(self.scope)
        return roots

    def _loaded(self, main: ast.stmt) -> Any:
        module = ast.Module(body=[*self.functions, main], type_ignores=[])
        nodes = list(ast.walk(module))
        if len(nodes) > MAX_NODES:
            raise TooMuch(f"{len(nodes)} nodes of code, at most {MAX_NODES}")
        _verify(nodes)
        module = ast.fix_missing_locations(module)
        code = compile(module, "<rule>", "exec", dont_inherit=True)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self.namespace[constant.co_name] = FunctionType(constant, self.namespace)
        return self.namespace["rule"]


def _preludes(roots: Iterable[str]) -> list[ast.stmt]:
    return [
        ast.Assign(targets=[py.store(root)], value=py.subscript(py.load("resource"), root))
        for root in roots
    ]


def _verify(nodes: Iterable[ast.AST]) -> None:
    """Refuses generated code with a node that no rule needs: a defect of the generator."""
    for node in nodes:
        if type(node) not in ALLOWED:
            raise TypeError(f"generated code has a {type(node).__name__}")
        if isinstance(node, ast.Attribute) and node.attr not in ATTRIBUTES:
            raise TypeError(f"generated code reads .{node.attr}")


def _containers(tree: Node) -> set[Path]:
    """Paths into the resource from which a tree selects a field."""
    inner = {path for child in children(tree) for path in _containers(child)}
    path = path_in(tree.target) if isinstance(tree, Select) else ()
    return inner | {path} if len(path) > 1 else inner


def _selected(path: Path) -> Node:
    root, *fields = path
    node: Node = Name(at=0, name=root, kind=Kind.MAP, total=True)
    for field in fields:
        node = Select(at=0, target=node, field=field)
    return node


def _uses(tree: Node, root: str) -> bool:
    if isinstance(tree, Name) and tree.name == root:
        return True
    return any(_uses(child, root) for child in children(tree))
