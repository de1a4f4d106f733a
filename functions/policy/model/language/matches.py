"""Filters' comparisons as code: each operator with a constant becomes what one would write by hand."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from functions.policy.model.language import library, matching
from functions.policy.model.language import pyast as py
from functions.policy.model.language.emit import local, truth
from functions.policy.model.language.loops import ORDER, Loops, earliest_of
from functions.policy.model.language.tree import (
    Apply,
    Kind,
    Let,
    ListOf,
    Literal,
    MapOf,
    Node,
    Test,
    Truth,
)

FEW = 6
"""A set is quicker than a look at each of more texts than these."""
_SCALARS = (bool, int, float, str)
_NOTHING = object()


class Matches(Loops):
    """Code of tests and functions of the library."""

    def test(self, node: Test, *, negate: bool) -> ast.expr:
        """Code of a filter's comparison."""
        fused = self.found(node)
        if fused is not None:
            return self._guarded(fused, total=node.total, negate=negate)
        left, right = self.value(node.left), self.value(node.right)
        guards: list[ast.expr] = []
        if not node.left.total:
            bind, left = self.bound(left)
            guards.append(py.is_(bind, py.MISSING))
        if not node.right.total:
            bind, right = self.bound(right)
            guards.append(py.is_(bind, py.MISSING))
        code = self._tested(node, left, right)
        code = py.not_(code) if negate else code
        return py.if_(py.or_(*guards), py.NONE, code) if guards else code

    def _guarded(self, code: ast.expr, *, total: bool, negate: bool) -> ast.expr:
        if not negate:
            return code
        if total:
            return py.not_(code)
        bind, name = self.bound(code)
        return py.if_(py.is_(bind, py.NONE), py.NONE, py.not_(name))

    def _tested(self, node: Test, left: ast.expr, right: ast.expr) -> ast.expr:
        fixed = fixed_value(node.right)
        if isinstance(fixed, str) and fixed in matching.WORDS:
            return self._asked(node, left, fixed)
        if node.operator in ORDER:
            timed = self._timed(node, left, right)
            if timed is not None:
                return timed
        special = None if fixed is _NOTHING else _SPECIAL.get(node.operator)
        code = special(self, left, fixed) if special else None
        return code if code is not None else self._slow(node.operator, left, right)

    def _slow(self, sign: str, left: ast.expr, right: ast.expr) -> ast.expr:
        return self.helped(matching.test, py.constant(sign), left, right)

    def _asked(self, node: Test, left: ast.expr, word: str) -> ast.expr:
        """Whether there is a value; a value may also be the very word."""
        if node.operator != "":
            return self._slow(node.operator, left, py.constant(word))
        match word:
            case "present":
                return py.is_not(left, py.NONE)
            case "absent":
                bind, name = self.bound(left)
                return py.or_(py.is_(bind, py.NONE), py.compare(name, "==", py.constant(word)))
            case "not-null":
                return py.not_(py.not_(left))
            case _:
                bind, name = self.bound(left)
                return py.or_(py.not_(bind), py.compare(name, "==", py.constant(word)))

    def _timed(self, node: Test, left: ast.expr, right: ast.expr) -> ast.expr | None:
        """An order of two moments, one of which is computed from now."""
        if {node.left.kind, node.right.kind} != {Kind.TIMESTAMP, Kind.DYN} or not node.total:
            return None
        computed_first = node.left.kind is Kind.TIMESTAMP
        other = node.right if computed_first else node.left
        if not isinstance(other, Apply) or other.function != "age_of":
            return None
        moments, instead = earliest_of(other.arguments[0])
        if moments is not None:
            fixed = left if computed_first else right
            told = self.earliest(moments, node.operator, fixed, computed_first=computed_first)
            bind, name = self.bound(told)
            rest = py.FALSE if instead is None else self._aged(node, instead, left, right)
            return py.if_(py.is_(bind, py.NONE), rest, name)
        return self._aged(node, other.arguments[0], left, right)

    def _aged(self, node: Test, value: Node, left: ast.expr, right: ast.expr) -> ast.expr:
        """An order of a moment computed from now and what a value stands for."""
        computed_first = node.left.kind is Kind.TIMESTAMP
        bind, name = self.bound(self.value(value))
        first, second = (left, name) if computed_first else (name, right)
        self.namespace["library.age_of"] = library.FUNCTIONS["age_of"]
        read = py.call("library.age_of", name)
        ends = (left, read) if computed_first else (read, right)
        slow = self._slow(node.operator, *ends)
        return py.if_(
            self.is_moment(bind, name), py.compare(first, ORDER[node.operator], second), slow
        )

    # operators with a constant ------------------------------------------------------------------

    def equals(self, left: ast.expr, fixed: Any) -> ast.expr | None:
        if fixed is None:
            return py.is_(left, py.NONE)
        if isinstance(fixed, _SCALARS):
            return py.compare(left, "==", py.constant(fixed))
        return None

    def differs(self, left: ast.expr, fixed: Any) -> ast.expr | None:
        if fixed is None:
            return py.is_not(left, py.NONE)
        if isinstance(fixed, _SCALARS):
            return py.compare(left, "!=", py.constant(fixed))
        return None

    def ordered(self, sign: str, left: ast.expr, fixed: Any) -> ast.expr | None:
        if not isinstance(fixed, int | float | str):
            return None
        bind, name = self.bound(left)
        kind, again = self.bound(py.call("type", bind))
        test = py.compare(name, ORDER[sign], py.constant(fixed))
        if isinstance(fixed, str):
            return py.and_(py.is_(kind, py.load("str")), test)
        names = [py.is_(kind, py.load("int"))]
        names += [py.is_(again, py.load(name)) for name in ("float", "bool")]
        return py.and_(py.or_(*names), test)

    def within(self, left: ast.expr, fixed: Any, operator: ast.cmpop) -> ast.expr | None:
        if isinstance(fixed, str):
            return self._among(left, py.constant(fixed), operator)
        if not isinstance(fixed, list) or not all(isinstance(one, _SCALARS) for one in fixed):
            return None
        if len(fixed) > FEW and all(isinstance(one, str) for one in fixed):
            texts = self.constant(frozenset(fixed))
            if isinstance(operator, ast.In):
                return self._among(left, texts, operator)
            return py.not_(self._among(left, texts, ast.In()))
        choices = ast.Tuple(elts=[py.constant(one) for one in fixed], ctx=ast.Load())
        return ast.Compare(left=left, ops=[operator], comparators=[choices])

    def _among(self, left: ast.expr, texts: ast.expr, operator: ast.cmpop) -> ast.expr:
        bind, name = self.bound(left)
        inside = ast.Compare(left=name, ops=[operator], comparators=[texts])
        return py.and_(py.is_(py.call("type", bind), py.load("str")), inside)

    def contains(self, left: ast.expr, fixed: Any) -> ast.expr | None:
        if not isinstance(fixed, str):
            return None
        bind, name = self.bound(left)
        kind, again = self.bound(py.call("type", bind))
        kinds = [py.is_(kind, py.load("list"))]
        kinds += [py.is_(again, py.load(name)) for name in ("str", "dict")]
        inside = ast.Compare(left=py.constant(fixed), ops=[ast.In()], comparators=[name])
        return py.and_(py.or_(*kinds), inside)

    def regex(self, left: ast.expr, fixed: Any, *, ignore_case: bool) -> ast.expr | None:
        guard = matching.matcher(fixed, ignore_case=ignore_case)
        return self._searched(left, guard.search, guard.limit)

    def glob(self, left: ast.expr, fixed: Any) -> ast.expr | None:
        if not isinstance(fixed, str):
            return None
        return self._searched(left, matching.glob_pattern(fixed).match, matching.MAX_GLOBBED)

    def _searched(self, left: ast.expr, search: object, limit: int) -> ast.expr:
        bind, name = self.bound(left)
        is_text = py.is_(py.call("type", bind), py.load("str"))
        short = py.compare(py.call("len", name), "<=", py.constant(limit))
        found = ast.Call(func=self.constant(search), args=[name], keywords=[])
        return py.and_(is_text, short, py.is_not(found, py.NONE))

    # projections and functions ------------------------------------------------------------------

    def truthy(self, node: Truth, *, negate: bool) -> ast.expr:
        """Code of what JMESPath takes for true: 0 is, the empty text is not."""
        bind, name = self.bound(self.value(node.operand))
        code = truth(bind if node.operand.total else name, name)
        code = py.not_(code) if negate else py.not_(py.not_(code))
        return code if node.operand.total else py.if_(py.is_(bind, py.MISSING), py.NONE, code)

    def applied(self, node: Apply) -> ast.expr:
        """Code of a function of the library."""
        if node.function == "age_of":
            return self._age_of(node)
        arguments = [self.value(argument) for argument in node.arguments]
        guards: list[ast.expr] = []
        for at, argument in enumerate(node.arguments):
            if not argument.total:
                bind, arguments[at] = self.bound(arguments[at])
                guards.append(py.is_(bind, py.MISSING))
        name = f"library.{node.function}"
        self.namespace[name] = library.FUNCTIONS[node.function]
        code = py.call(name, *arguments)
        return py.if_(py.or_(*guards), py.MISSING, code) if guards else code

    def _age_of(self, node: Apply) -> ast.expr:
        """A moment that is one already is taken as it is."""
        bind, name = self.bound(self.value(node.arguments[0]))
        self.namespace["library.age_of"] = library.FUNCTIONS["age_of"]
        read = py.call("library.age_of", name)
        if not node.total:
            read = py.if_(py.is_(name, py.MISSING), py.MISSING, read)
        return py.if_(self.is_moment(bind, name), name, read)

    def let(self, node: Let) -> ast.expr:
        """Code of a value with a name: ``(x := value) is x and body``."""
        bind = ast.NamedExpr(target=py.store(local(node.variable)), value=self.value(node.value))
        outer = self.scope
        self.scope = (*outer, local(node.variable))
        body = self.value(node.body)
        self.scope = outer
        return py.and_(py.is_(bind, py.load(local(node.variable))), body)


