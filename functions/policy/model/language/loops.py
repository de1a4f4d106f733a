"""Loops over the elements of a list: projections, and the questions that need no list to be made."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from functions.policy.model.language import library, matching
from functions.policy.model.language import pyast as py
from functions.policy.model.language.emit import Emitter, local, used
from functions.policy.model.language.tree import (
    Apply,
    Call,
    Choice,
    Literal,
    Name,
    Node,
    Project,
    Select,
    Test,
    Truth,
)

ORDER = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
EARLIEST = "jmespath.earliest"


class Loop(NamedTuple):
    """What a loop does with each element, what it begins with, answers, and says of no list.

    ``hope`` does it for an element that has the field, which is nearly every one; where it has not,
    a KeyError or a TypeError leads to ``each``.
    """

    each: Callable[[ast.expr], list[ast.stmt]]
    answer: ast.expr
    otherwise: ast.expr
    before: tuple[ast.stmt, ...] = ()
    hope: Callable[[ast.expr], list[ast.stmt]] | None = None


class Loops(Emitter):
    """Code of loops: each is a function of its own, so that no closure is made when a rule runs."""

    def known(self, name: str, value: object) -> ast.expr:
        """A name of Python's that the generated code may use."""
        self.namespace[name] = value
        return py.load(name)

    def is_moment(self, bind: ast.expr, name: ast.expr) -> ast.expr:
        """Whether a value is a moment with a zone."""
        is_moment = py.is_(py.call("type", bind), self.known("datetime", datetime))
        return py.and_(is_moment, py.is_not(py.attribute(name, "tzinfo"), py.NONE))

    def projected(self, node: Project) -> ast.expr:
        """Code of a projection."""
        kept = py.assign("kept", ast.List(elts=[], ctx=ast.Load()))
        return self._looped(node, Loop(_collect, py.load("kept"), py.NONE, (kept,)))

    def found(self, node: Test) -> ast.expr | None:
        """``contains`` of a projection stops at the first element that is the one."""
        listed, item = node.left, node.right
        if node.operator == "in":
            listed, item = item, listed
        elif node.operator != "contains":
            return None
        if not isinstance(listed, Project) or not isinstance(item, Literal):
            return None
        if item.value is None or item.value in matching.WORDS:
            return None
        value = py.constant(item.value)

        def each(body: ast.expr) -> list[ast.stmt]:
            return [py.when(py.compare(body, "==", value), ast.Return(value=py.TRUE))]

        return self._looped(listed, Loop(each, py.FALSE, py.FALSE, hope=each))

    def earliest(
        self, node: Project, sign: str, fixed: ast.expr, *, computed_first: bool
    ) -> ast.expr:
        """Whether the first moment of a projection compares so; None where it has none.

        One look at each is enough, and often at one: what is before the first moment is before all.
        """
        early = (sign in ("gt", "ge")) is computed_first
        moment = py.load("moment")
        ends = (fixed, moment) if computed_first else (moment, fixed)
        test = py.compare(ends[0], ORDER[sign], ends[1])
        decided = ast.Return(value=py.TRUE if early else py.FALSE)
        read = self.known("library.moment", library.FUNCTIONS["moment"])
        taken = ast.Call(func=read, args=[moment], keywords=[])

        told = py.when(test if early else py.not_(test), decided)
        settled = py.assign("told", py.FALSE if early else py.TRUE)
        ready = py.not_(self.is_moment(moment, moment))

        def each(body: ast.expr) -> list[ast.stmt]:
            return [
                py.assign("moment", body),
                py.when(ready, py.assign("moment", taken)),
                py.when(py.is_not(moment, py.NONE), told, settled),
            ]

        def hope(body: ast.expr) -> list[ast.stmt]:
            # What is no moment with a zone does not compare with one: a TypeError.
            return [py.assign("moment", body), told, settled]

        before = (py.assign("told", py.NONE),)
        return self._looped(node, Loop(each, py.load("told"), py.NONE, before, hope))

    def _looped(self, node: Project, loop: Loop) -> ast.expr:
        outer, variable = self.scope, local(node.variable)
        self.scope = (*outer, variable)
        body = loop.each(self.value(node.body))
        if node.condition is not None:
            body = [py.when(self.condition(node.condition), *body)]
        self.scope = outer
        needed = used((*outer, *self.computed), *body)
        target, quick = node.target, self._hoped(node, loop)
        if isinstance(target, Apply) and target.function == "flatten":
            target = target.arguments[0]
            plain = _tried(quick, body) if quick else body
            inner = self._defined(target, loop, variable, plain, needed)
            body = [self._unless_listed(variable, inner, needed), *body]
        body = _tried(quick, body) if quick else body
        name = self._defined(target, loop, variable, body, needed)
        return _called(name, self.value(target), needed)

    def _hoped(self, node: Project, loop: Loop) -> list[ast.stmt] | None:
        """What to try first: the field of an element without a look at what the element is."""
        taken = _taken(node.body, node.variable)
        if taken is None or loop.hope is None or node.condition is not None:
            return None
        self.known("KeyError", KeyError)
        self.known("TypeError", TypeError)
        return loop.hope(taken)

    def _defined(
        self,
        target: Node,
        loop: Loop,
        variable: str,
        body: list[ast.stmt],
        needed: tuple[str, ...],
    ) -> str:
        items = py.load("items")
        strange = loop.otherwise
        if not target.total:
            unsure = py.NONE if loop.otherwise is py.FALSE else py.MISSING
            strange = py.if_(py.is_(items, py.MISSING), unsure, strange)
        no_list = py.is_not(py.call("type", items), py.load("list"))
        over = ast.For(target=py.store(variable), iter=items, body=body, orelse=[])
        first = py.when(no_list, ast.Return(value=strange))
        name = self.fresh("loop")
        statements = [first, *loop.before, over, ast.Return(value=loop.answer)]
        self.functions.append(py.define(name, ("items", *needed), statements))
        return name

    def _unless_listed(self, variable: str, inner: str, needed: tuple[str, ...]) -> ast.stmt:
        """Lists in the list are rare: only then is a flat one made and gone through anew."""
        flatten = self.known("library.flatten", library.FUNCTIONS["flatten"])
        flat = ast.Call(func=flatten, args=[py.load("items")], keywords=[])
        is_list = py.is_(py.call("type", py.load(variable)), py.load("list"))
        return py.when(is_list, ast.Return(value=_called(inner, flat, needed)))


