"""A loop written where it is called: a call for each resource costs more than a look at one element."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from copy import deepcopy

from functions.policy.model.language import pyast as py

OUTER = frozenset({"kept", "append"})
"""What the function around has under names that a loop which makes a list uses too."""


def inlined(code: ast.expr, functions: Sequence[ast.stmt]) -> tuple[list[ast.stmt], ast.expr]:
    """The statements of the loop that an expression calls before all else, and the rest of it.

    No statements, and the expression as it was, when it calls none first.
    """
    loops = {one.name: one for one in functions if isinstance(one, ast.FunctionDef)}
    call = _first(code)
    name = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
    if name not in loops or OUTER & _names(loops[name]):
        return [], code
    answer = f"told.{name}"
    assert isinstance(call, ast.Call)  # noqa: S101 - it has a name
    return _statements(deepcopy(loops[name]), call, answer), _Instead(call, answer).visit(code)


def _first(code: ast.expr) -> ast.expr:
    """What an expression computes before all else."""
    match code:
        case ast.IfExp(test=inner) | ast.Compare(left=inner) | ast.UnaryOp(operand=inner):
            return _first(inner)
        case ast.NamedExpr(value=inner) | ast.BoolOp(values=[inner, *_]):
            return _first(inner)
    return code


def _names(loop: ast.FunctionDef) -> set[str]:
    return {node.id for node in ast.walk(loop) if isinstance(node, ast.Name)}


def _statements(loop: ast.FunctionDef, call: ast.Call, answer: str) -> list[ast.stmt]:
    """What a loop's function does, with its answer under a name instead of returned."""
    items, kept = call.args[0], _Kept(answer)
    no_list, *before, over, last = loop.body
    assert isinstance(no_list, ast.If)  # noqa: S101 - so are all loops made
    assert isinstance(over, ast.For)  # noqa: S101
    over.body = [kept.visit(each) for each in over.body]
    over.orelse = [kept.told(last)]
    no_list.body = [kept.told(each) for each in no_list.body]
    no_list.orelse = [*before, over]
    return [py.assign("items", items), no_list]


class _Kept(ast.NodeTransformer):
    """Returns become answers that end the loop."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def told(self, statement: ast.stmt) -> ast.stmt:
        assert isinstance(statement, ast.Return)  # noqa: S101 - so are all loops made
        return py.assign(self._answer, statement.value or py.NONE)

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        return [self.told(node), ast.Break()]


class _Instead(ast.NodeTransformer):
    """One call replaced by the name of its answer."""

    def __init__(self, call: ast.Call, answer: str) -> None:
        self._call = call
        self._answer = answer

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return py.load(self._answer) if node is self._call else node
