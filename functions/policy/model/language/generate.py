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

from functions.policy.model.language import runtime
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

_OPERATORS: Mapping[str, ast.cmpop] = {
    "==": ast.Eq(),
    "!=": ast.NotEq(),
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
}
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
_FUNCTIONS = {
    "size": runtime.size,
    "lowerAscii": runtime.lower_ascii,
    "int": runtime.to_int,
    "double": runtime.to_double,
    "string": runtime.to_string,
    "timestamp": runtime.to_timestamp,
    "duration": runtime.to_duration,
    "asList": runtime.as_list,
    "json": runtime.from_json,
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
            ast.Assign(targets=[_store(root)], value=_subscript(_load("resource"), root))
            for root in roots
        ]
        main = _define("rule", ("resource", "now"), [*prelude, ast.Return(value=code)])
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
                return ast.Constant(value is not negate)
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
            case Macro() if node.kind is Kind.BOOL:
                return self._negated(self._macro(node), node.total, negate=negate)
            case _:
                return self._truth(node, negate=negate)

    def _truth(self, node: Node, *, negate: bool) -> ast.expr:
        """A value that must turn out to be true or false."""
        bind, name = self._bound(self._value(node))
        told = _or(_is(bind, ast.Constant(True)), _is(name, ast.Constant(False)))
        return _if(told, _not(name) if negate else name, ast.Constant(None))

    def _negated(self, code: ast.expr, total: bool, *, negate: bool) -> ast.expr:
        if not negate:
            return code
        if total:
            return _not(code)
        bind, name = self._bound(code)
        return _if(_is(bind, ast.Constant(None)), ast.Constant(None), _not(name))

    def _logical(self, node: Logical, *, negate: bool) -> ast.expr:
        conjunction = (node.operator == "&&") is not negate
        decisive = ast.Constant(not conjunction)
        parts: list[ast.expr] = []
        doubts: list[ast.expr] = []
        for operand in node.operands[:-1]:
            code = self._condition(operand, negate=negate)
            if operand.total and operand.kind is Kind.BOOL:
                parts.append(code)
                continue
            bind, name = self._bound(code)
            parts.append(_is_not(bind, decisive) if conjunction else _is(bind, decisive))
            doubts.append(name)
        last = self._condition(node.operands[-1], negate=negate)
        operator: ast.boolop = ast.And() if conjunction else ast.Or()
        if not doubts:
            return ast.BoolOp(op=operator, values=[*parts, last])
        bind, name = self._bound(last)
        parts.append(_is_not(bind, decisive) if conjunction else _is(bind, decisive))
        doubts.append(name)
        unsure = _or(*(_is(doubt, ast.Constant(None)) for doubt in doubts))
        settled = _if(unsure, ast.Constant(None), ast.Constant(conjunction))
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
        return self._negated(code, node.total, negate=negate)

    def _equals_constant(self, left: Node, value: Constant, operator: str) -> ast.expr:
        code = self._value(left)
        if left.total and not _is_digit(value):
            return _same(code, code, value, operator)
        bind, name = self._bound(code)
        if left.total:
            return _same(bind, name, value, operator)
        test = _same(name, name, value, operator)
        return _if(_is(bind, _load("MISSING")), ast.Constant(None), test)

    def _ordered_constant(
        self, left: Node, right: Literal, operator: str, *, negate: bool
    ) -> ast.expr:
        bind, name = self._bound(self._value(left))
        known = left.total and left.kind is not Kind.DYN
        test = _compare(bind if known else name, operator, ast.Constant(right.value))
        test = _not(test) if negate else test
        if known:
            return test
        kind, kind_name = self._bound(_call("type", bind))
        if right.kind is Kind.STRING:
            proper = _is(kind, _load("str"))
        else:
            proper = _or(_is(kind, _load("int")), _is(kind_name, _load("float")))
        return _if(proper, test, ast.Constant(None))

    def _within(self, node: Compare, *, negate: bool) -> ast.expr:
        operator: ast.cmpop = ast.NotIn() if negate else ast.In()
        texts = _texts(node.right)
        if texts is not None:
            return self._within_texts(node.left, texts, operator)
        item, container = self._value(node.left), self._value(node.right)
        if self._partial and is_path(node.right):
            code = self._helped(runtime.within_partial, item, container)
            return self._negated(code, node.total, negate=negate)
        if node.left.kind is Kind.STRING and node.left.total:
            if node.right.kind is Kind.MAP and node.right.total:
                return ast.Compare(left=item, ops=[operator], comparators=[container])
            if isinstance(node.left, Literal):
                bind, name = self._bound(container)
                inside = ast.Compare(left=item, ops=[operator], comparators=[name])
                slow = self._helped(runtime.within, item, name)
                other = self._negated(slow, False, negate=negate)
                return _if(_is(_call("type", bind), _load("dict")), inside, other)
        code = self._helped(runtime.within, item, container)
        return self._negated(code, node.total, negate=negate)

    def _within_texts(self, left: Node, texts: tuple[str, ...], operator: ast.cmpop) -> ast.expr:
        # Texts only: == of a text with a list, a map or a number is False, as it must be.
        choices = ast.Tuple(elts=[ast.Constant(text) for text in texts], ctx=ast.Load())
        code = self._value(left)
        if left.total:
            return ast.Compare(left=code, ops=[operator], comparators=[choices])
        bind, name = self._bound(code)
        inside = ast.Compare(left=name, ops=[operator], comparators=[choices])
        return _if(_is(bind, _load("MISSING")), ast.Constant(None), inside)

    def _has(self, node: Has, *, negate: bool) -> ast.expr:
        operator: ast.cmpop = ast.NotIn() if negate else ast.In()
        field = ast.Constant(node.field)
        target = self._value(node.target)
        if self._partial and is_path(node.target):
            code = self._helped(runtime.has_partial, target, field)
            return self._negated(code, node.total, negate=negate)
        if node.total:
            return ast.Compare(left=field, ops=[operator], comparators=[target])
        bind, name = self._bound(target)
        inside = ast.Compare(left=field, ops=[operator], comparators=[name])
        return _if(_is(_call("type", bind), _load("dict")), inside, ast.Constant(None))

    def _chosen(self, node: Choice, *, negate: bool) -> ast.expr:
        then = self._condition(node.then, negate=negate)
        otherwise = self._condition(node.otherwise, negate=negate)
        if node.condition.total and node.condition.kind is Kind.BOOL:
            return _if(self._condition(node.condition), then, otherwise)
        bind, name = self._bound(self._condition(node.condition))
        other = _if(_is(name, ast.Constant(False)), otherwise, ast.Constant(None))
        return _if(bind, then, other)

    def _text_test(self, node: Call, *, negate: bool) -> ast.expr:
        target, argument = node.arguments
        bind, name = self._bound(self._value(target))
        proper: list[ast.expr] = [_is(_call("type", bind), _load("str"))]
        if node.function == "matches":
            return self._matches(node, name, proper, negate=negate)
        other = self._value(argument)
        if not isinstance(argument, Literal):
            second, other = self._bound(other)
            proper.append(_is(_call("type", second), _load("str")))
        if node.function == "contains":
            operator: ast.cmpop = ast.NotIn() if negate else ast.In()
            test: ast.expr = ast.Compare(left=other, ops=[operator], comparators=[name])
        else:
            method = "startswith" if node.function == "startsWith" else "endswith"
            test = ast.Call(func=_attribute(name, method), args=[other], keywords=[])
            test = _not(test) if negate else test
        return _if(_and(*proper), test, ast.Constant(None))

    def _matches(
        self, node: Call, name: ast.expr, proper: list[ast.expr], *, negate: bool
    ) -> ast.expr:
        guard = guarded(_text(node.arguments[1]))
        search = self._constant(guard.search)
        proper.append(_compare(_call("len", name), "<=", ast.Constant(guard.limit)))
        found = ast.Call(func=search, args=[name], keywords=[])
        identity = _is if negate else _is_not
        return _if(_and(*proper), identity(found, ast.Constant(None)), ast.Constant(None))

    # values -------------------------------------------------------------------------------------

    def _value(self, node: Node) -> ast.expr:
        match node:
            case Literal(value=value):
                return ast.Constant(value)
            case Name(name=name):
                return _load(_local(name))
            case Select():
                return self._select(node)
            case Index(target=target, key=key):
                return self._helped(runtime.index, self._value(target), self._value(key))
            case ListOf(items=items):
                return self._helped(runtime.list_of, *(self._value(item) for item in items))
            case MapOf(entries=entries):
                keys = ast.Tuple(elts=[ast.Constant(key) for key, _ in entries], ctx=ast.Load())
                values = (self._value(value) for _, value in entries)
                return self._helped(runtime.map_of, keys, *values)
            case Negative(operand=operand):
                return self._helped(runtime.negative, self._value(operand))
            case Arithmetic(operator=operator, left=left, right=right):
                return self._helped(_SUMS[operator], self._value(left), self._value(right))
            case Call(function="duration" | "timestamp") if node.total:
                return self._constant(_FUNCTIONS[node.function](_text(node.arguments[0])))
            case Call(function="orElse", arguments=(first, other)):
                bind, name = self._bound(self._value(first))
                return _if(_is(bind, _load("MISSING")), self._value(other), name)
            case Call(function=function, arguments=arguments) if function not in _TESTS:
                values = (self._value(argument) for argument in arguments)
                return self._helped(_FUNCTIONS[function], *values)
            case Macro() if node.kind is not Kind.BOOL:
                return self._macro(node)
            case Choice() if node.kind is not Kind.BOOL:
                return self._chosen_value(node)
            case _:
                return self._told(node)

    def _told(self, node: Node) -> ast.expr:
        """A condition used as a value."""
        code = self._condition(node)
        if node.total:
            return code
        bind, name = self._bound(code)
        return _if(_is(bind, ast.Constant(None)), _load("MISSING"), name)

    def _select(self, node: Select) -> ast.expr:
        if isinstance(node.target, Name) and node.target.name == "resource" and node.total:
            return _subscript(_load("resource"), node.field)
        target = self._value(node.target)
        if node.target.kind is Kind.MAP and node.target.total:
            return _get(target, node.field)
        bind, name = self._bound(target)
        is_map = _is(_call("type", bind), _load("dict"))
        return _if(is_map, _get(name, node.field), _load("MISSING"))

    def _chosen_value(self, node: Choice) -> ast.expr:
        then, otherwise = self._value(node.then), self._value(node.otherwise)
        bind, name = self._bound(self._condition(node.condition))
        other = _if(_is(name, ast.Constant(False)), otherwise, _load("MISSING"))
        return _if(bind, then, other)

    # macros -------------------------------------------------------------------------------------

    def _macro(self, node: Macro) -> ast.expr:
        target = self._value(node.target)
        outer = self._scope
        self._scope = (*outer, _local(node.variable))
        test = self._condition(node.body) if node.body is not None else ast.Constant(True)
        changed = self._value(node.transform) if node.transform is not None else None
        self._scope = outer
        name = self._fresh("macro")
        steps = _steps(node.macro, test, changed)
        unsure = ast.Constant(None) if node.kind is Kind.BOOL else _load("MISSING")
        variable = _local(node.variable)
        self._functions.append(_macro(name, ("items", *outer), variable, steps, unsure))
        return _call(name, target, *(_load(argument) for argument in outer))

    # small things -------------------------------------------------------------------------------

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}.{self._count}"  # no name of the language has a dot

    def _bound(self, code: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Code that keeps its value, and how to read it again; constants and names are read twice."""
        if isinstance(code, ast.Constant | ast.Name):
            return code, code
        name = self._fresh("value")
        return ast.NamedExpr(target=_store(name), value=code), _load(name)

    def _constant(self, value: object) -> ast.expr:
        name = self._fresh("constant")
        self._globals[name] = value
        return _load(name)

    def _helped(self, helper: Callable[..., Any], *arguments: ast.expr) -> ast.expr:
        name = f"help.{helper.__name__}"
        self._globals[name] = helper
        return _call(name, *arguments)


# What a macro answers when it is sure early, what makes it so, and what it answers at the end.
_EARLY: Mapping[str, bool] = {"all": False, "exists": True}


def _steps(
    macro: str, test: ast.expr, changed: ast.expr | None
) -> tuple[list[ast.stmt], list[ast.stmt], list[ast.stmt]]:
    """What a macro does before its loop, for each element, and after."""
    result = _assign("result", test)
    if macro in _EARLY:
        early = ast.Constant(_EARLY[macro])
        each: list[ast.stmt] = [
            result,
            _when(_is(_load("result"), early), ast.Return(value=early)),
            _when(_is(_load("result"), ast.Constant(None)), _assign("doubt", ast.Constant(True))),
        ]
        answer = _if(_load("doubt"), ast.Constant(None), ast.Constant(not _EARLY[macro]))
        return [_assign("doubt", ast.Constant(False))], each, [ast.Return(value=answer)]
    unsure = ast.Constant(None) if macro == "exists_one" else _load("MISSING")
    each = [result, _when(_is(_load("result"), ast.Constant(None)), ast.Return(value=unsure))]
    if macro == "exists_one":
        grow = ast.AugAssign(target=_store("count"), op=ast.Add(), value=ast.Constant(1))
        one = _compare(_load("count"), "==", ast.Constant(1))
        start = _assign("count", ast.Constant(0))
        return [start], [*each, _when(_load("result"), grow)], [ast.Return(value=one)]
    if changed is None:
        keep: list[ast.stmt] = [_append(_load("element"))]
    else:
        gone = _is(_load("changed"), _load("MISSING"))
        keep = [_assign("changed", changed), _when(gone, ast.Return(value=_load("MISSING")))]
        keep.append(_append(_load("changed")))
    start = _assign("kept", _call("list"))
    return [start], [*each, _when(_load("result"), *keep)], [ast.Return(value=_load("kept"))]


def _macro(
    name: str,
    arguments: tuple[str, ...],
    variable: str,
    steps: tuple[list[ast.stmt], list[ast.stmt], list[ast.stmt]],
    unsure: ast.expr,
) -> ast.stmt:
    before, each, after = steps
    kind = _call("type", _load("items"))
    strange = _and(_is_not(kind, _load("list")), _is_not(kind, _load("dict")))
    named = _assign(variable, _load("element"))
    loop = ast.For(target=_store("element"), iter=_load("items"), body=[named, *each], orelse=[])
    return _define(name, arguments, [_when(strange, ast.Return(value=unsure)), *before, loop, *after])


def _define(name: str, arguments: tuple[str, ...], body: list[ast.stmt]) -> ast.stmt:
    # A parsed skeleton has whatever fields this version of Python wants in a function.
    function = ast.parse("def skeleton(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 - the line above is constant
    function.name = name
    function.args.args = [ast.arg(arg=argument) for argument in arguments]
    function.body = body
    return function


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


def _is_digit(value: Constant) -> bool:
    """Whether Python would call the number equal to True or False."""
    return type(value) in (int, float) and value in (0, 1)


def _same(first: ast.expr, again: ast.expr, value: Constant, operator: str) -> ast.expr:
    """``value`` compared with what ``first`` computes and ``again`` reads."""
    if value is None or isinstance(value, bool):
        identity = _is if operator == "==" else _is_not
        return identity(first, ast.Constant(value))
    if not _is_digit(value):
        return _compare(first, operator, ast.Constant(value))
    equal = _compare(again, "==", ast.Constant(value))
    number = _and(_is_not(_call("type", first), _load("bool")), equal)
    return number if operator == "==" else _not(number)


def _load(name: str) -> ast.Name:
    return ast.Name(id=name, ctx=ast.Load())


def _store(name: str) -> ast.Name:
    return ast.Name(id=name, ctx=ast.Store())


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(func=_load(name), args=list(arguments), keywords=[])


def _attribute(target: ast.expr, name: str) -> ast.expr:
    return ast.Attribute(value=target, attr=name, ctx=ast.Load())


def _get(target: ast.expr, field: str) -> ast.expr:
    arguments: list[ast.expr] = [ast.Constant(field), _load("MISSING")]
    return ast.Call(func=_attribute(target, "get"), args=arguments, keywords=[])


def _subscript(target: ast.expr, field: str) -> ast.expr:
    return ast.Subscript(value=target, slice=ast.Constant(field), ctx=ast.Load())


def _compare(left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
    return ast.Compare(left=left, ops=[_OPERATORS[operator]], comparators=[right])


def _is(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Compare(left=left, ops=[ast.Is()], comparators=[right])


def _is_not(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Compare(left=left, ops=[ast.IsNot()], comparators=[right])


def _not(code: ast.expr) -> ast.expr:
    return ast.UnaryOp(op=ast.Not(), operand=code)


def _and(*parts: ast.expr) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.BoolOp(op=ast.And(), values=list(parts))


def _or(*parts: ast.expr) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.BoolOp(op=ast.Or(), values=list(parts))


def _if(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    return ast.IfExp(test=test, body=then, orelse=otherwise)


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign(targets=[_store(name)], value=value)


def _when(test: ast.expr, *body: ast.stmt) -> ast.stmt:
    return ast.If(test=test, body=list(body), orelse=[])


def _append(value: ast.expr) -> ast.stmt:
    call = ast.Call(func=_attribute(_load("kept"), "append"), args=[value], keywords=[])
    return ast.Expr(value=call)