def fixed_value(node: Node) -> Any:
    """The value of a constant; a mark of its own for anything else."""
    match node:
        case Literal(value=value):
            return value
        case ListOf(items=items):
            values = [fixed_value(item) for item in items]
            return _NOTHING if _NOTHING in values else values
        case MapOf(entries=entries):
            pairs = {key: fixed_value(inner) for key, inner in entries}
            return _NOTHING if _NOTHING in pairs.values() else pairs
        case _:
            return _NOTHING


_SPECIAL: Mapping[str, Callable[[Matches, ast.expr, Any], ast.expr | None]] = {
    "": Matches.equals,
    "eq": Matches.equals,
    "ne": Matches.differs,
    "gt": lambda self, left, fixed: self.ordered("gt", left, fixed),
    "ge": lambda self, left, fixed: self.ordered("ge", left, fixed),
    "lt": lambda self, left, fixed: self.ordered("lt", left, fixed),
    "le": lambda self, left, fixed: self.ordered("le", left, fixed),
    "in": lambda self, left, fixed: self.within(left, fixed, ast.In()),
    "not-in": lambda self, left, fixed: self.within(left, fixed, ast.NotIn()),
    "contains": Matches.contains,
    "regex": lambda self, left, fixed: self.regex(left, fixed, ignore_case=True),
    "regex-case": lambda self, left, fixed: self.regex(left, fixed, ignore_case=False),
    "glob": Matches.glob,
}
