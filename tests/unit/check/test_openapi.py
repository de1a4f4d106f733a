"""Descriptions of several concerns become one, and no model is lost."""

from __future__ import annotations

from typing import Any

from steward.check.openapi import merge


def described(path: str, **models: Any) -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Thing"}}
    answer = {"200": {"content": {"application/json": content}}}
    return {
        "openapi": "3.1.0",
        "paths": {path: {"get": {"responses": answer}}},
        "components": {"schemas": models},
    }


def shown(document: dict[str, Any], path: str) -> str:
    answer = document["paths"][path]["get"]["responses"]["200"]
    return str(answer["content"]["application/json"]["schema"]["$ref"])


def models(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    return {name: schema for name, schema in schemas.items() if name != "Problem"}


def test_models_alike_are_kept_once() -> None:
    thing = {"type": "object"}
    one = merge({"a": described("/a", Thing=thing), "b": described("/b", Thing=thing)})
    assert list(one["paths"]) == ["/a", "/b"]
    assert models(one) == {"Thing": thing}


def test_models_of_one_name_and_two_shapes_are_both_kept() -> None:
    first, second = {"type": "object"}, {"type": "string"}
    one = merge({"a": described("/a", Thing=first), "b": described("/b", Thing=second)})
    assert models(one) == {"Thing": first, "BThing": second}
    assert shown(one, "/a") == "#/components/schemas/Thing"
    assert shown(one, "/b") == "#/components/schemas/BThing"
