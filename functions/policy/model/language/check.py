"""An untyped tree to a typed one: names resolved, parameters put in, kinds that cannot work refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from functions.policy.model.language.errors import Source
from functions.policy.model.language.kinds import CONSTANT_CALLS, FUNCTIONS, RESOURCE, ROOTS, SUMS
from functions.policy.model.language.regex import Refused, guarded
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
    changed,
    is_constant,
    is_path,
)

Parameter: TypeAlias = Constant | list[Constant]
Parameters: TypeAlias = Mapping[str, Parameter]

MAX_TREE_DEPTH = 64
MAX_NESTED_MACROS = 3


def check(node: Node, source: Source, *, parameters: Parameters, partial: bool = False) -> Node:
    """The typed tree of an expression; ``parameters`` are put in as constants.

    With ``partial``, of a resource that is known only in part: there, a field that is absent may
    well exist, so that ``has()`` and ``in`` are never surely false.

    Raises:
        RuleError: an unknown name, field of ``resource`` or parameter, a kind that cannot work.
    """
    return _Checker(source, parameters, partial=partial).typed(node, {})


def condition(node: Node, source: Source, *, parameters: Parameters, partial: bool = False) -> Node:
    """The typed tree of an expression that must be true, false or unknown.

    Raises:
        RuleError: as ``check``, and when the expression is of another kind.
    """
    typed = check(node, source, parameters=parameters, partial=partial)
    if typed.kind not in (Kind.BOOL, Kind.DYN):
        problem = f"the expression gives a {typed.kind}"
        raise source.error(node.at, problem, "it must be true where the resource violates the rule")
    return typed


Scope: TypeAlias = Mapping[str, Kind]


class _Checker:
    def __init__(self, source: Source, parameters: Parameters, *, partial: bool) -> None:
        self._source = source
        self._parameters = parameters
        self._partial = partial
        self._depth = 0

    def typed(self, node: Node, scope: Scope) -> Node:
        self._depth += 1
        if self._depth > MAX_TREE_DEPTH:
            raise self._error(
                node, "nested too deep", f"at most {MAX_TREE_DEPTH} levels are allowed"
            )
        result = self._dispatch(node, scope)
        self._depth -= 1
        return result

    def _dispatch(self, node: Node, scope: Scope) -> Node:
        match node:
            case Literal():
                return changed(node, kind=_kind(node.value), total=True)
            case Name():
                return self._name(node, scope)
            case Select():
                return self._select(node, scope)
            case Has():
                return self._has(node, scope)
            case Index():
                return self._index(node, scope)
            case Macro():
                return self._macro(node, scope)
            case Call():
                return self._call(node, scope)
            case _:
                return self._operation(node, scope)

    def _operation(self, node: Node, scope: Scope) -> Node:
        match node:
            case ListOf(items=items):
                typed = tuple(self.typed(item, scope) for item in items)
                return changed(node, items=typed, kind=Kind.LIST, total=_total(typed))
            case MapOf(entries=entries):
                pairs = tuple((key, self.typed(value, scope)) for key, value in entries)
                total = _total(tuple(value for _, value in pairs))
                return changed(node, entries=pairs, kind=Kind.MAP, total=total)
            case Not(operand=operand):
                inner = self._bool(operand, scope, "'!'")
                return changed(node, operand=inner, kind=Kind.BOOL, total=_is_bool(inner))
            case Negative():
                return self._negative(node, scope)
            case Logical(operator=operator, operands=operands):
                typed = tuple(self._bool(o, scope, repr(operator)) for o in operands)
                total = all(_is_bool(operand) for operand in typed)
                return changed(node, operands=typed, kind=Kind.BOOL, total=total)
            case Compare():
                return self._compare(node, scope)
            case Arithmetic():
                return self._arithmetic(node, scope)
            case Choice():
                return self._choice(node, scope)
            case _:
                raise TypeError(type(node))

    def _name(self, node: Name, scope: Scope) -> Node:
        if node.name in scope:
            return changed(node, kind=Kind.DYN, total=True)
        if node.name in ROOTS:
            return changed(node, kind=ROOTS[node.name], total=True)
        if node.name == "params":
            raise self._error(node, "params stands alone", "name one parameter, as in params.days")
        known = (*scope, *ROOTS, "params")
        raise self._error(node, f"unknown name {node.name!r}", _nearest(node.name, known))

    def _select(self, node: Select, scope: Scope) -> Node:
        match node.target:
            case Name(name="params") if "params" not in scope:
                return self._parameter(node)
            case Name(name="resource") if "resource" not in scope:
                return self._resource(node)
        target = self._container(node.target, scope, Kind.MAP, f".{node.field}")
        return changed(node, target=target)

    def _parameter(self, node: Select) -> Node:
        if node.field not in self._parameters:
            allowed = _nearest(node.field, tuple(self._parameters))
            raise self._error(node, f"unknown parameter {node.field!r}", allowed)
        value = self._parameters[node.field]
        if isinstance(value, list):
            items = tuple(
                Literal(at=node.at, value=item, kind=_kind(item), total=True) for item in value
            )
            return ListOf(at=node.at, items=items, kind=Kind.LIST, total=True)
        return Literal(at=node.at, value=value, kind=_kind(value), total=True)

    def _resource(self, node: Select) -> Node:
        kind = RESOURCE.get(node.field)
        if kind is None:
            allowed = _nearest(node.field, tuple(RESOURCE))
            raise self._error(node, f"unknown field resource.{node.field}", allowed)
        if node.field in ROOTS:
            return Name(at=node.at, name=node.field, kind=kind, total=True)
        target = Name(at=node.at, name="resource", kind=Kind.MAP, total=True)
        return changed(node, target=target, kind=kind, total=True)

    def _has(self, node: Has, scope: Scope) -> Node:
        match node.target:
            case Name(name="params" | "resource" as name) if name not in scope:
                allowed = "use has() on configuration, tags or what is inside them"
                raise self._error(node, f"has({name}.{node.field}) is known beforehand", allowed)
        target = self._container(node.target, scope, Kind.MAP, f"has(.{node.field})")
        total = target.total and target.kind is Kind.MAP and not (self._partial and is_path(target))
        return changed(node, target=target, kind=Kind.BOOL, total=total)

    def _index(self, node: Index, scope: Scope) -> Node:
        match node.key:
            case Literal(value=str(field)):
                return self._select(Select(at=node.at, target=node.target, field=field), scope)
        target = self.typed(node.target, scope)
        key = self.typed(node.key, scope)
        if target.kind not in (Kind.DYN, Kind.LIST, Kind.MAP):
            raise self._error(node, f"a {target.kind} has no [...]", "use it on a list or a map")
        wanted = {Kind.LIST: Kind.INT, Kind.MAP: Kind.STRING}.get(target.kind, key.kind)
        if key.kind not in (Kind.DYN, wanted) or key.kind not in (Kind.DYN, Kind.INT, Kind.STRING):
            raise self._error(node, f"[...] with a {key.kind}", "use an int or a text")
        return changed(node, target=target, key=key)

    def _macro(self, node: Macro, scope: Scope) -> Node:
        if len(scope) >= MAX_NESTED_MACROS:
            problem = f"{node.macro}() nested too deep"
            raise self._error(node, problem, f"at most {MAX_NESTED_MACROS} levels are allowed")
        if node.variable in ROOTS or node.variable == "params" or node.variable in scope:
            raise self._error(node, f"{node.variable!r} is taken", "choose another variable")
        target = self.typed(node.target, scope)
        if target.kind not in (Kind.DYN, Kind.LIST, Kind.MAP):
            problem = f"{node.macro}() over a {target.kind}"
            raise self._error(node, problem, "use it on a list or a map")
        inner = {**scope, node.variable: Kind.DYN}
        body = self._bool(node.body, inner, f"{node.macro}()") if node.body is not None else None
        transform = self.typed(node.transform, inner) if node.transform is not None else None
        kind = Kind.LIST if node.macro in ("filter", "map") else Kind.BOOL
        total = target.total and target.kind in (Kind.LIST, Kind.MAP)
        total = (
            total and (body is None or _is_bool(body)) and (transform is None or transform.total)
        )
        return changed(node, target=target, body=body, transform=transform, kind=kind, total=total)

    def _call(self, node: Call, scope: Scope) -> Node:
        node = _qualified(node, scope)
        signatures = FUNCTIONS.get(node.function)
        if signatures is None:
            allowed = _nearest(node.function, (*FUNCTIONS, "has", "all", "exists", "filter", "map"))
            raise self._error(node, f"unknown function {node.function!r}", allowed)
        signature = signatures[0]
        if len(node.arguments) != len(signature.arguments):
            count = len(signature.arguments) - int(signature.method)
            raise self._error(
                node, f"wrong call of {node.function}()", f"it takes {count} argument(s)"
            )
        typed = tuple(self.typed(argument, scope) for argument in node.arguments)
        for argument, allowed_kinds in zip(typed, signature.arguments, strict=True):
            self._argument(node, argument, allowed_kinds)
        if node.function == "matches":
            self._pattern(typed[1])
        if node.function in CONSTANT_CALLS and isinstance(typed[0], Literal):
            return self._constant_call(changed(node, arguments=typed, kind=signature.result))
        if node.function == "orElse":
            return self._or_else(changed(node, arguments=typed))
        total = signature.total and _total(typed)
        total = total and (node.function == "asList" or all(a.kind is not Kind.DYN for a in typed))
        return changed(node, arguments=typed, kind=signature.result, total=total)

    def _or_else(self, node: Call) -> Node:
        value, other = node.arguments
        if value.total:
            return value
        kind = value.kind if value.kind is other.kind else Kind.DYN
        if self._partial and is_path(value) and is_constant(other):
            # A constant says nothing of a field that is merely not known.
            return changed(value, kind=kind)
        return changed(node, kind=kind, total=other.total)

    def _constant_call(self, node: Call) -> Node:
        argument = node.arguments[0]
        constant = argument.value if isinstance(argument, Literal) else None
        read, example = CONSTANT_CALLS[node.function]
        if isinstance(constant, str) and read(constant) is None:
            raise self._error(argument, f"{node.function}({constant!r})", f"write it as {example}")
        return changed(node, total=isinstance(constant, str))

    def _argument(self, node: Call, argument: Node, kinds: frozenset[Kind]) -> None:
        if argument.kind is Kind.DYN or argument.kind in kinds:
            return
        wanted = " or ".join(sorted(kind for kind in kinds if kind is not Kind.DYN))
        raise self._error(argument, f"{node.function}() of a {argument.kind}", f"use a {wanted}")

    def _pattern(self, node: Node) -> None:
        if not isinstance(node, Literal):
            raise self._error(
                node, "a pattern made at run time", "use a quoted text or a parameter"
            )
        try:
            guarded(str(node.value))
        except Refused as refused:
            allowed = 'use a pattern without it, as in matches("^prod-[a-z]+$")'
            raise self._error(node, f"the pattern is refused: {refused}", allowed) from refused

    def _negative(self, node: Negative, scope: Scope) -> Node:
        operand = self.typed(node.operand, scope)
        if operand.kind not in (Kind.DYN, *NUMBERS):
            raise self._error(node, f"'-' before a {operand.kind}", "use it on a number")
        return changed(node, operand=operand, kind=operand.kind)

    def _compare(self, node: Compare, scope: Scope) -> Node:
        left, right = self.typed(node.left, scope), self.typed(node.right, scope)
        if node.operator == "in":
            if right.kind not in (Kind.DYN, Kind.LIST, Kind.MAP):
                raise self._error(node, f"'in' a {right.kind}", "use it on a list or a map")
            keyed = left.kind is Kind.STRING or right.kind is Kind.LIST
            total = right.kind is not Kind.DYN and keyed and left.total and right.total
            total = total and not (self._partial and is_path(right))
        elif not _comparable(left.kind, right.kind, ordered=node.operator not in ("==", "!=")):
            problem = f"{left.kind} {node.operator} {right.kind} cannot be told"
            raise self._error(node, problem, "compare values of one kind")
        else:
            known = Kind.DYN not in (left.kind, right.kind) or node.operator in ("==", "!=")
            total = known and left.total and right.total
        return changed(node, left=left, right=right, kind=Kind.BOOL, total=total)

    def _arithmetic(self, node: Arithmetic, scope: Scope) -> Node:
        left, right = self.typed(node.left, scope), self.typed(node.right, scope)
        if Kind.DYN in (left.kind, right.kind):
            return changed(node, left=left, right=right, kind=Kind.DYN)
        kind = SUMS.get((left.kind, node.operator, right.kind))
        if kind is None:
            problem = f"{left.kind} {node.operator} {right.kind} has no meaning"
            raise self._error(node, problem, "use numbers, texts, lists, or moments and durations")
        return changed(node, left=left, right=right, kind=kind)

    def _choice(self, node: Choice, scope: Scope) -> Node:
        condition = self._bool(node.condition, scope, "'?'")
        then, otherwise = self.typed(node.then, scope), self.typed(node.otherwise, scope)
        kind = then.kind if then.kind is otherwise.kind else Kind.DYN
        total = _is_bool(condition) and then.total and otherwise.total
        return changed(
            node, condition=condition, then=then, otherwise=otherwise, kind=kind, total=total
        )

    def _bool(self, node: Node, scope: Scope, where: str) -> Node:
        typed = self.typed(node, scope)
        if typed.kind not in (Kind.BOOL, Kind.DYN):
            raise self._error(node, f"{where} with a {typed.kind}", "use something true or false")
        return typed

    def _container(self, node: Node, scope: Scope, wanted: Kind, what: str) -> Node:
        typed = self.typed(node, scope)
        if typed.kind not in (wanted, Kind.DYN):
            raise self._error(node, f"{what} of a {typed.kind}", f"use it on a {wanted}")
        return typed

    def _error(self, node: Node, problem: str, allowed: str) -> Exception:
        return self._source.error(node.at, problem, allowed)


def _qualified(node: Call, scope: Scope) -> Call:
    """``policy.public(x)`` as a call of the function of that name, not a method of ``policy``."""
    match node.arguments:
        case (Name(name="policy"), *rest) if "policy" not in scope:
            return changed(node, function=f"policy.{node.function}", arguments=tuple(rest))
        case _:
            return node


def _kind(value: Constant) -> Kind:
    kinds = {bool: Kind.BOOL, int: Kind.INT, float: Kind.DOUBLE, str: Kind.STRING}
    return kinds.get(type(value), Kind.NULL)


def _total(nodes: tuple[Node, ...]) -> bool:
    return all(node.total for node in nodes)


def _is_bool(node: Node) -> bool:
    """Whether a condition is surely true or false: a total value of an unknown kind may be neither."""
    return node.total and node.kind is Kind.BOOL


def _comparable(left: Kind, right: Kind, *, ordered: bool) -> bool:
    if Kind.DYN in (left, right):
        return not ordered or not {left, right} & {Kind.LIST, Kind.MAP, Kind.NULL}
    if ordered and left in (Kind.LIST, Kind.MAP, Kind.NULL):
        return False
    same = left is right or {left, right} <= NUMBERS
    return same or (not ordered and Kind.NULL in (left, right))


def _nearest(name: str, known: tuple[str, ...]) -> str:
    if not known:
        return "there is none; declare it under parameters"
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"use one of {', '.join(known)}"
