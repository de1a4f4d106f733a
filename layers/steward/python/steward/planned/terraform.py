"""Terraform plans, as ``terraform show -json`` prints them: what will be there after they are applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from steward.planned.shapes import (
    UNKNOWN,
    Planned,
    Shape,
    Unmapped,
    at,
    configuration,
    tags,
    whole,
)

Json: TypeAlias = Any


def is_plan(document: Json) -> bool:
    """Whether a document is a plan."""
    return isinstance(document, Mapping) and isinstance(document.get("resource_changes"), list)


def planned(
    document: Mapping[str, Json], file: str, text: str, shapes: Mapping[str, Shape]
) -> Iterator[Planned | Unmapped]:
    """The resources that are there after the plan; the line is the address's own in the plan."""
    for change in document["resource_changes"]:
        after = at(change, "change.after")
        if at(change, "mode") != "managed" or not isinstance(after, Mapping):
            continue
        kind, address = str(at(change, "type")), str(at(change, "address"))
        line = _line(text, address)
        shape = shapes.get(kind)
        if shape is None:
            yield Unmapped(kind, address, file, line)
            continue
        declared = marked(after, at(change, "change.after_unknown"))
        name = whole(at(declared, shape["name"])) if "name" in shape else None
        facts = {
            "provider": shape.get("provider", "aws"),
            "type": shape["type"],
            "native_id": address,
            "name": name if isinstance(name, str) else address,
            "tags": tags(at(declared, "tags") or at(declared, "labels")),
            "configuration": configuration(shape, declared),
            "partial": "planned",
        }
        yield Planned(facts, address, file, line)


def marked(after: Json, unknown: Json) -> Json:
    """What will be, with the places marked that are known only after the plan is applied."""
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, Mapping) and isinstance(after, Mapping):
        keys = {**after, **unknown}
        return {key: marked(after.get(key), unknown.get(key)) for key in keys}
    if isinstance(unknown, list) and isinstance(after, list):
        padded = [*unknown, *[None] * (len(after) - len(unknown))]
        return [marked(one, each) for one, each in zip(after, padded, strict=False)]
    return after


def _line(text: str, address: str) -> int:
    found = text.find('"address":"' + address.replace('"', '\\"') + '"')
    if found < 0:
        found = text.find('"address": "' + address.replace('"', '\\"') + '"')
    return text.count("\n", 0, found) + 1 if found >= 0 else 1