def _called(name: str, items: ast.expr, needed: tuple[str, ...]) -> ast.expr:
    return py.call(name, items, *(py.load(argument) for argument in needed))


def _collect(body: ast.expr) -> list[ast.stmt]:
    found = py.is_not(py.load("changed"), py.NONE)
    return [py.assign("changed", body), py.when(found, py.append(py.load("changed")))]


def _tried(quick: list[ast.stmt], careful: list[ast.stmt]) -> list[ast.stmt]:
    errors = ast.Tuple(elts=[py.load("KeyError"), py.load("TypeError")], ctx=ast.Load())
    handler = ast.ExceptHandler(type=errors, name=None, body=careful)
    return [ast.Try(body=quick, handlers=[handler], orelse=[], finalbody=[])]


def _taken(node: Node, variable: str) -> ast.expr | None:
    """``element["a"]["b"]`` for a plain path into an element, or null."""
    match node:
        case Call(function="orElse", arguments=(inner, Literal(value=None))):
            return _taken(inner, variable)
    if not isinstance(node, Select):
        return None
    if isinstance(node.target, Name) and node.target.name == variable:
        return py.subscript(py.load(local(variable)), node.field)
    outer = _taken(node.target, variable)
    return None if outer is None else py.subscript(outer, node.field)


def earliest_of(node: Node) -> tuple[Project | None, Node | None]:
    """The projection whose first moment a value is, and the value where it has none."""
    instead: Node | None = None
    match node:
        case Choice(condition=Truth(operand=first), then=then) if first is then:
            instead, node = node.otherwise, then
    if isinstance(node, Apply) and node.function == EARLIEST:
        (listed,) = node.arguments
        if isinstance(listed, Project):
            return listed, instead
    return None, None
