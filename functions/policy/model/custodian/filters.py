"""Cloud Custodian's filters to the typed tree: a list of them is their conjunction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from functions.policy.model.custodian.hours import schedule
from functions.policy.model.custodian.jmespath import constant, nullable_condition, path
from functions.policy.model.custodian.place import Places, Spot
from functions.policy.model.custodian.shape import Absence, Shape
from functions.policy.model.custodian.values import FIELDS, NOW, Document, ValueFilter, test
from functions.policy.model.language.errors import RuleError
from functions.policy.model.language.matching import OPERATORS, SPELLINGS
from functions.policy.model.language.tree import (
    Apply,
    Fixed,
    Kind,
    Literal,
    Logical,
    Macro,
    Name,
    Node,
    Not,
)

MAX_DEPTH = 16
MAX_FILTERS = 300
MAX_LISTS = 3
MOST = 100_000
DEFAULT_MARK = "maid_status"
Resolve = Callable[[Document], list[Any]]


def condition(
    filters: Sequence[Any], shape: Shape, places: Places, *, resolve: Resolve | None = None
) -> Node:
    """What all the filters of a list together say of one resource.

    Raises:
        RuleError: a filter is unknown, or cannot be judged of one resource alone.
    """
    return _Filters(places, resolve).all(filters, shape)


class _Filters:
    def __init__(self, places: Places, resolve: Resolve | None) -> None:
        self._places = places
        self._resolve = resolve
        self._depth = 0
        self._lists = 0
        self._count = 0
        self._variables = 0

    def all(self, filters: Any, shape: Shape, operator: str = "&&") -> Node:
        if not isinstance(filters, Sequence) or isinstance(filters, str):
            raise self._error(filters, None, "no list of filters", "write one '- filter' a line")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            problem = "filters nested too deep"
            raise self._error(filters, None, problem, f"at most {MAX_DEPTH} levels are allowed")
        made = tuple(self._one(filters, at, shape) for at in range(len(filters)))
        self._depth -= 1
        if len(made) == 1:
            return made[0]
        if not made:
            return Literal(at=0, value=operator == "&&", kind=Kind.BOOL, total=True)
        total = all(node.total for node in made)
        return Logical(at=0, operator=operator, operands=made, kind=Kind.BOOL, total=total)

    def _one(self, filters: Sequence[Any], at: int, shape: Shape) -> Node:
        document = filters[at]
        self._count += 1
        if self._count > MAX_FILTERS:
            raise self._error(filters, at, "too many filters", f"use at most {MAX_FILTERS}")
        if isinstance(document, str):
            document = {"type": document}
        if not isinstance(document, Mapping) or not document:
            raise self._error(filters, at, repr(document)[:60], "write a filter as 'key: value'")
        if not all(isinstance(key, str) for key in document):
            raise self._error(filters, at, "a key that is no text", "put it in quotes")
        return self._filter(document, shape)

    def _filter(self, document: Document, shape: Shape) -> Node:
        if "type" in document:
            return self._typed(document, shape)
        if len(document) != 1:
            allowed = "give its type, or split it into one 'key: value' a filter"
            raise self._error(document, None, "a filter of several keys without a type", allowed)
        [(key, value)] = document.items()
        match key:
            case "and":
                return self.all(value, shape)
            case "or":
                return self.all(value, shape, "||")
            case "not":
                inner = self.all(value, shape)
                return Not(at=0, operand=inner, kind=Kind.BOOL, total=inner.total)
            case _:
                return self._short(document, key, value, shape)

    def _short(self, document: Document, key: str, value: Any, shape: Shape) -> Node:
        line, column = self._places.of(document, key)
        whole = {"key": key, "value": value}
        spots: dict[Spot, tuple[int, int]] = {(id(whole), None): (line, column)}
        return ValueFilter(whole, shape, Places(self._places.file, spots)).condition()

    def _typed(self, document: Document, shape: Shape) -> Node:
        name = document["type"]
        build = _BUILDERS.get(name) if isinstance(name, str) else None
        if build is None:
            import difflib

            near = difflib.get_close_matches(str(name), _BUILDERS, n=2)
            hint = f"did you mean {' or '.join(near)}?" if near else f"use {', '.join(_BUILDERS)}"
            raise self._error(document, "type", f"no filter {name!r} here", hint)
        fields, builder = build
        for field in document:
            if field not in ("type", *fields):
                allowed = f"a filter of type {name} has {', '.join(fields) or 'no fields'}"
                raise self._error(document, field, f"unknown field {field!r}", allowed)
        return builder(self, document, shape)

    # filters ------------------------------------------------------------------------------------

    def value(self, document: Document, shape: Shape) -> Node:
        if document.get("value_type") == "resource_count":
            problem = "how many resources there are"
            raise self._error(document, "value_type", problem, "use it as a filter of its own")
        return ValueFilter(document, shape, self._places, self._resolve).condition()

    def list_item(self, document: Document, shape: Shape) -> Node:
        self._lists += 1
        if self._lists > MAX_LISTS:
            allowed = f"at most {MAX_LISTS} levels are allowed"
            raise self._error(document, None, "list-item nested too deep", allowed)
        key = document.get("key")
        if not isinstance(key, str):
            raise self._error(document, "key", "no key", "name a list, as in IpPermissions")
        source = self._places.source(document, "key", key)
        certain = shape.absence is Absence.NULL
        target = path(source, shape.root, certain=certain)
        self._variables += 1
        variable = Name(at=0, name=f"item{self._variables}", total=True)
        inner = self.all(document.get("attrs", []), shape.within(variable))
        self._lists -= 1
        return self._matches(document, target, variable.name, inner)

    def _matches(self, document: Document, target: Node, variable: str, inner: Node) -> Node:
        items = _listed(target)
        found = Macro(
            at=0,
            macro="filter" if "count" in document else "exists",
            target=items,
            variable=variable,
            body=nullable_condition(inner),
            kind=Kind.LIST if "count" in document else Kind.BOOL,
            total=items.total,
        )
        if "count" not in document:
            return found
        size = Apply(at=0, function="size", arguments=(found,), kind=Kind.INT, total=items.total)
        return self._counted(document, size, "count_op", "eq", 0)

    def marked(self, document: Document, shape: Shape) -> Node:
        tag = self._text(document, "tag", DEFAULT_MARK)
        operation = self._text(document, "op", "stop")
        days, hours = (self._number(document, name, 0) for name in ("skew", "skew_hours"))
        ahead = Fixed(at=0, value=timedelta(days=days, hours=hours), total=True)
        value = shape.tag(tag, ())
        arguments = (value, constant(operation, at=0), NOW, ahead)
        return Apply(
            at=0, function="marked", arguments=arguments, kind=Kind.BOOL, total=value.total
        )

    def tag_count(self, document: Document, shape: Shape) -> Node:
        tags = shape.tags or shape.root
        count = Apply(at=0, function="tag_count", arguments=(tags,), kind=Kind.INT, total=True)
        return self._counted(document, count, "op", "ge", 10)

    def offhour(self, document: Document, shape: Shape) -> Node:
        return schedule(document, "off", shape, self._places)

    def onhour(self, document: Document, shape: Shape) -> Node:
        return schedule(document, "on", shape, self._places)

    # fields -------------------------------------------------------------------------------------

    def _counted(
        self, document: Document, count: Node, field: str, usual: str, default: int
    ) -> Node:
        sign = document.get(field, usual)
        sign = SPELLINGS.get(sign, sign) if isinstance(sign, str) else ""
        if sign not in OPERATORS:
            raise self._error(document, field, f"unknown operator {sign!r}", "use eq, ge, lt, ...")
        number = self._number(document, "count", default)
        return test(sign, count, constant(number, at=0))

    def _number(self, document: Document, field: str, default: float) -> float:
        number = document.get(field, default)
        if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > MOST:
            raise self._error(document, field, repr(number), "use a number up to 100000")
        return number

    def _text(self, document: Document, field: str, default: str) -> str:
        text = document.get(field, default)
        if not isinstance(text, str):
            raise self._error(document, field, repr(text), "use a text")
        return text

    def _error(
        self, container: Any, key: str | int | None, problem: str, allowed: str
    ) -> RuleError:
        return self._places.error(container, key, problem, allowed)


def _listed(target: Node) -> Node:
    """A list as it is, and null as an empty one."""
    return Apply(at=0, function="listed", arguments=(target,), kind=Kind.LIST, total=target.total)


_HOURS = (
    "tag", "default_tz", "fallback-schedule", "fallback_schedule", "weekends", "weekends-only",
    "opt-out", "skip-days",
)  # fmt: skip
_BUILDERS: Mapping[str, tuple[tuple[str, ...], Callable[[_Filters, Document, Shape], Node]]] = {
    "value": (FIELDS, _Filters.value),
    "list-item": (("key", "attrs", "count", "count_op"), _Filters.list_item),
    "marked-for-op": (("tag", "op", "skew", "skew_hours", "tz"), _Filters.marked),
    "tag-count": (("count", "op"), _Filters.tag_count),
    "offhour": ((*_HOURS, "offhour"), _Filters.offhour),
    "onhour": ((*_HOURS, "onhour"), _Filters.onhour),
}


def fields_of_filters() -> Mapping[str, tuple[str, ...]]:
    """The types of filters, each with the fields that it takes beside ``type``."""
    return {name: fields for name, (fields, _) in _BUILDERS.items()}
