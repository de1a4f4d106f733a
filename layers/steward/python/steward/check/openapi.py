"""The concerns' HTTP descriptions, merged into one OpenAPI document."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from steward.check.answers import PROBLEM, SECURITY, completed, shared_parts
from steward.check.problem import Problem
from steward.check.repository import Repository
from steward.edge import http
from steward.errors import BadInput
from steward.manifest import Routes

_SCHEMAS = "#/components/schemas/"


def merged(repository: Repository) -> dict[str, Any] | None:
    """One document for all private HTTP APIs; None when no function has one.

    Raises:
        BadInput: two models of one name differ; `problems` says which.
    """
    parts = _parts(repository)
    return merge(parts) if parts else None


def problems(repository: Repository) -> Iterator[Problem]:
    """Every name that two APIs give to models which differ."""
    return clashes(_parts(repository))


def merge(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Descriptions by function, as one.

    Raises:
        BadInput: two models of one name differ.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    wrong = list(clashes(parts))
    if wrong:
        raise BadInput("; ".join(map(str, wrong)))
    for part in parts.values():
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


def clashes(parts: dict[str, dict[str, Any]]) -> Iterator[Problem]:
    """Every model of a name that an earlier function's description has for something else."""
    known: dict[str, tuple[str, Any]] = {}
    for function, described in parts.items():
        for name, schema in _schemas(described).items():
            first, wanted = known.setdefault(name, (function, schema))
            if schema != wanted:
                rule = (
                    f"is a model of {first}, too, and of another shape; clients know models by name: "
                    "rename one of the two classes after its topic"
                )
                yield Problem(function, f"model {name}", rule)


def _parts(repository: Repository) -> dict[str, dict[str, Any]]:
    return {
        function.id: _described(function.handler, function.concern)
        for function in repository.functions
        if isinstance(function.trigger, Routes)
        and function.trigger.api == "http"
        and not function.trigger.public
    }


def _problem_schema() -> dict[str, Any]:
    return http.Problem.model_json_schema()


def _described(handler: str, concern: str) -> dict[str, Any]:
    module = importlib.import_module(handler.rpartition(".")[0])
    described: dict[str, Any] = module.api.openapi(concern)
    return described


def _schemas(described: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = described.get("components", {}).get("schemas", {})
    return found
