"""The concerns' HTTP descriptions, merged into one OpenAPI document."""

from __future__ import annotations

import importlib
import json
from typing import Any

from steward.check.answers import PROBLEM, SECURITY, completed, shared_parts
from steward.check.repository import Repository
from steward.edge.http import Problem
from steward.manifest import Routes

_SCHEMAS = "#/components/schemas/"


def merged(repository: Repository) -> dict[str, Any] | None:
    """One document for all private HTTP APIs; None when no function has one."""
    parts = {
        function.id: _described(function.handler, function.concern)
        for function in repository.functions
        if isinstance(function.trigger, Routes)
        and function.trigger.api == "http"
        and not function.trigger.public
    }
    return merge(parts) if parts else None


def merge(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Descriptions by function, as one; a model of another shape takes its function's name."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for function, described in parts.items():
        part = _apart(described, _camel(function), schemas)
        paths.update(part["paths"])
        schemas.update(_schemas(part))
    schemas.setdefault(PROBLEM, _problem_schema())
    return {
        "openapi": next(iter(parts.values()))["openapi"],
        "info": {"title": "Steward", "version": "1"},
        "security": SECURITY,
        "paths": completed(paths, schemas),
        "components": {"schemas": dict(sorted(schemas.items())), **shared_parts()},
    }


def _problem_schema() -> dict[str, Any]:
    return Problem.model_json_schema()


def _described(handler: str, concern: str) -> dict[str, Any]:
    module = importlib.import_module(handler.rpartition(".")[0])
    described: dict[str, Any] = module.api.openapi(concern)
    return described


def _schemas(described: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = described.get("components", {}).get("schemas", {})
    return found


def _apart(described: dict[str, Any], prefix: str, known: dict[str, Any]) -> dict[str, Any]:
    """The description with every model renamed whose name means something else already."""
    own = _schemas(described)
    clashes = [name for name, schema in own.items() if known.get(name, schema) != schema]
    text = json.dumps(described)
    for name in clashes:
        text = text.replace(f'"{_SCHEMAS}{name}"', f'"{_SCHEMAS}{prefix}{name}"')
    part: dict[str, Any] = json.loads(text)
    schemas = _schemas(part)
    for name in clashes:
        schemas[f"{prefix}{name}"] = schemas.pop(name)
    return part


def _camel(function: str) -> str:
    """``notify.notify-api`` as ``Notify``, ``identity.users-api`` as ``IdentityUsers``."""
    concern, _, name = function.partition(".")
    words = name.removesuffix("-api").split("-")
    return "".join(word.title() for word in dict.fromkeys((concern, *words)))
