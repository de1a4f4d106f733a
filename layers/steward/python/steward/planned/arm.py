"""Azure Resource Manager templates, which Bicep is compiled to: the inventory's own shape already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from steward.planned.shapes import UNKNOWN, Planned, tags, whole

Json: TypeAlias = Any
_PARAMETER = re.compile(r"\[parameters\('([^']+)'\)\]")


def is_template(document: Json) -> bool:
    """Whether a document is a deployment template."""
    schema = document.get("$schema") if isinstance(document, Mapping) else None
    return isinstance(schema, str) and "deploymentTemplate.json" in schema


def planned(document: Mapping[str, Json], file: str, text: str) -> Iterator[Planned]:
    """The resources of a template, those inside others not."""
    declared = document.get("resources") or []
    parameters = document.get("parameters") or {}
    resources = declared.items() if isinstance(declared, Mapping) else enumerate(declared)
    for place, resource in resources:
        if not isinstance(resource, Mapping) or resource.get("existing"):
            continue
        known = {key: _known(value, parameters) for key, value in resource.items()}
        kind, name = str(resource.get("type")), known.get("name")
        address = name if isinstance(name, str) else f"{kind}[{place}]"
        facts = {
            "provider": "azure",
            "type": kind,
            "native_id": address,
            "name": address,
            "tags": tags(known.get("tags")),
            "configuration": {k: v for k, v in known.items() if v is not UNKNOWN},
            "partial": "planned",
        }
        yield Planned(facts, address, file, _line(text, kind, str(resource.get("name"))))


def _known(value: Json, parameters: Mapping[str, Json]) -> Json:
    """The value without what only a deployment knows; a list of which a part is unknown is left out."""
    if isinstance(value, str) and value.startswith("[") and not value.startswith("[["):
        named = _PARAMETER.fullmatch(value)
        one = parameters.get(named[1]) if named else None
        default = one.get("defaultValue") if isinstance(one, Mapping) else None
        computed = isinstance(default, str) and default.startswith("[")
        return UNKNOWN if default is None or computed else default
    if isinstance(value, Mapping):
        inner = {key: _known(each, parameters) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each is not UNKNOWN}
    if isinstance(value, list):
        return whole(
            [UNKNOWN if _partly(one, parameters) else _known(one, parameters) for one in value]
        )
    return value


def _partly(value: Json, parameters: Mapping[str, Json]) -> bool:
    if isinstance(value, Mapping):
        return any(_partly(each, parameters) for each in value.values())
    if isinstance(value, list):
        return any(_partly(each, parameters) for each in value)
    return _known(value, parameters) is UNKNOWN


def _line(text: str, kind: str, name: str) -> int:
    places = [text.find(f'"{word}"') for word in (name, kind)]
    found = next((place for place in places if place >= 0), 0)
    return text.count("\n", 0, found) + 1
