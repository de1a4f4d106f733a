"""Tokens to an untyped tree, by precedence climbing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from functions.policy.model.language.errors import Source
from functions.policy.model.language.lexer import Token, tokens
from functions.policy.model.language.tree import (
    Arithmetic,
    Call,
    Choice,
    Compare,
    Has,
    Index,
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
)

MAX_SOURCE = 8_000
MAX_DEPTH = 32
MAX_INT = 2**63 - 1

MACROS = {"all": (2,), "exists": (2,), "exists_one": (2,), "filter": (2,), "map": (2, 3)}
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)
_COMPARING = 2
"""The level of comparisons; those before it are logical, those after it arithmetic."""
_STARTS = "expected a value: a name, a number, a quoted text, '(', '[', '{', '!' or '-'"

T = TypeVar("T")


def parse(source: Source) -> Node:
    """The tree of an expression.

    Raises:
        RuleError: the text is no expression, too long or too deep.
    """
    if len(source.text) > MAX_SOURCE:
        problem = f"the expression has {len(source.text)} characters"
        raise source.error(0, problem, f"at most {MAX_SOURCE} are allowed; split the rule")
    parser = Parser(source)
    node = parser.expression()
    parser.end()
    return node


class Parser:
    """Reads one expression from the front of a list of tokens."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tokens = tokens(source)
        self._next = 0
        self._depth = 0

    def end(self) -> None:
        """Refuses anything after the expression."""
        token = self._peek()
        if token.kind != "end":
            raise self._error(
                token, f"unexpected {token.text!r}", "expected an operator or the end"
            )

    def expression(self) -> Node:
        """One whole expression, with ``?:`` binding loosest."""
        return self._nested(self._choice)

    def _choice(self) -> Node:
        condition = self._binary(0)
        question = self._accept("?")
        if question is None:
            return condition
        then = self._nested(lambda: self._binary(0))
        self._expect(":")
        otherwise = self.expression()
        return Choice(at=condition.at, condition=condition, then=then, otherwise=otherwise)

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        if level < _COMPARING:
            return self._logical(left, level)
        chain = 0
        while (token := self._accept(*_LEVELS[level])) is not None:
            chain += 1
            if chain > MAX_DEPTH:
                raise self._error(token, "too many operators in a row", f"use at most {MAX_DEPTH}")
            right = self._binary(level + 1)
            make = Compare if level == _COMPARING else Arithmetic
            left = make(at=token.at, operator=token.text, left=left, right=right)
        return left

    def _logical(self, first: Node, level: int) -> Node:
        operator = _LEVELS[level][0]
        operands = [first]
        while self._accept(operator) is not None:
            operands.append(self._binary(level + 1))
        if len(operands) == 1:
            return first
        return Logical(at=first.at, operator=operator, operands=tuple(operands))

    def _unary(self) -> Node:
        token = self._accept("!", "-")
        if token is None:
            return self._postfix(self._primary())
        if token.text == "-" and self._peek().kind in ("int", "double"):
            return self._postfix(self._number(self._take(), sign=-1))
        operand = self._nested(self._unary)
        if token.text == "!":
            return Not(at=token.at, operand=operand)
        return Negative(at=token.at, operand=operand)

    def _postfix(self, node: Node) -> Node:
        chain = 0
        while (token := self._accept(".", "[")) is not None:
            chain += 1
            if chain > MAX_DEPTH:
                raise self._error(token, "too long a path", f"use at most {MAX_DEPTH} steps")
            if token.text == "[":
                key = self.expression()
                self._expect("]")
                node = Index(at=token.at, target=node, key=key)
            else:
                node = self._member(node)
        return node

    def _member(self, target: Node) -> Node:
        field = self._name("a field or method name after '.'")
        if self._accept("(") is None:
            return Select(at=field.at, target=target, field=field.text)
        if field.text in MACROS:
            return self._macro(target, field)
        arguments = (target, *self._sequence(")"))
        return Call(at=field.at, function=field.text, arguments=arguments)

    def _macro(self, target: Node, macro: Token) -> Node:
        variable = self._name(f"the variable of {macro.text}(variable, expression)")
        parts = []
        while self._accept(",") is not None:
            parts.append(self.expression())
        closing = self._expect(")")
        if len(parts) + 1 not in MACROS[macro.text]:
            wanted = " or ".join(str(count) for count in MACROS[macro.text])
            problem = f"{macro.text}() has {len(parts) + 1} arguments"
            raise self._error(closing, problem, f"it takes {wanted}")
        transform = parts.pop() if macro.text == "map" else None
        return Macro(
            at=macro.at,
            macro=macro.text,
            target=target,
            variable=variable.text,
            body=parts[0] if parts else None,
            transform=transform,
        )

    def _primary(self) -> Node:
        token = self._take()
        if token.kind in ("int", "double"):
            return self._number(token)
        if token.kind == "string":
            return Literal(at=token.at, value=token.value)
        if token.kind == "name":
            return self._named(token)
        match token.text:
            case "(":
                inner = self.expression()
                self._expect(")")
                return inner
            case "[":
                return ListOf(at=token.at, items=self._sequence("]"))
            case "{":
                return self._map(token)
            case _:
                raise self._error(token, f"unexpected {token.text!r}", _STARTS)

    def _named(self, token: Token) -> Node:
        if token.text in _CONSTANTS:
            return Literal(at=token.at, value=_CONSTANTS[token.text])
        if token.text == "in":
            raise self._error(token, "unexpected 'in'", _STARTS)
        if self._accept("(") is None:
            return Name(at=token.at, name=token.text)
        arguments = self._sequence(")")
        if token.text == "has":
            return self._has(token, arguments)
        return Call(at=token.at, function=token.text, arguments=arguments)

    def _has(self, token: Token, arguments: tuple[Node, ...]) -> Node:
        match arguments:
            case (Select(target=target, field=field),):
                return Has(at=token.at, target=target, field=field)
            case _:
                allowed = "has() takes one field, as in has(configuration.policy)"
                raise self._error(token, "has() of something that is no field", allowed)

    def _number(self, token: Token, *, sign: int = 1) -> Node:
        number = token.value
        assert isinstance(number, int | float)  # noqa: S101 - the lexer's promise, for the type checker
        if isinstance(number, int) and sign * number not in range(-MAX_INT - 1, MAX_INT + 1):
            raise self._error(token, f"{token.text} does not fit", "an int has 64 bits with a sign")
        return Literal(at=token.at, value=sign * number)

    def _map(self, opening: Token) -> Node:
        entries: dict[str, Node] = {}
        while self._accept("}") is None:
            if entries:
                self._expect(",")
            key = self._take()
            if key.kind != "string" or key.value in entries:
                raise self._error(key, f"{key.text} as a key", "use quoted texts, each once")
            self._expect(":")
            entries[str(key.value)] = self.expression()
        return MapOf(at=opening.at, entries=tuple(entries.items()))

    def _sequence(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while self._accept(closing) is None:
            if items:
                self._expect(",")
            items.append(self.expression())
        return tuple(items)

    def _nested(self, read: Callable[[], T]) -> T:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            problem = "nested too deep"
            raise self._error(self._peek(), problem, f"at most {MAX_DEPTH} levels are allowed")
        result = read()
        self._depth -= 1
        return result

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _accept(self, *texts: str) -> Token | None:
        token = self._peek()
        if token.kind in ("operator", "name") and token.text in texts:
            return self._take()
        return None

    def _expect(self, text: str) -> Token:
        token = self._accept(text)
        if token is None:
            found = self._peek()
            raise self._error(found, f"unexpected {found.text!r}", f"expected {text!r}")
        return token

    def _name(self, wanted: str) -> Token:
        token = self._take()
        if token.kind != "name" or token.text in ("in", *_CONSTANTS):
            raise self._error(token, f"unexpected {token.text!r}", f"expected {wanted}")
        return token

    def _error(self, token: Token, problem: str, allowed: str) -> Exception:
        return self._source.error(token.at, problem, allowed)
