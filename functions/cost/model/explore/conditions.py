"""Which rows: ``service=Amazon EC2|AWS Lambda``, ``tags.env!=prod``, ``resource~*gpu*``, ``tags.team``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple, Self

from functions.cost.model.explore.fields import Field
from steward.errors import BadInput

LENGTH: Final = 1024
MOST: Final = 32
"""Conditions that one question or rule has at most."""
VALUES: Final = 100
_READ = re.compile(
    r"(?P<not>!?)(?P<field>[^=!~]+)(?:(?P<operator>!=|!~|=|~)(?P<value>.*))?", re.DOTALL
)


class Operator(StrEnum):
    """How a field is compared: ``~`` takes ``*`` and ``?``; without one the field has a value, or none."""

    NOT_EQUAL = "!="
    NOT_LIKE = "!~"
    EQUAL = "="
    LIKE = "~"
    THERE = ""
    MISSING = "!"


_NEGATED: Final = frozenset({Operator.NOT_EQUAL, Operator.NOT_LIKE, Operator.MISSING})


class Condition(NamedTuple):
    """A field and the values, joined by ``|``, of which any will do; a field without a value is empty."""

    field: Field
    operator: Operator
    values: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The condition that a text states.

        Raises:
            BadInput: it cannot be read, or names no field.
        """
        found = _READ.fullmatch(text) if len(text) <= LENGTH else None
        if found is None or (found["not"] and found["operator"]):
            raise BadInput(
                f"condition {text[:80]!r}: write FIELD=VALUE, !=, ~ or !~ with values joined by '|', "
                "FIELD alone for one that has a value or !FIELD for one that has none, in up to "
                f"{LENGTH} characters"
            )
        field = Field.parse(found["field"].strip())
        if not found["operator"]:
            return cls(field, Operator.MISSING if found["not"] else Operator.THERE)
        return cls(field, Operator(found["operator"]), _values(text, found["value"]))

    @property
    def negated(self) -> bool:
        """Whether it holds where the plain one does not."""
        return self.operator in _NEGATED

    def holds(self, row: Mapping[str, str | None]) -> bool:
        """Whether it holds for a row, whose values stand under the fields' names."""
        value = row.get(self.field.name) or ""
        return self._meets(value) != self.negated

    def _meets(self, value: str) -> bool:
        if self.operator in (Operator.THERE, Operator.MISSING):
            return bool(value)
        if self.operator in (Operator.LIKE, Operator.NOT_LIKE):
            return any(re.fullmatch(pattern(one), value) for one in self.values)
        return value in self.values


def conditions(texts: Iterable[str]) -> tuple[Condition, ...]:
    """All of the conditions.

    Raises:
        BadInput: one of them cannot be read, or they are too many.
    """
    found = tuple(Condition.parse(text) for text in texts)
    if len(found) > MOST:
        raise BadInput(f"{len(found)} conditions: at most {MOST}")
    return found


def pattern(glob: str) -> str:
    """A pattern of ``*`` and ``?`` as a regular expression that Python and RE2 take alike."""
    return "(?s:" + "".join(map(_piece, glob)) + ")"


def _piece(character: str) -> str:
    match character:
        case "*":
            return ".*"
        case "?":
            return "."
    return re.escape(character)


def _values(text: str, joined: str) -> tuple[str, ...]:
    values = tuple(joined.split("|"))
    if len(values) > VALUES:
        raise BadInput(f"condition {text[:80]!r}: {len(values)} values; at most {VALUES}")
    return values
