"""A published schema may only grow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.check.compatibility import breaks


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str


class Published(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    at: AwareDatetime
    level: int = Field(default=1, ge=1)
    parts: tuple[Part, ...] = ()
    actor: Part | None = None


OLD = Published.model_json_schema()


def changed(**properties: Any) -> dict[str, Any]:
    return {**OLD, "properties": {**OLD["properties"], **properties}}


def without(name: str) -> dict[str, Any]:
    return {**OLD, "properties": {k: v for k, v in OLD["properties"].items() if k != name}}


def with_part(part: dict[str, Any]) -> dict[str, Any]:
    return {**OLD, "$defs": {"Part": part}}


PART = OLD["$defs"]["Part"]
BREAKING = {
    "a field removed": (without("level"), "level: removed"),
    "a field retyped": (changed(id={"type": "integer"}), "id: type string became integer"),
    "a field required": ({**OLD, "required": ["id", "at", "level"]}, "level: became required"),
    "a bound tightened": (
        changed(level={"type": "integer", "minimum": 2}),
        "level: minimum became 2, was 1",
    ),
    "a format added": (
        changed(id={"type": "string", "format": "uuid"}),
        "id: format became 'uuid', was None",
    ),
    "a choice closed": (
        changed(id={"type": "string", "enum": ["a"]}),
        "id: no longer allows 'any other value'",
    ),
    "null refused": (
        changed(actor={"$ref": "#/$defs/Part"}),
        "actor: type null became object",
    ),
    "a field of a part removed": (
        with_part({**PART, "properties": {}, "required": []}),
        "parts[].kind: removed",
    ),
    "a field of a part required": (
        with_part({**PART, "required": ["kind", "size"]}),
        "parts[].size: became required",
    ),
}
HARMLESS = {
    "nothing": OLD,
    "an optional field": changed(note={"type": "string", "default": ""}),
    "words of explanation": {**OLD, "description": "Now explained."},
    "a wider type": changed(level={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}),
    "a number for an integer": changed(level={"type": "number", "minimum": 1}),
    "a bound dropped": changed(level={"type": "integer"}),
    "a field no longer required": {**OLD, "required": ["id"]},
}


@pytest.mark.parametrize("case", BREAKING, ids=lambda case: case.replace(" ", "-"))
def test_a_breaking_change_is_named_with_its_field(case: str) -> None:
    schema, named = BREAKING[case]
    assert named in breaks(OLD, schema)


@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: case.replace(" ", "-"))
def test_a_harmless_change_passes(case: str) -> None:
    assert breaks(OLD, HARMLESS[case]) == []


def test_a_recursive_schema_is_compared_to_its_end() -> None:
    class Tree(BaseModel):
        children: list[Tree] = []

    schema = Tree.model_json_schema()
    assert breaks(schema, schema) == []


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_an_enumeration_breaks_exactly_when_a_value_goes(old: set[str], new: set[str]) -> None:
    found = breaks({"enum": sorted(old)}, {"enum": sorted(new)})
    assert bool(found) == bool(old - new)
