"""The loops of ``all``, ``exists``, ``exists_one``, ``filter`` and ``map`` as Python functions.

Each takes the elements and whatever names the enclosing rule uses, so that running a rule makes no
closure; ``result``, ``doubt``, ``count``, ``changed`` and ``kept`` are its own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import NamedTuple

from functions.policy.model.language import pyast as py


class Loop(NamedTuple):
    """The Python name of the variable, the condition, and what ``map`` makes of an element."""

    variable: str
    test: ast.expr
    changed: ast.expr | None


def body(macro: str, loop: Loop) -> list[ast.stmt]:
    """The statements of a macro's function over ``items``."""
    return _MACROS[macro](loop)


def _decided(loop: Loop, *, by: ast.Constant, otherwise: ast.Constant) -> list[ast.stmt]:
    """``by`` as soon as one element says so; else unknown if any was, else ``otherwise``."""
    each: list[ast.stmt] = [
        py.when(py.is_(py.load("result"), by), ast.Return(value=by)),
        py.when(py.is_(py.load("result"), py.NONE), py.assign("doubt", py.TRUE)),
    ]
    answer = ast.Return(value=py.if_(py.load("doubt"), py.NONE, otherwise))
    return [*_guard(py.NONE), py.assign("doubt", py.FALSE), _over(loop, each), answer]


def _all(loop: Loop) -> list[ast.stmt]:
    return _decided(loop, by=py.FALSE, otherwise=py.TRUE)


def _exists(loop: Loop) -> list[ast.stmt]:
    return _decided(loop, by=py.TRUE, otherwise=py.FALSE)


def _exists_one(loop: Loop) -> list[ast.stmt]:
    grow = ast.AugAssign(target=py.store("count"), op=ast.Add(), value=ast.Constant(1))
    each = [_unless_told(py.NONE), py.when(py.load("result"), grow)]
    answer = ast.Return(value=py.compare(py.load("count"), "==", ast.Constant(1)))
    return [*_guard(py.NONE), py.assign("count", ast.Constant(0)), _over(loop, each), answer]


def _collected(loop: Loop) -> list[ast.stmt]:
    keep: list[ast.stmt] = [py.append(py.load("element"))]
    if loop.changed is not None:
        gone = py.is_(py.load("changed"), py.MISSING)
        keep = [
            py.assign("changed", loop.changed),
            py.when(gone, ast.Return(value=py.MISSING)),
            py.append(py.load("changed")),
        ]
    each = [_unless_told(py.MISSING), py.when(py.load("result"), *keep)]
    answer = ast.Return(value=py.load("kept"))
    return [*_guard(py.MISSING), py.assign("kept", py.call("list")), _over(loop, each), answer]


_MACROS: Mapping[str, Callable[[Loop], list[ast.stmt]]] = {
    "all": _all,
    "exists": _exists,
    "exists_one": _exists_one,
    "filter": _collected,
    "map": _collected,
}


def _guard(unsure: ast.expr) -> list[ast.stmt]:
    kind = py.call("type", py.load("items"))
    strange = py.and_(py.is_not(kind, py.load("list")), py.is_not(kind, py.load("dict")))
    return [py.when(strange, ast.Return(value=unsure))]


def _unless_told(unsure: ast.expr) -> ast.stmt:
    return py.when(py.is_(py.load("result"), py.NONE), ast.Return(value=unsure))


def _over(loop: Loop, each: list[ast.stmt]) -> ast.stmt:
    named = py.assign(loop.variable, py.load("element"))
    told = py.assign("result", loop.test)
    items = py.load("items")
    return ast.For(target=py.store("element"), iter=items, body=[named, told, *each], orelse=[])
