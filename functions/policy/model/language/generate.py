"""A typed tree to a Python function, built node by node with ``ast``: no text is ever assembled.

Two forms of code: a *value* is what the expression gives, or ``MISSING``; a *condition* is True,
False, or None when it cannot be told. ``a && b`` becomes

    (x := A) is not False and (y := B) is not False and (True if x is not None ... else None)

which is Kleene's conjunction without a call or an allocation. Macros become functions of their own
that take what they use as arguments, so that no closure is made when a rule runs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from functions.policy.model.iam.analyses import ANALYSES
from functions.policy.model.language import macros, runtime
from functions.policy.model.language import pyast as py
from functions.policy.model.language.regex import guarded
from functions.policy.model.language.tree import (
    NUMBERS,
    Arithmetic,
    Call,
    Choice,
    Compare,
    Constant,
    Has,
    Index,
    Kind,
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
    children,
    is_path,
)

Condition: TypeAlias = Callable[[Mapping[str, Any], datetime], bool | None]

MAX_NODES = 40_000

ALLOWED = frozenset(
    {
        ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.For, ast.If,
        ast.Expr, ast.AugAssign, ast.Add, ast.Call, ast.Name, ast.Load, ast.Store, ast.Constant,
        ast.Attribute, ast.Subscript, ast.NamedExpr, ast.IfExp, ast.BoolOp, ast.And, ast.Or,
        ast.UnaryOp, ast.Not, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
        ast.In, ast.NotIn, ast.Is, ast.IsNot, ast.Tuple,
    }
)  # fmt: skip
ATTRIBUTES = frozenset({"get", "startswith", "endswith", "append"})

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
    **{name: runtime.analysed(analysis) for name, analysis in ANALYSES.items()},
}
_TESTS = frozenset({"startsWith", "endsWith", "contains", "matches"})
_ROOTS = ("configuration", "tags")


class TooMuch(Exception):
    """The generated function would be larger than is allowed."""


def condition(tree: Node, *, partial: bool = False) -> Condition:
    """The compiled function of a typed condition: True where the resource violates the rule.

    ``partial`` must be what the tree was checked with.

    Raises:
        TooMuch: the function would have more than ``MAX_NODES`` nodes.
    """
    return _Generator(partial=partial).function(tree)


class _Generator:
    def __init__(self, *, partial: bool) -> None:
        self._partial = partial
        self._globals: dict[str, Any] = {
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
        self._functions: list[ast.stmt] = []
        self._count = 0
        self._scope: tuple[str, ...] = ()

    def function(self, tree: Node) -> Condition:
        roots = tuple(root for root in _ROOTS if _uses(tree, root))
        self._scope = ("resource", "now", *roots)
        code = self._condition(tree)
        prelude: list[ast.stmt] = [
            ast.Assign(targets=[py.store(root)], value=py.subscript(py.load("resource"), root))
            for root in roots
        ]
        main = py.define("rule", ("resource", "now"), [*prelude, ast.Return(value=code)])
        return self._loaded(ast.Module(body=[*self._functions, main], type_ignores=[]))

    def _loaded(self, module: ast.Module) -> Condition:
        nodes = list(ast.walk(module))
        if len(nodes) > MAX_NODES:
            raise TooMuch(f"{len(nodes)} nodes of code, at most {MAX_NODES}")
        _verify(nodes)
        module = ast.fix_missing_locations(module)
        code = compile(module, "<rule>", "exec", dont_inherit=True)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._globals[constant.co_name] = FunctionType(constant, self._globals)
        rule: Condition = self._globals["rule"]
        return rule

    # conditions ---------------------------------------------------------------------------------

    def _condition(self, node: Node, *, negate: bool = False) -> ast.expr:
        match node:
            case Literal(value=bool(value)):
                return py.constant(value is not negate)
            case Not(operand=operand):
                return self._condition(operand, negate=not negate)
            case Logical():
                return self._logical(node, negate=negate)
            case Compare():
                return self._compare(node, negate=negate)
            case Has():
                return self._has(node, negate=negate)
            case Choice():
                return self._chosen(node, negate=negate)
            case Call(function=function) if function in _TESTS:
                return self._text_test(node, negate=negate)
            case _:
                return self._truth(node, negate=negate)

    def _truth(self, node: Node, *, negate: bool) -> ast.expr:
        """A value that must turn out to be true or false."""
        if node.kind not in (Kind.BOOL, Kind.DYN):
            return py.NONE
        if isinstance(node, Macro) and node.kind is Kind.BOOL:
            return self._negated(self._macro(node), total=node.total, negate=negate)
        bind, name = self._bound(self._value(node))
        told = py.or_(py.is_(bind, py.TRUE), py.is_(name, py.FALSE))
        return py.if_(told, py.not_(name) if negate else name, py.NONE)

    def _negated(self, code: ast.expr, *, total: bool, negate: bool) -> ast.expr:
        if not negate:
            return code
        if total:
            return py.not_(code)
        bind, name = self._bound(code)
        return py.if_(py.is_(bind, py.NONE), py.NONE, py.not_(name))

    def _logical(self, node: Logical, *, negate: bool) -> ast.expr:
        conjunction = (node.operator == "&&") is not negate
        decisive = py.constant(not conjunction)
        parts: list[ast.expr] = []
        doubts: list[ast.expr] = []
        for operand in node.operands[:-1]:
            code = self._condition(operand, negate=negate)
            if operand.total and operand.kind is Kind.BOOL:
                parts.append(code)
                continue
            bind, name = self._bound(code)
            parts.append(py.is_not(bind, decisive) if conjunction else py.is_(bind, decisive))
            doubts.append(name)
        last = self._condition(node.operands[-1], negate=negate)
        operator: ast.boolop = ast.And() if conjunction else ast.Or()
        if not doubts:
            return ast.BoolOp(op=operator, values=[*parts, last])
        bind, name = self._bound(last)
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
            return self._helped(_COMPARISONS[operator], self._value(left), self._value(right))
        if isinstance(right, Literal) and right.kind in (*NUMBERS, Kind.STRING):
            return self._ordered_constant(left, right, operator, negate=negate)
        code = self._helped(_COMPARISONS[operator], self._value(left), self._value(right))
        return self._negated(code, total=node.total, negate=negate)

    def _equals_constant(self, left: Node, value: Constant, operator: str) -> ast.expr:
        code = self._value(left)
        if left.total and not py.is_digit(value):
            return py.same(code, code, value, operator)
        bind, name = self._bound(code)
        if left.total:
            return py.same(bind, name, value, operator)
        test = py.same(name, name, value, operator)
        return py.if_(py.is_(bind, py.MISSING), py.NONE, test)

    def _ordered_constant(
        self, left: Node, right: Literal, operator: str, *, negate: bool
    ) -> ast.expr:
        bind, name = self._bound(self._value(left))
        known = left.total and left.kind is not Kind.DYN
        test = py.compare(bind if known else name, operator, py.constant(right.value))
        test = py.not_(test) if negate else test
        if known:
            return test
        kind, kind_name = self._bound(py.call("type", bind))
        if right.kind is Kind.STRING:
            proper = py.is_(kind, py.load("str"))
        else:
            proper = py.or_(py.is_(kind, py.load("int")), py.is_(kind_name, py.load("float")))
        return py.if_(proper, test, py.NONE)

    def _within(self, node: Compare, *, negate: bool) -> ast.expr:
        operator: ast.cmpop = ast.NotIn() if negate else ast.In()
        texts = _texts(node.right)
        if texts is not None:
            return self._within_texts(node.left, texts, operator)
        item, container = self._value(node.left), self._value(node.right)
        if self._partial and is_path(node.right):
            code = self._helped(runtime.within_partial, item, container)
            return self._negated(code, total=node.total, negate=negate)
        if node.left.kind is Kind.STRING and node.left.total:
            if node.right.kind is Kind.MAP and node.right.total:
                return ast.Compare(left=item, ops=[operator], comparators=[container])
            if isinstance(node.left, Literal):
                bind, name = self._bound(container)
                inside = ast.Compare(left=item, ops=[operator], comparators=[name])
                slow = self._helped(runtime.within, item, name)
                other = self._negated(slow, total=False, negate=negate)
                return py.if_(py.is_(py.call("type", bind), py.load("dict")), inside, other)
        code = self._helped(runtime.within, item, container)
        return self._negated(code, total=node.total, negate=negate)

    def _within_texts(self, left: Node, texts: tuple[str, ...], operator: ast.cmpop) -> ast.expr:
        # Texts only: == of a text with a list, a map or a number is False, as it must be.
        choices = ast.Tuple(elts=[py.constant(text) for text in texts], ctx=ast.Load())
        code = self._value(left)
        if left.total:
            return ast.Compare(left=code, ops=[operator], comparators=[choices])
        bind, name = self._bound(code)
        inside = ast.Compare(left=name, ops=[operator], comparators=[choices])
        return py.if_(py.is_(bind, py.MISSING), py.NONE, inside)

    def _has(self, node: Has, *, negate: bool) -> ast.expr:
        operator: ast.cmpop = ast.NotIn() if negate else ast.In()
        field = py.constant(node.field)
        target = self._value(node.target)
        if self._partial and is_path(node.target):
            code = self._helped(runtime.has_partial, target, field)
            return self._negated(code, total=node.total, negate=negate)
        if node.total:
            return ast.Compare(left=field, ops=[operator], comparators=[target])
        bind, name = self._bound(target)
        inside = ast.Compare(left=field, ops=[operator], comparators=[name])
        return py.if_(py.is_(py.call("type", bind), py.load("dict")), inside, py.NONE)

    def _chosen(self, node: Choice, *, negate: bool) -> ast.expr:
        then = self._condition(node.then, negate=negate)
        otherwise = self._condition(node.otherwise, negate=negate)
        if node.condition.total and node.condition.kind is Kind.BOOL:
            return py.if_(self._condition(node.condition), then, otherwise)
        bind, name = self._bound(self._condition(node.condition))
        other = py.if_(py.is_(name, py.FALSE), otherwise, py.NONE)
        return py.if_(bind, then, other)

    def _text_test(self, node: Call, *, negate: bool) -> ast.expr:
        target, argument = node.arguments
        bind, name = self._bound(self._value(target))
        proper: list[ast.expr] = [py.is_(py.call("type", bind), py.load("str"))]
        if node.function == "matches":
            return self._matches(node, name, proper, negate=negate)
        other = self._value(argument)
        if not isinstance(argument, Literal):
            second, other = self._bound(other)
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
        guard = guarded(_text(node.arguments[1]))
        search = self._constant(guard.search)
        proper.append(py.compare(py.call("len", name), "<=", py.constant(guard.limit)))
        found = ast.Call(func=search, args=[name], keywords=[])
        identity = py.is_ if negate else py.is_not
        return py.if_(py.and_(*proper), identity(found, py.NONE), py.NONE)

    # values -------------------------------------------------------------------------------------

    def _value(self, node: Node) -> ast.expr:
        match node:
            case Literal(value=value):
                return py.constant(value)
            case Name(name=name):
                return py.load(_local(name))
            case Select():
                return self._select(node)
            case Call(function=function) if function not in _TESTS:
                return self._call(node)
            case Macro() if node.kind is not Kind.BOOL:
                return self._macro(node)
            case Choice() if node.kind is not Kind.BOOL:
                return self._chosen_value(node)
            case _:
                return self._computed(node)

    def _computed(self, node: Node) -> ast.expr:
        match node:
            case Index(target=target, key=key):
                return self._helped(runtime.index, self._value(target), self._value(key))
            case ListOf(items=items):
                return self._helped(runtime.list_of, *(self._value(item) for item in items))
            case MapOf(entries=entries):
                keys = ast.Tuple(elts=[py.constant(key) for key, _ in entries], ctx=ast.Load())
                values = (self._value(value) for _, value in entries)
                return self._helped(runtime.map_of, keys, *values)
            case Negative(operand=operand):
                return self._helped(runtime.negative, self._value(operand))
            case Arithmetic(operator=operator, left=left, right=right):
                return self._helped(_SUMS[operator], self._value(left), self._value(right))
            case _:
                return self._told(node)

    def _call(self, node: Call) -> ast.expr:
        if node.function == "orElse":
            bind, name = self._bound(self._value(node.arguments[0]))
            other = self._value(node.arguments[1])
            return py.if_(py.is_(bind, py.MISSING), other, name)
        function = _FUNCTIONS[node.function]
        if node.function in ("duration", "timestamp") and node.total:
            return self._constant(function(_text(node.arguments[0])))
        return self._helped(function, *(self._value(argument) for argument in node.arguments))

    def _told(self, node: Node) -> ast.expr:
        """A condition used as a value."""
        code = self._condition(node)
        if node.total:
            return code
        bind, name = self._bound(code)
        return py.if_(py.is_(bind, py.NONE), py.MISSING, name)

    def _select(self, node: Select) -> ast.expr:
        if isinstance(node.target, Name) and node.target.name == "resource" and node.total:
            return py.subscript(py.load("resource"), node.field)
        target = self._value(node.target)
        if node.target.kind is Kind.MAP and node.target.total:
            return py.get(target, node.field)
        bind, name = self._bound(target)
        is_map = py.is_(py.call("type", bind), py.load("dict"))
        return py.if_(is_map, py.get(name, node.field), py.MISSING)

    def _chosen_value(self, node: Choice) -> ast.expr:
        then, otherwise = self._value(node.then), self._value(node.otherwise)
        bind, name = self._bound(self._condition(node.condition))
        other = py.if_(py.is_(name, py.FALSE), otherwise, py.MISSING)
        return py.if_(bind, then, other)

    # macros -------------------------------------------------------------------------------------

    def _macro(self, node: Macro) -> ast.expr:
        target = self._value(node.target)
        outer = self._scope
        self._scope = (*outer, _local(node.variable))
        test = self._condition(node.body) if node.body is not None else py.TRUE
        changed = self._value(node.transform) if node.transform is not None else None
        self._scope = outer
        name = self._fresh("macro")
        loop = macros.Loop(_local(node.variable), test, changed)
        body = macros.body(node.macro, loop)
        self._functions.append(py.define(name, ("items", *outer), body))
        return py.call(name, target, *(py.load(argument) for argument in outer))

    # small things -------------------------------------------------------------------------------

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}.{self._count}"  # no name of the language has a dot

    def _bound(self, code: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Code that keeps its value, and how to read it again; constants and names are read twice."""
        if isinstance(code, ast.Constant | ast.Name):
            return code, code
        name = self._fresh("value")
        return ast.NamedExpr(target=py.store(name), value=code), py.load(name)

    def _constant(self, value: object) -> ast.expr:
        name = self._fresh("constant")
        self._globals[name] = value
        return py.load(name)

    def _helped(self, helper: Callable[..., Any], *arguments: ast.expr) -> ast.expr:
        name = f"help.{helper.__name__}"
        self._globals[name] = helper
        return py.call(name, *arguments)


