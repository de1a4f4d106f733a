"""CloudFormation templates, also those that CDK and SAM write: resources with what is known of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import yaml

from steward.planned.plain import SCALARS, Loader
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
DEEPEST: Final = 60
MOST: Final = 500_000
_SUBSTITUTE = re.compile(r"\$\{([^!${}][^{}]*)\}")
_LONG = {"Ref": "Ref", "Condition": "Condition"}


def is_template(document: Json) -> bool:
    """Whether a document has CloudFormation's resources."""
    resources = document.get("Resources") if isinstance(document, Mapping) else None
    return isinstance(resources, Mapping) and any(
        isinstance(one, Mapping) and "::" in str(one.get("Type")) for one in resources.values()
    )


def document_of(node: yaml.Node, depth: int = 0, seen: Iterator[int] | None = None) -> Json:
    """A YAML node as JSON, the short forms of intrinsic functions spelled out.

    Raises:
        ValueError: it is nested too deep, as what refers to itself is, or its aliases make too much of it.
    """
    seen = itertools.count() if seen is None else seen
    if depth > DEEPEST or next(seen) > MOST:
        raise ValueError(f"nested more than {DEEPEST} levels deep or of more than {MOST} values")
    value: Json
    if isinstance(node, yaml.MappingNode):
        value = {str(key.value): document_of(each, depth + 1, seen) for key, each in node.value}
    elif isinstance(node, yaml.SequenceNode):
        value = [document_of(each, depth + 1, seen) for each in node.value]
    else:
        value = _scalar(node)
    if not node.tag.startswith("!"):
        return value
    name = node.tag[1:]
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {_LONG.get(name, f"Fn::{name}"): value}


def lines_of(root: yaml.Node) -> dict[str, int]:
    """The line of each resource's logical id."""
    resources = _member(root, "Resources")
    if not isinstance(resources, yaml.MappingNode):
        return {}
    return {str(key.value): key.start_mark.line + 1 for key, _ in resources.value}


def planned(
    document: Mapping[str, Json], lines: Mapping[str, int], file: str, shapes: Mapping[str, Shape]
) -> Iterator[Planned | Unmapped]:
    """The resources of a template."""
    parameters = parameters_of(document)
    for logical, resource in document["Resources"].items():
        line, kind = lines.get(logical, 1), str(at(resource, "Type"))
        shape = shapes.get(kind)
        if shape is None:
            yield Unmapped(kind, logical, file, line)
            continue
        declared = resolved(at(resource, "Properties") or {}, parameters)
        name = whole(at(declared, shape["name"])) if "name" in shape else None
        facts = {
            "type": kind,
            "native_id": logical,
            "name": name if isinstance(name, str) else logical,
            "tags": tags(at(declared, "Tags")),
            "configuration": configuration(shape, declared if declared is not UNKNOWN else {}),
            "partial": "planned",
        }
        yield Planned(facts, logical, file, line)


def resolved(value: Json, parameters: Mapping[str, Json]) -> Json:
    """A value with its intrinsic functions worked out; what only a deployment knows is unknown."""
    if isinstance(value, list):
        return [
            one for one in (resolved(each, parameters) for each in value) if one is not _NO_VALUE
        ]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((function, argument),) = value.items()
        if function == "Ref":
            return _NO_VALUE if argument == "AWS::NoValue" else parameters.get(argument, UNKNOWN)
        if function == "Fn::Sub":
            return _substituted(argument, parameters)
        if function == "Fn::Join":
            return _joined(resolved(argument, parameters))
        if function.startswith("Fn::") or function == "Condition":
            return UNKNOWN
    inner = {key: resolved(each, parameters) for key, each in value.items()}
    return {key: each for key, each in inner.items() if each is not _NO_VALUE}


class _NoValue:
    """What removes the property it is given to."""


_NO_VALUE: Final = _NoValue()


def parameters_of(document: Mapping[str, Json]) -> dict[str, Json]:
    """The values that a template's parameters have when nobody gives others."""
    declared = document.get("Parameters")
    found: dict[str, Json] = {}
    for name, one in declared.items() if isinstance(declared, Mapping) else ():
        default = at(one, "Default")
        kind = str(at(one, "Type"))
        if default is not None and not kind.startswith("AWS::SSM::"):
            found[name] = str(default).split(",") if "List" in kind else default
    return found


def _substituted(argument: Json, parameters: Mapping[str, Json]) -> Json:
    text, names = argument, dict(parameters)
    if isinstance(argument, list) and len(argument) == len(("text", "names")):
        text, names = argument[0], {**names, **_own(resolved(argument[1], parameters))}
    if not isinstance(text, str):
        return UNKNOWN
    wanted = [name.strip() for name in _SUBSTITUTE.findall(text)]
    if any(not isinstance(names.get(name), str | int | float) for name in wanted):
        return UNKNOWN
    return _SUBSTITUTE.sub(lambda found: str(names[found[1].strip()]), text).replace("${!", "${")


def _own(names: Json) -> Mapping[str, Json]:
    return names if isinstance(names, Mapping) else {}


def _joined(argument: Json) -> Json:
    if whole(argument) is UNKNOWN or not isinstance(argument, list) or len(argument) < len("ab"):
        return UNKNOWN
    glue, parts = argument[0], argument[1]
    return glue.join(map(str, parts)) if isinstance(parts, list) else UNKNOWN


def _member(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _scalar(node: yaml.Node) -> Json:
    tag = node.tag if not node.tag.startswith("!") else "tag:yaml.org,2002:str"
    return SCALARS.get(tag, str)(node.value)


def read(text: str) -> tuple[Json, dict[str, int]]:
    """A template's document and the lines of its resources.

    Raises:
        yaml.YAMLError, ValueError: it is neither YAML nor JSON.
    """
    root = yaml.compose(text, Loader=Loader)
    return (None, {}) if root is None else (document_of(root), lines_of(root))
