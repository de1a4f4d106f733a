"""The value filter: a key, an operator, a value, and how both are converted before they meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, TypeAlias

from functions.policy.model.custodian.jmespath import constant, nullable, path
from functions.policy.model.custodian.place import Places
from functions.policy.model.custodian.shape import Shape
from functions.policy.model.language.library import TRANSFORMS
from functions.policy.model.language.matching import OPERATORS, SPELLINGS, WORDS, matcher
from functions.policy.model.language.regex import Refused
from functions.policy.model.language.tree import (
    Apply,
    Arithmetic,
    Fixed,
    Kind,
    Literal,
    Name,
    Node,
    Select,
    Test,
)

Document: TypeAlias = Mapping[str, Any]

FIELDS = (
    "key", "op", "value", "value_type", "value_regex", "value_path", "value_from",
    "tag_key_transforms",
)  # fmt: skip
TYPES = (
    "age", "cidr", "cidr_size", "date", "expiration", "expr", "float", "integer", "normalize",
    "resource_count", "size", "swap", "unique_size", "version",
)  # fmt: skip
MAX_DAYS = 700_000
"""Nearly two thousand years: farther and there is no such moment."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-")
NOW = Name(at=0, name="now", kind=Kind.TIMESTAMP, total=True)


class ValueFilter(NamedTuple):
    """One value filter, to be made a condition of."""

    document: Document
    shape: Shape
    places: Places
    resolve: Callable[[Document], list[Any]] | None = None

    def condition(self) -> Node:
        """The test that the filter makes.

        Raises:
            RuleError: a field is missing, unknown or of no use.
        """
        left = self._read("key", presence=self._asks_presence())
        if "value_regex" in self.document:
            left = self._captured(left)
        right = self._right()
        return self._compared(left, right)

    def _asks_presence(self) -> bool:
        """Whether the filter asks if there is a value, rather than which."""
        value = self.document.get("value")
        return isinstance(value, str) and value in WORDS and "op" not in self.document

    # the two sides ------------------------------------------------------------------------------

    def _read(self, field: str, *, presence: bool) -> Node:
        key = self.document.get(field)
        if not isinstance(key, str) or not key:
            raise self._error(field, repr(key), "name a key, as in State.Name or tag:Owner")
        return self.key(key, field, presence=presence)

    def key(self, key: str, field: str, *, presence: bool) -> Node:
        """What a key reads of the resource."""
        if key.startswith("tag:"):
            return self.shape.tag(key[4:], self._transforms())
        certain = self.shape.certain(presence=presence)
        if not key.isidentifier() and set(key) <= _PLAIN:
            node = Select(at=0, target=self.shape.root, field=key)
            return nullable(node) if certain else node
        source = self.places.source(self.document, field, key)
        return path(source, self.shape.root, certain=certain)

    def _transforms(self) -> tuple[str, ...]:
        names = self.document.get("tag_key_transforms") or ()
        for name in names:
            if name not in TRANSFORMS:
                known = ", ".join(sorted(TRANSFORMS))
                raise self._error("tag_key_transforms", repr(name), f"use {known}")
        return tuple(names)

    def _captured(self, left: Node) -> Node:
        guard = self._guard("value_regex", ignore_case=False)
        if guard.groups != 1:
            problem = f"{guard.groups} groups"
            raise self._error("value_regex", problem, "capture one thing, as in 'until=(.*)'")
        fixed = Fixed(at=0, value=guard, total=True)
        return Apply(at=0, function="captured", arguments=(left, fixed), total=left.total)

    def _right(self) -> Node:
        if "value_from" in self.document:
            return constant(self._resolved(), at=0)
        if "value_path" in self.document:
            return self._read("value_path", presence=True)
        if "value" not in self.document:
            raise self._error(None, "no value", "give value, value_path or value_from")
        if self.document.get("value_type") == "expr":
            return self._read("value", presence=True)
        try:
            return constant(self.document["value"], at=0)
        except TypeError:
            raise self._error("value", "no JSON value", "use texts, numbers, lists") from None

    def _resolved(self) -> list[Any]:
        if self.resolve is None:
            raise self._error("value_from", "values from elsewhere", "write them here as a list")
        return self.resolve(self.document["value_from"])

    # comparing ----------------------------------------------------------------------------------

    def _compared(self, left: Node, right: Node) -> Node:
        sign = self._sign()
        kind = self.document.get("value_type")
        if kind is not None and kind not in TYPES:
            raise self._error("value_type", repr(kind), f"use {', '.join(TYPES)}")
        convert = _CONVERSIONS.get(str(kind))
        left, right = convert(self, left, right) if convert else (left, right)
        if kind == "cidr" and sign in ("in", "not-in"):
            return self._inside(sign, left, right)
        self._pattern(sign, right)
        return test(sign, left, right)

    def _sign(self) -> str:
        sign = self.document.get("op", "")
        sign = SPELLINGS.get(sign, sign) if isinstance(sign, str) else repr(sign)
        if sign == "" or (sign in OPERATORS and sign != "within"):
            return sign
        known = ", ".join((*(name for name in OPERATORS if name != "within"), *SPELLINGS))
        raise self._error("op", f"unknown operator {sign!r}", f"use {known}")

    def _pattern(self, sign: str, right: Node) -> None:
        if sign not in ("regex", "regex-case", "glob"):
            return
        if not isinstance(right, Literal) or not isinstance(right.value, str):
            raise self._error("value", f"a {sign} that is no text", "write the pattern here")
        if sign != "glob":
            self._guard("value", ignore_case=sign == "regex")

    def _guard(self, field: str, *, ignore_case: bool) -> Any:
        pattern = self.document.get(field)
        if not isinstance(pattern, str):
            raise self._error(field, "no pattern", "write a regular expression")
        try:
            return matcher(pattern, ignore_case=ignore_case)
        except Refused as refused:
            problem = f"the pattern is refused: {refused}"
            raise self._error(field, problem, "use a pattern without it") from refused

    def _inside(self, sign: str, left: Node, right: Node) -> Node:
        inner = left.arguments[0] if isinstance(left, Apply) else left
        outer = right.arguments[0] if isinstance(right, Apply) else right
        total = left.total and right.total
        node = Apply(at=0, function="within", arguments=(inner, outer), kind=Kind.BOOL, total=total)
        return test("eq" if sign == "in" else "ne", node, constant(value=True, at=0))

    # conversions --------------------------------------------------------------------------------

    def applied(self, function: str, *arguments: Node) -> Node:
        """A function of the library of both sides."""
        total = all(argument.total for argument in arguments)
        return Apply(at=0, function=function, arguments=arguments, total=total)

    def cutoff(self, value: Node, *, back: bool) -> Node:
        """The moment so many days from now."""
        days = value.value if isinstance(value, Literal) else None
        if isinstance(days, bool) or not isinstance(days, int | float) or not abs(days) <= MAX_DAYS:
            raise self._error("value", repr(days), f"give a number of days up to {MAX_DAYS}")
        span = Fixed(at=0, value=timedelta(days=days), kind=Kind.DURATION, total=True)
        return Arithmetic(
            at=0,
            operator="-" if back else "+",
            left=NOW,
            right=span,
            kind=Kind.TIMESTAMP,
            total=True,
        )

    def day(self, value: Node) -> Node:
        """The constant moment of a date filter."""
        moment = self.applied("moment", value)
        if not isinstance(value, Literal) or not isinstance(value.value, str | int | float):
            raise self._error("value", "no date", "write it as 2026-01-31")
        return moment

    def _error(self, field: str | None, problem: str, allowed: str) -> Exception:
        return self.places.error(self.document, field, problem, allowed)


