"""Values of expressions: code that gives them, or ``MISSING``.

Macros become functions of their own that take what they use as arguments, so that no closure is
made when a rule runs.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from functions.policy.model.language import macros, runtime
from functions.policy.model.language import pyast as py
from functions.policy.model.language.conditions import TESTS
from functions.policy.model.language.emit import Emitter, local, path_in, text_of, truth, used
from functions.policy.model.language.tree import (
    Apply,
    Arithmetic,
    Call,
    Choice,
    Fixed,
    Index,
    Kind,
    Let,
    ListOf,
    Literal,
    Macro,
    MapOf,
    Name,
    Negative,
    Node,
    Project,
    Select,
    Truth,
)

_SUMS = {
    "+": runtime.add,
    "-": runtime.subtract,
    "*": runtime.multiply,
    "/": runtime.divide,
    "%": runtime.remainder,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "size": runtime.size,
    "lowerAscii": runtime.lower_ascii,
    "includesPort": runtime.includes_port,
    "int": runtime.to_int,
    "double": runtime.to_double,
    "string": runtime.to_string,
    "timestamp": runtime.to_timestamp,
    "duration": runtime.to_duration,
    "asList": runtime.as_list,
    "json": runtime.from_json,
}


class Values(Emitter):
    """Code of what expressions give."""

    def value(self, node: Node) -> ast.expr:
        """Code that gives a value or ``MISSING``."""
        match node:
            case Literal(value=value):
                return py.constant(value)
            case Fixed(value=fixed):
                return self.constant(fixed)
            case Name(name=name):
                return py.load(local(name))
            case Call(function=function) if function not in TESTS:
                return self._call(node)
            case Choice() if node.kind is not Kind.BOOL:
                return self._chosen_value(node)
            case _:
                return self._by_kind(type(node))(node)

    def _by_kind(self, kind: type[Node]) -> Callable[..., ast.expr]:
        makers: Mapping[type[Node], Callable[..., ast.expr]] = {
            Select: self._select,
            Apply: self.applied,
            Let: self.let,
            Project: self.projected,
            Macro: self._collected,
        }
        return makers.get(kind, self._computed)

    @abstractmethod
    def once(self, node: Arithmetic) -> ast.expr:
        """Code of a moment that differs from now by a fixed span."""

    @abstractmethod
    def applied(self, node: Apply) -> ast.expr:
        """Code of a function of the library."""

    @abstractmethod
    def let(self, node: Let) -> ast.expr:
        """Code of a value with a name."""

    @abstractmethod
    def projected(self, node: Project) -> ast.expr:
        """Code of a projection."""

    def _computed(self, node: Node) -> ast.expr:
        match node:
            case Index(target=target, key=key):
                return self.helped(runtime.index, self.value(target), self.value(key))
            case ListOf(items=items):
                return self.helped(runtime.list_of, *(self.value(item) for item in items))
            case MapOf(entries=entries):
                keys = ast.Tuple(elts=[py.constant(key) for key, _ in entries], ctx=ast.Load())
                values = (self.value(value) for _, value in entries)
                return self.helped(runtime.map_of, keys, *values)
            case Negative(operand=operand):
                return self.helped(runtime.negative, self.value(operand))
            case Arithmetic(operator=operator, left=left, right=right):
                if node.total:
                    return self.once(node)
                return self.helped(_SUMS[operator], self.value(left), self.value(right))
            case _:
                return self._told(node)

    def _call(self, node: Call) -> ast.expr:
        if node.function == "orElse":
            inner = node.arguments[0]
            if isinstance(inner, Select) and _is_null(node.arguments[1]):
                return self._select(inner, otherwise=py.NONE)
            bind, name = self.bound(self.value(node.arguments[0]))
            other = self.value(node.arguments[1])
            return py.if_(py.is_(bind, py.MISSING), other, name)
        function = _FUNCTIONS.get(node.function) or _analysis(node.function)
        if node.function in ("duration", "timestamp") and node.total:
            return self.constant(function(text_of(node.arguments[0])))
        return self.helped(function, *(self.value(argument) for argument in node.arguments))

    def _told(self, node: Node) -> ast.expr:
        """A condition used as a value."""
        code = self.condition(node)
        if node.total:
            return code
        bind, name = self.bound(code)
        return py.if_(py.is_(bind, py.NONE), py.MISSING, name)

    def _select(self, node: Select, *, otherwise: ast.expr = py.MISSING) -> ast.expr:
        if self.ready and (ready := self.ready.get(path_in(node))):
            return py.load(ready)
        if isinstance(node.target, Name) and node.target.name == "resource" and node.total:
            return py.subscript(py.load("resource"), node.field)
        if node.target.kind is Kind.MAP and node.target.total:
            return py.get(self.value(node.target), node.field, otherwise)
        inner = node.target
        target = self._select(inner, otherwise=otherwise) if isinstance(inner, Select) else None
        bind, name = self.bound(self.value(inner) if target is None else target)
        is_map = py.is_(py.call("type", bind), py.load("dict"))
        return py.if_(is_map, py.get(name, node.field, otherwise), otherwise)

    def _chosen_value(self, node: Choice) -> ast.expr:
        test = node.condition
        if isinstance(test, Truth) and test.total:
            if test.operand is node.then:
                bind, name = self.bound(self.value(test.operand))
                return py.if_(truth(bind, name), name, self.value(node.otherwise))
            if test.operand is node.otherwise:
                bind, name = self.bound(self.value(test.operand))
                return py.if_(truth(bind, name), self.value(node.then), name)
        then, otherwise = self.value(node.then), self.value(node.otherwise)
        bind, name = self.bound(self.condition(node.condition))
        other = py.if_(py.is_(name, py.FALSE), otherwise, py.MISSING)
        return py.if_(bind, then, other)

    # macros -------------------------------------------------------------------------------------

    def _collected(self, node: Macro) -> ast.expr:
        return self._told(node) if node.kind is Kind.BOOL else self.macro(node)

    def macro(self, node: Macro) -> ast.expr:
        """Code of a macro: a call of its loop."""
        target = self.value(node.target)
        outer = self.scope
        self.scope = (*outer, local(node.variable))
        test = self.condition(node.body) if node.body is not None else py.TRUE
        changed = self.value(node.transform) if node.transform is not None else None
        self.scope = outer
        name = self.fresh("macro")
        loop = macros.Loop(local(node.variable), test, changed)
        body = macros.body(node.macro, loop)
        needed = used((*outer, *self.computed), *body)
        self.functions.append(py.define(name, ("items", *needed), body))
        return py.call(name, target, *(py.load(argument) for argument in needed))


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _analysis(name: str) -> Callable[..., Any]:
    """A function that reads policy documents; few rules do, and its import is dear."""
    from functions.policy.model.iam.analyses import ANALYSES

    return runtime.analysed(ANALYSES[name])
