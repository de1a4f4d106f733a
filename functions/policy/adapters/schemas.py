"""The JSON Schemas of rule files and of cases, by which editors complete and check them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.known_fields import Known, Path_, known, spelled, types
from functions.policy.adapters.scaffolds import MAX_LISTS, differs, example
from functions.policy.model import rule_file
from functions.policy.model.action import FIELDS as ACTIONS
from functions.policy.model.case import Cases
from functions.policy.model.custodian.filters import fields_of_filters
from functions.policy.model.custodian.values import TYPES
from functions.policy.model.fields import ELEMENT
from functions.policy.model.language.kinds import FUNCTIONS, RESOURCE
from functions.policy.model.language.matching import OPERATORS, SPELLINGS
from functions.policy.model.rule import Severity

Schema: TypeAlias = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that editors' YAML support reads."""
MOST_FIELDS = 60
DEPTH = 4
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_FILTERS: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/filter"}}


def text(*, cases: bool = False) -> str:
    """One of the schemas as it is written to a file.

    Raises:
        RuleError: a rule, a case or a framework that ships is broken.
    """
    return json.dumps(cases_schema() if cases else rule_schema(), indent=1) + "\n"


def rule_schema() -> Schema:
    """What a rule file may hold; the fields of a type are offered once ``resources`` names it."""
    return {
        "$schema": DRAFT,
        "title": "A rule of Steward's",
        "type": "object",
        "required": list(rule_file.REQUIRED),
        "oneOf": [{"required": [name]} for name in rule_file.CONDITIONS],
        "additionalProperties": False,
        "properties": _properties(),
        "allOf": [_of_type(known(kind)) for kind in types()],
        "$defs": {"filter": _filter()},
    }


def cases_schema() -> Schema:
    """What the cases beside a rule may hold."""
    schema = Cases.model_json_schema()
    schema["$defs"]["Case"]["properties"]["set"]["propertyNames"] = {"pattern": "^/"}
    schema["$defs"]["Case"]["properties"]["remove"]["items"]["pattern"] = "^/"
    return {"$schema": DRAFT, **schema, "title": "The cases of a rule of Steward's"}


def _properties() -> Schema:
    return {
        "id": {"type": "string", "pattern": f"^{rule_file.ID.pattern}$", "maxLength": 80},
        "title": {"type": "string", "minLength": 1, "maxLength": 120},
        "severity": {"enum": [each.value for each in Severity]},
        "resources": _resources(),
        "when": {"type": "string", "description": _language()},
        "filters": _FILTERS,
        "parameters": _parameters(),
        "message": {
            "type": "string",
            "description": "What to say of a violator; expressions stand in {braces}.",
        },
        "remediation": {"type": "string", "minLength": 1, "maxLength": 1000},
        "references": {"type": "array", "items": {"type": "string", "pattern": "^https://"}},
        "controls": _controls(),
        "action": _action(),
    }


def _language() -> str:
    functions = ", ".join(sorted(FUNCTIONS))
    return (
        "True where the resource violates the rule, in the syntax of CEL. It reads configuration, tags, "
        f"now, params.NAME and resource with {', '.join(RESOURCE)}. Functions: {functions}, has, all, "
        "exists, exists_one, filter, map."
    )


def _resources() -> Schema:
    kinds = {"enum": list(types())}
    named = {"type": "string", "pattern": f"^({rule_file.TYPE.pattern})$"}
    return {"type": "array", "minItems": 1, "items": {"anyOf": [kinds, named]}}


def _parameters() -> Schema:
    one = {
        "type": "object",
        "required": ["default", "description"],
        "additionalProperties": False,
        "properties": {
            "default": {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]},
            "description": {"type": "string"},
        },
    }
    names = {"pattern": f"^{rule_file.PARAMETER.pattern}$"}
    return {"type": "object", "propertyNames": names, "additionalProperties": one}


def _controls() -> Schema:
    """The controls of each framework; one that looks like a number may stand without quotes."""
    found: Schema = {}
    for name, framework in frameworks().items():
        ids = [control.id for _, control in framework.controls()]
        found[name] = {"type": "array", "items": {"anyOf": [{"enum": ids}, {"type": "number"}]}}
    return {"type": "object", "additionalProperties": False, "properties": found}


def _action() -> Schema:
    kinds = [
        {
            "type": "object",
            "required": ["type"],
            "additionalProperties": False,
            "properties": {"type": {"const": kind}, **dict.fromkeys(fields, True)},
        }
        for kind, fields in ACTIONS.items()
    ]
    return {"anyOf": [{"enum": list(ACTIONS)}, *kinds]}


def _filter() -> Schema:
    """One filter: its type's name alone, ``key: value``, a connective, or a type with its fields."""
    operators = [*OPERATORS, *SPELLINGS]
    known_ones = fields_of_filters()
    fields = {name: True for each in known_ones.values() for name in each}
    described = {
        "type": {"enum": list(known_ones)},
        "op": {"type": "string", "examples": operators},
        "value_type": {"enum": list(TYPES)},
        "key": {"type": "string"},
        "attrs": _FILTERS,
        **dict.fromkeys(("and", "or", "not"), _FILTERS),
    }
    return {
        "anyOf": [
            {"enum": list(known_ones)},
            {"type": "object", "minProperties": 1, "properties": {**fields, **described}},
        ]
    }


def _of_type(about: Known) -> Schema:
    """What is offered where a rule names the type: conditions on its fields, and keys of filters."""
    offered = _offered(about)
    paths = [spelled(path) for path, _ in offered]
    keys = {"properties": {"key": {"examples": paths}, **_shorthand(paths)}}
    then = {"when": {"examples": list(_conditions(offered))}, "filters": {"items": keys}}
    named = {"resources": {"type": "array", "contains": {"const": about.kind}}}
    return {
        "if": {"required": ["resources"], "properties": named},
        "then": {"properties": then},
    }


def _offered(about: Known) -> list[tuple[Path_, Any]]:
    """The first fields with what a real resource has there; those that it lacks come last."""
    configuration = (about.resource or {}).get("configuration") or {}
    found = [(path, example(configuration, path)) for path in about.paths(depth=DEPTH)]
    return sorted(found, key=lambda one: one[1] is None)[:MOST_FIELDS]


def _shorthand(paths: list[str]) -> Schema:
    """Names that may stand for a filter of their own, those that name a field of filters left out."""
    taken = {"type", *(name for each in fields_of_filters().values() for name in each)}
    return {path: True for path in paths if path not in taken and ELEMENT not in path}


def _conditions(offered: list[tuple[Path_, Any]]) -> Iterator[str]:
    for path, value in offered:
        if isinstance(value, bool | int | float | str) and path.count(ELEMENT) <= MAX_LISTS:
            yield differs("configuration", path, value)
