"""Descriptions of several concerns become one, and no model is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from steward.check.openapi import clashes, merge, problems
from steward.check.repository import Repository
from steward.errors import BadInput
from steward.manifest import load_function


def described(path: str, **models: Any) -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Thing"}}
    answer = {"200": {"content": {"application/json": content}}}
    return {
        "openapi": "3.1.0",
        "paths": {path: {"get": {"responses": answer}}},
        "components": {"schemas": models},
    }


def models(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    return {name: schema for name, schema in schemas.items() if name != "Problem"}


def test_models_alike_are_kept_once() -> None:
    thing = {"type": "object"}
    one = merge({"a": described("/a", Thing=thing), "b": described("/b", Thing=thing)})
    assert list(one["paths"]) == ["/a", "/b"]
    assert models(one) == {"Thing": thing}


def test_models_of_one_name_and_two_shapes_are_refused_with_both_functions_named() -> None:
    first, second = {"type": "object"}, {"type": "string"}
    with pytest.raises(BadInput, match=r"b: model Thing: is a model of a, too") as refused:
        merge({"a": described("/a", Thing=first), "b": described("/b", Thing=second)})
    assert "rename one of the two" in str(refused.value)


def test_every_clash_is_named_and_nothing_else(tmp_path: Path) -> None:
    functions = [load_function("policy.policy-api"), load_function("policy.compliance-api")]
    repository = Repository(tmp_path, tuple(functions), {})
    assert list(problems(repository)) == []
    parts = {
        "a": described("/a", Thing={"type": "object"}, Other={"type": "null"}),
        "b": described("/b", Thing={"type": "string"}, Other={"type": "null"}),
        "c": described("/c", Thing={"type": "object"}, Other={"type": "array"}),
    }
    assert [(found.where, found.field) for found in clashes(parts)] == [
        ("b", "model Thing"),
        ("c", "model Other"),
    ]
