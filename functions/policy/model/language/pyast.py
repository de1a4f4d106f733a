"""Small makers of Python's own syntax nodes, so that generated code reads like what it makes."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from functions.policy.model.language.tree import Constant

TRUE = ast.Constant(True)  # noqa: FBT003  # the node of the constant itself
FALSE = ast.Constant(False)  # noqa: FBT003  # the node of the constant itself
NONE = ast.Constant(None)
MISSING = ast.Name(id="MISSING", ctx=ast.Load())

OPERATORS: Mapping[str, ast.cmpop] = {
    "==": ast.Eq(),
    "!=": ast.NotEq(),
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
}


def define(name: str, arguments: tuple[str, ...], body: list[ast.stmt]) -> ast.stmt:
    # A parsed skeleton has whatever fields this version of Python wants in a function.
    function = ast.parse("def skeleton(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 - the line above is constant
    function.name = name
    function.args.args = [ast.arg(arg=argument) for argument in arguments]
    function.body = body
    return function


def is_digit(value: Constant) -> bool:
    """Whether Python would call the number equal to True or False."""
    return type(value) in (int, float) and value in (0, 1)


def same(first: ast.expr, again: ast.expr, value: Constant, operator: str) -> ast.expr:
    """``value`` compared with what ``first`` computes and ``again`` reads."""
    if value is None or isinstance(value, bool):
        identity = is_ if operator == "==" else is_not
        return identity(first, ast.Constant(value))
    if not is_digit(value):
        return compare(first, operator, ast.Constant(value))
    equal = compare(again, "==", ast.Constant(value))
    number = and_(is_not(call("type", first), load("bool")), equal)
    return number if operator == "==" else not_(number)


def load(name: str) -> ast.Name:
    """A name read."""
    return ast.Name(id=name, ctx=ast.Load())


def store(name: str) -> ast.Name:
    """A name written."""
    return ast.Name(id=name, ctx=ast.Store())


def call(name: str, *arguments: ast.expr) -> ast.expr:
    """A call of a name."""
    return ast.Call(func=load(name), args=list(arguments), keywords=[])


def attribute(target: ast.expr, name: str) -> ast.expr:
    """``target.name``."""
    return ast.Attribute(value=target, attr=name, ctx=ast.Load())


def get(target: ast.expr, field: str, otherwise: ast.expr = MISSING) -> ast.expr:
    """``target.get(field, otherwise)``."""
    arguments: list[ast.expr] = [ast.Constant(field)]
    if otherwise is not NONE:
        arguments.append(otherwise)
    return ast.Call(func=attribute(target, "get"), args=arguments, keywords=[])


def subscript(target: ast.expr, field: str) -> ast.expr:
    """``target[field]``."""
    return ast.Subscript(value=target, slice=ast.Constant(field), ctx=ast.Load())


def compare(left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
    """``left operator right``."""
    return ast.Compare(left=left, ops=[OPERATORS[operator]], comparators=[right])


def is_(left: ast.expr, right: ast.expr) -> ast.expr:
    """``left is right``."""
    return ast.Compare(left=left, ops=[ast.Is()], comparators=[right])


def is_not(left: ast.expr, right: ast.expr) -> ast.expr:
    """``left is not right``."""
    return ast.Compare(left=left, ops=[ast.IsNot()], comparators=[right])


def not_(code: ast.expr) -> ast.expr:
    """``not code``."""
    return ast.UnaryOp(op=ast.Not(), operand=code)


def and_(*parts: ast.expr) -> ast.expr:
    """The parts joined by ``and``."""
    return parts[0] if len(parts) == 1 else ast.BoolOp(op=ast.And(), values=list(parts))


def or_(*parts: ast.expr) -> ast.expr:
    """The parts joined by ``or``."""
    return parts[0] if len(parts) == 1 else ast.BoolOp(op=ast.Or(), values=list(parts))


def if_(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    """``then if test else otherwise``."""
    return ast.IfExp(test=test, body=then, orelse=otherwise)


def assign(name: str, value: ast.expr) -> ast.stmt:
    """``name = value``."""
    return ast.Assign(targets=[store(name)], value=value)


def when(test: ast.expr, *body: ast.stmt) -> ast.stmt:
    """``if test: body``."""
    return ast.If(test=test, body=list(body), orelse=[])


def append(value: ast.expr) -> ast.stmt:
    """``kept.append(value)``."""
    call = ast.Call(func=attribute(load("kept"), "append"), args=[value], keywords=[])
    return ast.Expr(value=call)


def constant(value: Constant) -> ast.expr:
    """A constant of the language."""
    return ast.Constant(value)
