"""The concerns' HTTP descriptions, merged into one OpenAPI document."""

from __future__ import annotations

import importlib
from typing import Any

from steward.check.repository import Repository
from steward.manifest import Routes


def merged(repository: Repository) -> dict[str, Any] | None:
    """One document for all private HTTP APIs; None when no function has one.

    Raises:
        ValueError: two concerns describe one component differently.
    """
    parts = [
        importlib.import_module(function.handler.rpartition(".")[0]).api.openapi(function.concern)
        for function in repository.functions
        if isinstance(function.trigger, Routes) and function.trigger.api == "http"
    ]
    if not parts:
        return None
    document: dict[str, Any] = {
        "openapi": parts[0]["openapi"],
        "info": {"title": "Steward", "version": "1"},
        "security": [{"key": []}],
        "paths": {},
        "components": {
            "schemas": {},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
    for part in parts:
        document["paths"].update(part["paths"])
        _add(document["components"]["schemas"], part.get("components", {}).get("schemas", {}))
    document["paths"] = dict(sorted(document["paths"].items()))
    return document


def _add(known: dict[str, Any], schemas: dict[str, Any]) -> None:
    for name, schema in schemas.items():
        if known.setdefault(name, schema) != schema:
            raise ValueError(f"two APIs describe {name!r} differently; rename one of the models")