Conversion: TypeAlias = Callable[[ValueFilter, Node, Node], tuple[Node, Node]]


def _of_left(function: str) -> Conversion:
    return lambda one, left, right: (one.applied(function, left), right)


def _of_both(function: str) -> Conversion:
    return lambda one, left, right: (
        one.applied(function, left),
        right if _is_word(right) else one.applied(function, right),
    )


def _is_word(node: Node) -> bool:
    return isinstance(node, Literal) and node.value in WORDS


def _networks(one: ValueFilter, left: Node, right: Node) -> tuple[Node, Node]:
    return one.applied("network", left), one.applied("network", right)


_CONVERSIONS: Mapping[str, Conversion] = {
    "normalize": _of_left("normalize"),
    "integer": _of_left("integer"),
    "float": _of_left("float"),
    "size": _of_left("size"),
    "unique_size": _of_left("unique_size"),
    "cidr_size": _of_left("cidr_size"),
    "cidr": _networks,
    "version": _of_both("version"),
    "swap": lambda _, left, right: (right, left),
    "date": lambda one, left, right: (one.applied("moment", left), one.day(right)),
    # Turned round, so that "greater than 90" means older than ninety days.
    "age": lambda one, left, right: (one.cutoff(right, back=True), one.applied("age_of", left)),
    "expiration": lambda one, left, right: (
        one.applied("age_of", left),
        one.cutoff(right, back=False),
    ),
}


def test(sign: str, left: Node, right: Node) -> Node:
    """A test of two values."""
    total = left.total and right.total
    return Test(at=left.at, operator=sign, left=left, right=right, kind=Kind.BOOL, total=total)
