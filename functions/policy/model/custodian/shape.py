"""What a filter's keys are read from: a raw answer of a cloud's API, or a resource of the inventory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from functions.policy.model.custodian.jmespath import constant, nullable
from functions.policy.model.language.tree import Apply, Fixed, Kind, Name, Node, Select, is_path


class Absence(StrEnum):
    """What a field that is not there means to a filter."""

    NULL = "null"
    """Null, as Cloud Custodian has it."""
    UNKNOWN = "unknown"
    """Not known, unless the filter asks whether there is a value at all; a tag is known to be absent."""
    OPEN = "open"
    """Not known whatever is asked: the resource is known only in part."""


class Shape(NamedTuple):
    """Where keys start, where tags are, and what absence means."""

    root: Node
    tags: Node | None
    absence: Absence

    def within(self, variable: Name) -> Shape:
        """The shape of an element of a list, which came in one piece."""
        return Shape(variable, None, Absence.NULL)

    def certain(self, *, presence: bool) -> bool:
        """Whether a field that is not there counts as null in a filter that asks so."""
        if self.absence is Absence.UNKNOWN:
            return presence
        return self.absence is Absence.NULL

    def tag(self, name: str, transforms: Sequence[str]) -> Node:
        """The value of a tag, or null."""
        if transforms:
            whole = self.tags or self.root
            wanted = constant(name, at=0)
            renamed = Fixed(at=0, value=tuple(transforms), total=True)
            arguments: tuple[Node, ...] = (whole, wanted, renamed)
            return Apply(at=0, function="tag_like", arguments=arguments, total=whole.total)
        if self.tags is None:
            arguments = (self.root, constant(name, at=0))
            return Apply(at=0, function="tag", arguments=arguments, total=True)
        node = Select(at=0, target=self.tags, field=name)
        return node if self.absence is Absence.OPEN and is_path(node) else nullable(node)


RAW = Shape(Name(at=0, name="resource", kind=Kind.MAP, total=True), None, Absence.NULL)
"""A resource as the cloud's API (and so Cloud Custodian) has it."""
_INVENTORY = Shape(
    Name(at=0, name="configuration", kind=Kind.MAP, total=True),
    Name(at=0, name="tags", kind=Kind.MAP, total=True),
    Absence.NULL,
)


def inventory(absence: Absence) -> Shape:
    """A resource as the inventory has it: keys are of its configuration."""
    return _INVENTORY._replace(absence=absence)


def fields(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of a filter but its type."""
    return tuple(key for key in document if key != "type")