def _verify(nodes: Iterable[ast.AST]) -> None:
    """Refuses generated code with a node that no rule needs: a defect of the generator."""
    for node in nodes:
        if type(node) not in ALLOWED:
            raise TypeError(f"generated code has a {type(node).__name__}")
        if isinstance(node, ast.Attribute) and node.attr not in ATTRIBUTES:
            raise TypeError(f"generated code reads .{node.attr}")


def _uses(tree: Node, root: str) -> bool:
    if isinstance(tree, Name) and tree.name == root:
        return True
    return any(_uses(child, root) for child in children(tree))


def _local(name: str) -> str:
    """The Python name of a name: variables get a dot, so that they hide nothing generated."""
    return name if name in ("resource", "now", *_ROOTS) else f"variable.{name}"


def _text(node: Node) -> str:
    """The constant that the checker made sure stands here."""
    if not isinstance(node, Literal) or not isinstance(node.value, str):
        raise TypeError(f"expected a constant text, got {node}")
    return node.value


def _texts(node: Node) -> tuple[str, ...] | None:
    """The constants of a list of nothing but texts."""
    if not isinstance(node, ListOf):
        return None
    texts = [
        item.value
        for item in node.items
        if isinstance(item, Literal) and isinstance(item.value, str)
    ]
    return tuple(texts) if len(texts) == len(node.items) else None
