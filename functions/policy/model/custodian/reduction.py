"""The filter ``reduce``: groups resources, puts each group in order, and keeps some of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from functions.policy.model.custodian.place import Places
from functions.policy.model.custodian.shape import RAW
from functions.policy.model.custodian.values import ValueFilter
from functions.policy.model.language.dates import moment
from functions.policy.model.language.interpret import interpret
from functions.policy.model.language.library import FUNCTIONS
from functions.policy.model.language.matching import matcher
from functions.policy.model.language.regex import Refused
from functions.policy.model.language.tree import Node

FIELDS = (
    "group-by", "sort-by", "order", "null-order", "limit", "limit-percent", "discard",
    "discard-percent",
)  # fmt: skip
ORDERS = ("asc", "desc", "reverse", "randomize")
TYPES = ("string", "number", "date")
_HUNDRED = 100
_FIRST: Mapping[str, Any] = {
    "string": "",
    "number": float("-inf"),
    "date": datetime.min.replace(tzinfo=UTC),
}
_LAST: Mapping[str, Any] = {
    "string": "\uffff",
    "number": float("inf"),
    "date": datetime.max.replace(tzinfo=UTC),
}


class Rank(NamedTuple):
    """What resources are grouped or put in order by."""

    key: Node | None
    kind: str
    guard: Any
    absent: Any

    def of(self, resource: Any, now: datetime) -> Any:
        """The value for one resource; a stand-in where there is none."""
        value = None if self.key is None else interpret(self.key, resource, now)
        if self.guard is not None:
            value = FUNCTIONS["captured"](value, self.guard)
        value = None if value is None else self._read(value)
        return self.absent if value is None else value

    def _read(self, value: Any) -> Any:
        if self.kind == "date":
            return moment(value)
        if self.kind == "string":
            return str(value)
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None
        return None if math.isnan(number) else number


class Reduction(NamedTuple):
    """How many resources of each group are kept."""

    group: Rank
    sort: Rank
    order: str
    sorts: bool
    sorts_groups: bool
    share: Mapping[str, float]

    def of(self, resources: list[Any], now: datetime) -> list[Any]:
        """What is kept of a list of resources."""
        groups: dict[str, tuple[Any, list[Any]]] = {}
        for resource in resources:
            value = self.group.of(resource, now)
            groups.setdefault(str(value), (value, []))[1].append(resource)
        ranked = list(groups.values())
        if self.sorts_groups:
            ranked = self._ordered(ranked, lambda group: group[0])
        return [one for _, members in ranked for one in self._kept(members, now)]

    def _kept(self, members: list[Any], now: datetime) -> list[Any]:
        if self.sorts:
            members = self._ordered(members, lambda one: self.sort.of(one, now))
        share = self.share
        dropped = max(share["discard"], int(share["discard-percent"] / _HUNDRED * len(members)))
        members = members[int(dropped) :]
        count = len(members)
        if share["limit-percent"] > 0:
            count = int(share["limit-percent"] / _HUNDRED * len(members))
        if 0 < share["limit"] < count:
            count = int(share["limit"])
        return members[:count]

    def _ordered(self, items: list[Any], key: Callable[[Any], Any]) -> list[Any]:
        if self.order == "randomize":
            import random

            return random.sample(items, len(items))
        if self.order == "reverse":
            return items[::-1]
        return sorted(items, key=key, reverse=self.order == "desc")


def reduction(document: Mapping[str, Any], places: Places) -> Reduction:
    """The reduction that a filter asks for.

    Raises:
        RuleError: a field is unknown or of no use.
    """
    for field in document:
        if field not in ("type", *FIELDS):
            raise places.error(document, field, "unknown field", f"use {', '.join(FIELDS)}")
    order = document.get("order", "asc")
    if order not in ORDERS:
        raise places.error(document, "order", repr(order), f"use {', '.join(ORDERS)}")
    numbers = ("limit", "limit-percent", "discard", "discard-percent")
    return Reduction(
        _rank(document, "group-by", places),
        _rank(document, "sort-by", places),
        order,
        sorts="sort-by" in document or "order" in document,
        sorts_groups="group-by" in document or "order" in document,
        share={name: _number(document, name, places) for name in numbers},
    )


def _number(document: Mapping[str, Any], field: str, places: Places) -> float:
    number = document.get(field, 0)
    if isinstance(number, bool) or not isinstance(number, int | float) or number < 0:
        raise places.error(document, field, repr(number), "use a number from 0")
    return number


def _rank(document: Mapping[str, Any], field: str, places: Places) -> Rank:
    told = document.get(field, {})
    told = {"key": told} if isinstance(told, str) else told
    if not isinstance(told, Mapping):
        raise places.error(document, field, repr(told), "name a key")
    kind = told.get("value_type", "string")
    if kind not in TYPES:
        raise places.error(told, "value_type", repr(kind), f"use {', '.join(TYPES)}")
    last = document.get("null-order", "last") == "last"
    absent = (_LAST if last is (document.get("order") != "desc") else _FIRST)[kind]
    key = told.get("key")
    reader = ValueFilter({field: key}, RAW, places)
    node = reader.key(key, field, presence=True) if isinstance(key, str) else None
    return Rank(node, kind, _guard(told, places), absent)


def _guard(told: Mapping[str, Any], places: Places) -> Any:
    pattern = told.get("value_regex")
    if pattern is None:
        return None
    try:
        return matcher(str(pattern), ignore_case=False)
    except (Refused, re.error) as refused:
        raise places.error(told, "value_regex", str(refused), "use a simpler pattern") from refused
