"""A JMESPath expression to the typed tree, by operator precedence.

The parser carries the node that ``@`` stands for, so that ``a.b`` is ``a`` of it and ``b`` of that; a
projection carries its variable. Whatever is not there is null, as JMESPath has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from functions.policy.model.custodian.words import Word, words
from functions.policy.model.language.errors import Source
from functions.policy.model.language.library import BY_KEY, JMESPATH
from functions.policy.model.language.tree import (
    Apply,
    Call,
    Choice,
    Compare,
    Index,
    Kind,
    Let,
    ListOf,
    Literal,
    Logical,
    MapOf,
    Name,
    Node,
    Not,
    Project,
    Select,
    Truth,
    is_path,
)

MAX_DEPTH = 24
MAX_PARTS = 400
_POWER: Mapping[str, int] = {
    "|": 1, "||": 2, "&&": 3, "==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5, ">=": 5, "[]": 9,
    "*": 20, "[?": 21, ".": 40, "!": 45, "{": 50, "[": 55, "(": 60,
}  # fmt: skip
_PROJECTION_STOP = 10
_SLICE_PARTS = 3
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_STARTS = "expected a field, a literal, '[', '{', '@', '!' or '('"


def path(source: Source, root: Node, *, certain: bool = True) -> Node:
    """The tree of a JMESPath of ``root``.

    Unless ``certain``, a field that is not there is unknown rather than null, where the path is a
    plain one into the resource.

    Raises:
        RuleError: the text is no JMESPath of the supported kind.
    """
    reader = _Reader(source, certain=certain)
    node = reader.expression(0, root)
    reader.expect("end")
    return node


def nullable(node: Node) -> Node:
    """A value, or null where there is none."""
    if node.total:
        return node
    null = Literal(at=node.at, value=None, kind=Kind.NULL, total=True)
    return Call(at=node.at, function="orElse", arguments=(node, null), total=True)


def bare(node: Node) -> Node:
    """What ``nullable`` made a value of."""
    match node:
        case Call(function="orElse", arguments=(inner, Literal(value=None))):
            return inner
        case _:
            return node


class _Reader:
    def __init__(self, source: Source, *, certain: bool) -> None:
        self._source = source
        self._certain = certain
        self._words = words(source)
        self._next = 0
        self._depth = 0
        self._variables = 0
        self._parts = 0

    # reading ------------------------------------------------------------------------------------

    def _peek(self, ahead: int = 0) -> Word:
        return self._words[min(self._next + ahead, len(self._words) - 1)]

    def _take(self) -> Word:
        word = self._peek()
        self._next += 1
        return word

    def _accept(self, kind: str) -> bool:
        if self._peek().kind != kind:
            return False
        self._next += 1
        return True

    def expect(self, kind: str) -> Word:
        word = self._take()
        if word.kind != kind:
            wanted = "the end" if kind == "end" else repr(kind)
            raise self._error(word, self._unexpected(word), f"expected {wanted}")
        return word

    def _unexpected(self, word: Word) -> str:
        shown = word.kind if word.value is None else repr(word.value)
        return f"unexpected {shown}"

    def _error(self, word: Word, problem: str, allowed: str) -> Exception:
        return self._source.error(word.at, problem, allowed)

    # expressions --------------------------------------------------------------------------------

    def expression(self, power: int, current: Node) -> Node:
        """An expression as far as operators bind tighter than ``power``."""
        self._depth += 1
        self._parts += 1
        if self._depth > MAX_DEPTH or self._parts > MAX_PARTS:
            raise self._error(self._peek(), "nested too deep or too long", "write a simpler path")
        left = self._start(self._take(), current)
        while power < _POWER.get(self._peek().kind, 0):
            left = self._next_part(self._take(), left, current)
        self._depth -= 1
        return left

    def _start(self, word: Word, current: Node) -> Node:
        match word.kind:
            case "name" if self._peek().kind == "(":
                return self._function(word, current)
            case "name" | "quoted":
                return self._field(word, current)
            case "literal":
                return self._constant(word)
            case "@":
                return current
            case "(":
                inner = self.expression(0, current)
                self.expect(")")
                return inner
            case "!":
                inner = self._truth(self.expression(_POWER["!"], current))
                return Not(at=word.at, operand=inner, kind=Kind.BOOL, total=inner.total)
            case "{":
                return self._bound(current, lambda value: self._hash(word, value))
            case _:
                return self._start_projection(word, current)

    def _start_projection(self, word: Word, current: Node) -> Node:
        match word.kind:
            case "*":
                return self._values(word, current, _POWER["*"])
            case "[?" | "[]":
                return self._next_part(word, current, current)
            case "[" if self._peek().kind in ("number", ":") or self._is_star():
                return self._bracket(word, current)
            case "[":
                return self._bound(current, lambda value: self._list(word, value))
            case _:
                raise self._error(word, self._unexpected(word), _STARTS)

    def _is_star(self) -> bool:
        return self._peek().kind == "*" and self._peek(1).kind == "]"

    def _next_part(self, word: Word, left: Node, current: Node) -> Node:
        match word.kind:
            case "." if self._accept("*"):
                return self._values(word, left, _POWER["."])
            case ".":
                return self._dotted(_POWER["."], left)
            case "|":
                return self._bound(left, lambda value: self.expression(_POWER["|"], value))
            case "||" | "&&":
                return self._either(word, left, current)
            case kind if kind in _COMPARISONS:
                return self._comparison(word, left, self.expression(_POWER[kind], current))
            case "[?":
                return self._filtered(word, left)
            case "[]":
                flat = Apply(at=word.at, function="flatten", arguments=(left,), total=left.total)
                return self._projection(word, flat, _POWER["[]"])
            case "[":
                return self._bracket(word, left, indexed=_is_indexed(left))
            case _:
                raise self._error(word, self._unexpected(word), "expected an operator")

    def _field(self, word: Word, current: Node) -> Node:
        node = Select(at=word.at, target=bare(current), field=word.value)
        return node if not self._certain and is_path(node) else nullable(node)

    def _constant(self, word: Word) -> Node:
        return constant(word.value, at=word.at)

    def _dotted(self, power: int, left: Node) -> Node:
        word = self._peek()
        if word.kind in ("name", "quoted", "*"):
            return self.expression(power, left)
        if self._accept("["):
            return self._bound(left, lambda value: self._list(word, value))
        if self._accept("{"):
            return self._bound(left, lambda value: self._hash(word, value))
        raise self._error(word, self._unexpected(word), "expected a field after '.'")

    def _either(self, word: Word, left: Node, current: Node) -> Node:
        """``a || b`` is the first value that counts as true; ``a && b`` the first that does not."""
        right = self.expression(_POWER[word.kind], current)
        total = left.total and right.total
        if left.kind is right.kind is Kind.BOOL:
            operands = (left, right)
            return Logical(
                at=word.at, operator=word.kind, operands=operands, kind=Kind.BOOL, total=total
            )
        test = self._truth(left)
        then, otherwise = (left, right) if word.kind == "||" else (right, left)
        return Choice(at=word.at, condition=test, then=then, otherwise=otherwise, total=total)

    def _truth(self, node: Node) -> Node:
        if node.kind is Kind.BOOL:
            return node
        return Truth(at=node.at, operand=node, kind=Kind.BOOL, total=node.total)

    def _comparison(self, word: Word, left: Node, right: Node) -> Node:
        total = left.total and right.total and word.kind in ("==", "!=")
        node = Compare(
            at=word.at, operator=word.kind, left=left, right=right, kind=Kind.BOOL, total=total
        )
        # Values that have no order: null, which counts as false.
        return node if total else nullable(node) if left.total and right.total else node

    # lists --------------------------------------------------------------------------------------

    def _bracket(self, word: Word, left: Node, *, indexed: bool = False) -> Node:
        """An index, a slice or ``[*]``; the library makes no projection of a slice of an element."""
        if self._accept("*"):
            self.expect("]")
            return self._projection(word, left, _POWER["*"])
        if self._peek().kind == "number" and self._peek(1).kind == "]":
            index = self._take()
            self.expect("]")
            return self._indexed(index, left)
        part = self._sliced(word, left)
        return part if indexed else self._projection(word, part, _POWER["*"])

    def _indexed(self, word: Word, left: Node) -> Node:
        key = Literal(at=word.at, value=word.value, kind=Kind.INT, total=True)
        if word.value < 0:
            return Apply(at=word.at, function="at", arguments=(left, key), total=left.total)
        node = Index(at=word.at, target=bare(left), key=key)
        return nullable(node) if left.total else node

    def _sliced(self, word: Word, left: Node) -> Node:
        parts: list[int | None] = [None]
        while not self._accept("]"):
            if self._accept(":"):
                parts.append(None)
                continue
            parts[-1] = self.expect("number").value
        if len(parts) not in (2, _SLICE_PARTS) or parts[2:] == [0]:
            raise self._error(word, "no slice", "write it as [start:stop:step], step not 0")
        bounds = [constant(part, at=word.at) for part in (*parts, None)[:_SLICE_PARTS]]
        return Apply(at=word.at, function="slice", arguments=(left, *bounds), total=left.total)

    def _filtered(self, word: Word, left: Node) -> Node:
        variable = self._variable(word)
        condition = self._truth(self.expression(0, variable))
        self.expect("]")
        return self._projection(
            word, left, _POWER["[?"], variable=variable, condition=nullable_condition(condition)
        )

    def _values(self, word: Word, left: Node, power: int) -> Node:
        values = Apply(at=word.at, function="jmespath.values", arguments=(left,), total=left.total)
        return self._projection(word, values, power)

    def _projection(
        self,
        word: Word,
        target: Node,
        power: int,
        *,
        variable: Name | None = None,
        condition: Node | None = None,
    ) -> Node:
        element = variable or self._variable(word)
        body = self._rest(power, element)
        return Project(
            at=word.at,
            target=target,
            variable=element.name,
            condition=condition,
            body=body,
            kind=Kind.DYN,
            total=target.total,
        )

    def _rest(self, power: int, element: Node) -> Node:
        """What follows a projection, of each of its elements."""
        word = self._peek()
        if _POWER.get(word.kind, 0) < _PROJECTION_STOP:
            return element
        if word.kind in ("[", "[?"):
            self._take()
            left = self._next_part(word, element, element)
            while power < _POWER.get(self._peek().kind, 0):
                left = self._next_part(self._take(), left, element)
            return left
        self.expect(".")
        return self._then(power, self._dotted(power, element), element)

    def _then(self, power: int, left: Node, current: Node) -> Node:
        while power < _POWER.get(self._peek().kind, 0):
            left = self._next_part(self._take(), left, current)
        return left

    def _list(self, word: Word, current: Node) -> Node:
        items = [self.expression(0, current)]
        while self._accept(","):
            items.append(self.expression(0, current))
        self.expect("]")
        total = all(item.total for item in items)
        made = ListOf(at=word.at, items=tuple(items), kind=Kind.LIST, total=total)
        return self._unless_null(current, made)

    def _hash(self, word: Word, current: Node) -> Node:
        entries: list[tuple[str, Node]] = []
        while not entries or self._accept(","):
            key = self._take()
            if key.kind not in ("name", "quoted"):
                raise self._error(key, self._unexpected(key), "expected a key, as in {name: Name}")
            self.expect(":")
            entries.append((key.value, self.expression(0, current)))
        self.expect("}")
        total = all(value.total for _, value in entries)
        made = MapOf(at=word.at, entries=tuple(entries), kind=Kind.MAP, total=total)
        return self._unless_null(current, made)

    def _unless_null(self, current: Node, made: Node) -> Node:
        null = constant(None, at=made.at)
        gone = Compare(
            at=made.at, operator="==", left=current, right=null, kind=Kind.BOOL, total=current.total
        )
        total = current.total and made.total
        return Choice(at=made.at, condition=gone, then=null, otherwise=made, total=total)

    # functions ----------------------------------------------------------------------------------

    def _function(self, word: Word, current: Node) -> Node:
        self.expect("(")
        name = word.value
        if name in (*BY_KEY, "map"):
            return self._keyed(word, current)
        if name not in JMESPATH:
            known = ", ".join(sorted((*JMESPATH, *BY_KEY, "map")))
            raise self._error(word, f"unknown function {name!r}", f"use one of {known}")
        arguments = [self.expression(0, current)]
        while self._accept(","):
            arguments.append(self.expression(0, current))
        self.expect(")")
        count = JMESPATH[name][1]
        if count not in (-1, len(arguments)):
            raise self._error(word, f"wrong call of {name}()", f"it takes {count} argument(s)")
        total = all(argument.total for argument in arguments)
        function = f"jmespath.{name}"
        return Apply(at=word.at, function=function, arguments=tuple(arguments), total=total)

    def _keyed(self, word: Word, current: Node) -> Node:
        """``sort_by(list, &key)`` and its kin; ``map(&value, list)`` keeps its nulls as well."""
        variable = self._variable(word)
        turned = word.value == "map"
        listed, key = None, None
        for at in range(2):
            if self._accept("&"):
                key = self.expression(0, variable)
            else:
                listed = self.expression(0, current)
            self.expect(")" if at else ",")
        if listed is None or key is None:
            shown = "map(&a, list)" if turned else f"{word.value}(list, &a)"
            raise self._error(word, f"wrong call of {word.value}()", f"write {shown}")
        wrapped = ListOf(at=word.at, items=(key,), kind=Kind.LIST, total=key.total)
        keys = Apply(
            at=word.at,
            function="flatten_once",
            arguments=(self._each(word, listed, variable, wrapped),),
            total=listed.total,
        )
        if turned:
            return keys
        function = f"jmespath.{word.value}"
        return Apply(at=word.at, function=function, arguments=(listed, keys), total=listed.total)

    def _each(self, word: Word, listed: Node, variable: Name, body: Node) -> Node:
        return Project(
            at=word.at,
            target=listed,
            variable=variable.name,
            condition=None,
            body=body,
            total=listed.total,
        )

    # names --------------------------------------------------------------------------------------

    def _variable(self, word: Word) -> Name:
        self._variables += 1
        return Name(at=word.at, name=f"@{self._variables}", total=True)

    def _bound(self, value: Node, body: Callable[[Node], Node]) -> Node:
        """``body`` of a value that may be used more than once: by a name, unless it is cheap."""
        if isinstance(value, Name) or is_path(bare(value)) or not value.total:
            return body(value)
        name = self._variable(self._peek())
        inner = body(name)
        total = inner.total
        return Let(
            at=value.at, variable=name.name, value=value, body=inner, kind=inner.kind, total=total
        )


def _is_indexed(node: Node) -> bool:
    """Whether a value is an element of a list, or a slice of one."""
    inner = bare(node)
    return isinstance(inner, Index) or (
        isinstance(inner, Apply) and inner.function in ("at", "slice")
    )


def nullable_condition(node: Node) -> Node:
    """A condition that is false where it cannot be told."""
    if node.total:
        return node
    no = Literal(at=node.at, value=False, kind=Kind.BOOL, total=True)
    return Call(at=node.at, function="orElse", arguments=(node, no), kind=Kind.BOOL, total=True)


def constant(value: object, *, at: int) -> Node:
    """The node of a JSON value."""
    if isinstance(value, list):
        items = tuple(constant(item, at=at) for item in value)
        return ListOf(at=at, items=items, kind=Kind.LIST, total=True)
    if isinstance(value, dict):
        entries = tuple((str(key), constant(inner, at=at)) for key, inner in value.items())
        return MapOf(at=at, entries=entries, kind=Kind.MAP, total=True)
    kinds = {bool: Kind.BOOL, int: Kind.INT, float: Kind.DOUBLE, str: Kind.STRING}
    if value is None or isinstance(value, bool | int | float | str):
        kind = kinds.get(type(value), Kind.NULL)
        return Literal(at=at, value=value, kind=kind, total=True)
    raise TypeError(type(value))
