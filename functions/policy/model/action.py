"""What a rule proposes to do about a violation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FIELDS: Mapping[str, tuple[str, ...]] = {
    "delete": (),
    "mark": ("tag", "operation", "days"),
    "notify": ("to", "subject"),
    "remove-tag": ("tags",),
    "start": (),
    "stop": (),
    "tag": ("tags",),
}
"""What can be done, and the fields that say how."""


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of remedy with its fields."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def action(document: Mapping[str, Any]) -> Action:
    """The action of a rule file.

    Raises:
        ValueError: the kind is unknown, or a field is not its own.
    """
    kind = document.get("type")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise ValueError(f"no action {kind!r}; use {', '.join(FIELDS)}")
    for name in document:
        if name not in ("type", *FIELDS[kind]):
            allowed = ", ".join(FIELDS[kind]) or "no fields"
            raise ValueError(f"unknown field {name!r}; {kind} has {allowed}")
    return Action(kind, {name: value for name, value in document.items() if name != "type"})
