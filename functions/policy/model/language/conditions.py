"""Conditions of expressions: code that tells True, False, or None when it cannot be told.

``a && b`` becomes

    (x := A) is not False and (y := B) is not False and (True if x is not None ... else None)

which is Kleene's conjunction without a call or an allocation; where nothing can be unknown it is
plain ``A and B``.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from functions.policy.model.language import convert, runtime
from functions.policy.model.language import pyast as py
from functions.policy.model.language.emit import Emitter, text_of, texts_of
from functions.policy.model.language.regex import guarded
from functions.policy.model.language.tree import (
    NUMBERS,
    Apply,
    Arithmetic,
    Call,
    Choice,
    Compare,
    Constant,
    Fixed,
    Has,
    Kind,
    ListOf,
    Literal,
    Logical,
    Macro,
    Name,
    Node,
    Not,
    Project,
    Select,
    Test,
    Truth,
    children,
    is_path,
)

TESTS = frozenset({"startsWith", "endsWith", "contains", "matches"})
LONGEST = timedelta(days=700_000)
"""A longer span may lead to before the first year there is."""
_OPPOSITE = {"==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARISONS = {
    "==": runtime.equal,
    "!=": runtime.not_equal,
    "<": runtime.less,
    "<=": runtime.less_or_equal,
    ">": runtime.greater,
    ">=": runtime.greater_or_equal,
}


class Conditions(Emitter):
    """Code of what is true, false or unknown."""

    def condition(self, node: Node, *, negate: bool = False) -> ast.expr:
        """Code that tells True, False or None; of the opposite with ``negate``."""
        match node:
            case Literal(value=bool(value)):
                return py.constant(value is not negate)
            case Not(operand=operand):
                return self.condition(operand, negate=not negate)
            case Call(function=function) if function in TESTS:
                return self._text_test(node, negate=negate)
            case _:
                return self._by_type(type(node))(node, negate=negate)

    def _by_type(self, kind: type[Node]) -> Callable[..., ast.expr]:
        makers: Mapping[type[Node], Callable[..., ast.expr]] = {
            Logical: self._logical,
            Compare: self._compare,
            Has: self._has,
            Choice: self._chosen,
            Test: self.test,
            Truth: self.truthy,
        }
        return makers.get(kind, self._truth)

    @abstractmethod
    def macro(self, node: Macro) -> ast.expr:
        """Code of a macro: a value, or for ``all`` and its kin a condition."""

    @abstractmethod
    def test(self, node: Test, *, negate: bool) -> ast.expr:
        """Code of a filter's comparison."""

    @abstractmethod
    def truthy(self, node: Truth, *, negate: bool) -> ast.expr:
        """Code of what JMESPath takes for true."""

    def _truth(self, node: Node, *, negate: bool) -> ast.expr:
        """A value that must turn out to be true or false."""
        if node.kind not in (Kind.BOOL, Kind.DYN):
            return py.NONE
        if isinstance(node, Macro) and node.kind is Kind.BOOL:
            return self._negated(self.macro(node), total=node.total, negate=negate)
        bind, name = self.bound(self.value(node))
        told = py.or_(py.is_(bind, py.TRUE), py.is_(name, py.FALSE))
        return py.if_(told, py.not_(name) if negate else name, py.NONE)

    def _negated(self, code: ast.expr, *, total: bool, negate: bool) -> ast.expr:
        if not negate:
            return code
        if total:
            return py.not_(code)
        bind, name = self.bound(code)
        return py.if_(py.is_(bind, py.NONE), py.NONE, py.not_(name))

    def _logical(self, node: Logical, *, negate: bool) -> ast.expr:
        conjunction = (node.operator == "&&") is not negate
        decisive = py.constant(not conjunction)
        parts: list[ast.expr] = []
        doubts: list[ast.expr] = []
        operands = sorted(node.operands, key=partial(_rank, all_=conjunction))
        for operand in operands[:-1]:
            code = self.condition(operand, negate=negate)
            if operand.total and operand.kind is Kind.BOOL:
                parts.append(code)
                continue
            bind, name = self.bound(code)
            parts.append(py.is_not(bind, decisive) if conjunction else py.is_(bind, decisive))
            doubts.append(name)
        last = self.condition(operands[-1], negate=negate)
        operator: ast.boolop = ast.And() if conjunction else ast.Or()
        if not doubts:
            return ast.BoolOp(op=operator, values=[*parts, last])
        bind, name = self.bound(last)
        parts.append(py.is_not(bind, decisive) if conjunction else py.is_(bind, decisive))
        doubts.append(name)
        unsure = py.or_(*(py.is_(doubt, py.NONE) for doubt in doubts))
        settled = py.if_(unsure, py.NONE, py.constant(conjunction))
        return ast.BoolOp(op=operator, values=[*parts, settled])

    def _compare(self, node: Compare, *, negate: bool) -> ast.expr:
        if node.operator == "in":
            return self._within(node, negate=negate)
        operator, left, right = node.operator, node.left, node.right
        if isinstance(left, Literal):
            left, right, operator = right, left, _MIRRORED.get(operator, operator)
        if operator in ("==", "!="):
            operator = _OPPOSITE[operator] if negate else operator
            if isinstance(right, Literal) and not isinstance(left, Literal):
                return self._equals_constant(left, right.value, operator)
            return self.helped(_COMPARISONS[operator], self.value(left), self.value(right))
        aged = self._since(left, right, operator, negate=negate)
        if aged is not None:
            return aged
        if isinstance(right, Literal) and right.kind in (*NUMBERS, Kind.STRING):
            return self._ordered_constant(left, right, operator, negate=negate)
        code = self.helped(_COMPARISONS[operator], self.value(left), self.value(right))
        return self._negated(code, total=node.total, negate=negate)

    def _since(self, left: Node, right: Node, operator: str, *, negate: bool) -> ast.expr | None:
        """``now - moment > span`` as ``moment < now - span``, whose right side is computed once."""
        match left, right:
            case (
                Arithmetic(operator="-", left=Name(name="now"), right=moment),
                Call(function="duration", arguments=(Literal(value=str(text)),)),
            ) if moment.kind is Kind.TIMESTAMP and not moment.total:
                span = convert.duration(text)
            case _:
                return None
        if span is None or abs(span) > LONGEST:
            return None
        bind, name = self.bound(self.value(moment))
        test = py.compare(name, _MIRRORED[operator], self.cutoff(span))
        return py.if_(py.is_(bind, py.MISSING), py.NONE, py.not_(test) if negate else test)

    @abstractmethod
    def cutoff(self, span: timedelta) -> ast.expr:
        """Code of the moment so long before now."""

    def _equals_constant(self, left: Node, value: Constant, operator: str) -> ast.expr:
        code = self.value(left)
        if left.total and not py.is_digit(value):
            return py.same(code, code, value, operator)
        bind, name = self.bound(code)
        if left.total:
            return py.same(bind, name, value, operator)
        test = py.same(name, name, value, operator)
        return py.if_(py.is_(bind, py.MISSING), py.NONE, test)

    def _ordered_constant(
        self, left: Node, right: Literal, operator: str, *, negate: bool
    ) -> ast.expr:
        bind, name = self.bound(self.value(left))
        known = left.total and left.kind is not Kind.DYN
        test = py.compare(bind if known else name, operator, py.constant(right.value))
        test = py.not_(test) if negate else test
        if known:
            return test
        kind, kind_name = self.bound(py.call("type", bind))
        if right.kind is Kind.STRING:
            proper = py.is_(kind, py.load("str"))
        else:
            proper = py.or_(py.is_(kind, py.load("int")), py.is_(kind_name, py.load("float")))
        return py.if_(proper, test, py.NONE)

    def _within(self, node: Compare, *, negate: bool) -> ast.expr:
        operator: ast.cmpop = ast.NotIn() if negate else ast.In()
        texts = texts_of(node.right)
        if texts is not None:
            return self._within_texts(node.left, texts, operator)
        item, container = self.value(node.left), self.value(node.right)
        if self.partial and is_path(node.right):
            code = self.helped(runtime.within_partial, item, container)
            return self._negated(code, total=node.total, negate=negate)
        if node.left.kind is Kind.STRING and node.left.total:
            if node.right.kind is Kind.MAP and node.right.total:
                return ast.Compare(left=item, ops=[operator], comparators=[container])
            if isinstance(node.left, Literal):
                bind, name = self.bound(container)
                inside = ast.Compare(left=item, ops=[operator], comparators=[name])
                slow = self.helped(runtime.within, item, name)
                other = self._negated(slow, total=False, negate=negate)
                return py.if_(py.is_(py.call("type", bind), py.load("dict")), inside, other)
        code = self.helped(runtime.within, item, container)
        return self._negated(code, total=node.total, negate=negate)

    def _within_texts(self, left: Node, texts: tuple[str, ...], operator: ast.cmpop) -> ast.expr:
        # Texts only: == of a text with a list, a map or a number is False, as it must be.
        choices = ast.Tuple(elts=[py.constant(text) for text in texts], ctx=ast.Load())
        code = self.value(left)
        if left.total:
            return ast.Compare(left=code, ops=[operator], comparators=[choices])
        bind, name = self.bound(code)
        inside = ast.Compare(left=name, ops=[operator], comparators=[choices])
        return py.if_(py.is_(bind, py.MISSING), py.NONE, inside)

    def _has(self, node: Has, *, negate: bool) -> ast.expr:
        operator: ast.cmpop = ast.NotIn() if negate else ast.In()
        field = py.constant(node.field)
        target = self.value(node.target)
        if self.partial and is_path(node.target):
            code = self.helped(runtime.has_partial, target, field)
            return self._negated(code, total=node.total, negate=negate)
        if node.total:
            return ast.Compare(left=field, ops=[operator], comparators=[target])
        bind, name = self.bound(target)
        inside = ast.Compare(left=field, ops=[operator], comparators=[name])
        return py.if_(py.is_(py.call("type", bind), py.load("dict")), inside, py.NONE)

    def _chosen(self, node: Choice, *, negate: bool) -> ast.expr:
        then = self.condition(node.then, negate=negate)
        otherwise = self.condition(node.otherwise, negate=negate)
        if node.condition.total and node.condition.kind is Kind.BOOL:
            return py.if_(self.condition(node.condition), then, otherwise)
        bind, name = self.bound(self.condition(node.condition))
        other = py.if_(py.is_(name, py.FALSE), otherwise, py.NONE)
        return py.if_(bind, then, other)

    def _text_test(self, node: Call, *, negate: bool) -> ast.expr:
        target, argument = node.arguments
        bind, name = self.bound(self.value(target))
        proper: list[ast.expr] = [py.is_(py.call("type", bind), py.load("str"))]
        if node.function == "matches":
            return self._matches(node, name, proper, negate=negate)
        other = self.value(argument)
        if not isinstance(argument, Literal):
            second, other = self.bound(other)
            proper.append(py.is_(py.call("type", second), py.load("str")))
        if node.function == "contains":
            operator: ast.cmpop = ast.NotIn() if negate else ast.In()
            test: ast.expr = ast.Compare(left=other, ops=[operator], comparators=[name])
        else:
            method = "startswith" if node.function == "startsWith" else "endswith"
            test = ast.Call(func=py.attribute(name, method), args=[other], keywords=[])
            test = py.not_(test) if negate else test
        return py.if_(py.and_(*proper), test, py.NONE)

    def _matches(
        self, node: Call, name: ast.expr, proper: list[ast.expr], *, negate: bool
    ) -> ast.expr:
        guard = guarded(text_of(node.arguments[1]))
        search = self.constant(guard.search)
        proper.append(py.compare(py.call("len", name), "<=", py.constant(guard.limit)))
        found = ast.Call(func=search, args=[name], keywords=[])
        identity = py.is_ if negate else py.is_not
        return py.if_(py.and_(*proper), identity(found, py.NONE), py.NONE)


def _rank(node: Node, *, all_: bool) -> float:
    """What an operand costs for each resource that it settles: the least goes first.

    Neither the order nor what is left out can be told from the answer.
    """
    passes = _SETTLES.get(getattr(node, "operator", ""), 0.5)
    return _cost(node) / (1 - passes if all_ else passes)


def _cost(node: Node) -> float:
    """About how many look-ups a value takes; a loop counts for many."""
    own = _COSTS.get(type(node), 1.0)
    if isinstance(node, Literal | Fixed | ListOf | Name):
        return 0.0
    return own + sum(_cost(child) for child in children(node))


_COSTS: Mapping[type[Node], float] = {
    Select: 1.0,
    Compare: 0.3,
    Test: 0.3,
    Logical: 0.1,
    Not: 0.0,
    Call: 1.5,
    Apply: 8.0,
    Macro: 10.0,
    Project: 8.0,
}
_SETTLES: Mapping[str, float] = {"==": 0.2, "eq": 0.2, "": 0.2, "in": 0.3}
"""Of what share of the resources a comparison is true, as a rule of thumb; half of them else.

That goes for ``!=`` too: a rule asks so for what is not as it ought to be.
"""
