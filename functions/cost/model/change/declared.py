"""What a plan, a template or a change set does to each resource: what is declared before, and after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from functions.cost.model.change import gcp
from functions.cost.model.change.cloudformation import NAMED, renamed
from steward.errors import BadInput
from steward.planned.cloudformation import parameters_of, resolved
from steward.planned.shapes import UNKNOWN, at
from steward.planned.terraform import marked

Json: TypeAlias = Any
_CLOUDS: Final = {"aws": "aws", "azurerm": "azure", "google": "gcp"}


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource by Terraform's type; None before it is made and after it is removed."""

    address: str
    type: str
    provider: str
    region: str
    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None


def of_plan(document: Mapping[str, Json], region: str | None) -> Iterator[Declared]:
    """The resources that a Terraform plan changes; a region that a resource does not say is the provider's.

    Raises:
        BadInput: nobody says the region.
    """
    for change in document["resource_changes"]:
        actions = at(change, "change.actions") or []
        if at(change, "mode") != "managed" or set(actions) <= {"no-op", "read"}:
            continue
        type_, address = str(at(change, "type")), str(at(change, "address"))
        provider = _CLOUDS.get(type_.partition("_")[0], "")
        before, after = at(change, "change.before"), at(change, "change.after")
        after = marked(after, at(change, "change.after_unknown")) if after is not None else None
        known = after if isinstance(after, Mapping) else before
        place = _region(provider, known or {}) or region or _configured(document, provider)
        yield Declared(
            address, type_, provider, _required(place, address), _mapping(before), _mapping(after)
        )


def of_templates(
    before: Mapping[str, Json] | None, after: Mapping[str, Json] | None, region: str | None
) -> Iterator[Declared]:
    """The resources that are in one of two CloudFormation templates, or differ."""
    olds, news = _resources(before), _resources(after)
    for logical in {**olds, **news}:
        old, new = olds.get(logical), news.get(logical)
        if old != new:
            yield _formed(logical, old, new, region)


def of_change_set(document: Mapping[str, Json], region: str | None) -> Iterator[Declared]:
    """The resources of a change set, as ``describe-change-set --include-property-values`` tells of them.

    Raises:
        BadInput: it says nothing of the properties.
    """
    for one in document["Changes"]:
        change = one.get("ResourceChange")
        if not isinstance(change, Mapping):
            continue
        kind, logical = str(change.get("ResourceType")), str(change.get("LogicalResourceId"))
        old, new = _context(change, "BeforeContext"), _context(change, "AfterContext")
        if old is None and new is None:
            raise BadInput(
                f"change set, resource {logical}: has no properties; describe it with "
                "--include-property-values"
            )
        found = [None if each is None else (kind, each) for each in (old, new)]
        yield _formed(logical, found[0], found[1], region)


def is_change_set(document: Json) -> bool:
    """Whether a document is what CloudFormation says of a change set."""
    changes = document.get("Changes") if isinstance(document, Mapping) else None
    return isinstance(changes, list) and "ChangeSetName" in document


def _formed(
    logical: str,
    old: tuple[str, Mapping[str, Json]] | None,
    new: tuple[str, Mapping[str, Json]] | None,
    region: str | None,
) -> Declared:
    kind = (new or old or ("", {}))[0]
    type_, place = kind, _required(region, logical)
    sides: list[Mapping[str, Json] | None] = []
    for side in (old, new):
        if side is None:
            sides.append(None)
        elif side[0] in NAMED:
            type_, found = renamed(*side)
            sides.append(found)
        else:
            sides.append(side[1])
    return Declared(logical, type_, "aws", place, sides[0], sides[1])


def _resources(
    document: Mapping[str, Json] | None,
) -> dict[str, tuple[str, Mapping[str, Json]]]:
    if document is None:
        return {}
    parameters = parameters_of(document)
    found = {}
    for logical, one in document["Resources"].items():
        properties = resolved(at(one, "Properties") or {}, parameters)
        known = properties if isinstance(properties, Mapping) else {}
        found[logical] = (str(at(one, "Type")), known)
    return found


def _context(change: Mapping[str, Json], name: str) -> Mapping[str, Json] | None:
    text = change.get(name)
    if not isinstance(text, str):
        return None
    try:
        properties = json.loads(text).get("Properties")
    except (ValueError, AttributeError) as error:
        raise BadInput(
            f"change set: {name} is no JSON ({text[:60]!r}); describe it again"
        ) from error
    return properties if isinstance(properties, Mapping) else {}


def _region(provider: str, declared: Mapping[str, Json]) -> str | None:
    if provider == "azure":
        place = declared.get("location")
        return place.replace(" ", "").lower() if isinstance(place, str) else None
    if provider == "gcp":
        return gcp.region_of(declared)
    place = declared.get("region") or declared.get("availability_zone")
    return place.rstrip("abcdef") if isinstance(place, str) and place else None


def _configured(document: Mapping[str, Json], provider: str) -> str | None:
    """The region that the plan's provider is configured with."""
    names = [name for name, cloud in _CLOUDS.items() if cloud == provider]
    known = at(document, "configuration.provider_config")
    if not names or not isinstance(known, Mapping):
        return None
    said = at(known.get(names[0]), "expressions.region")
    if isinstance(at(said, "constant_value"), str):
        return str(at(said, "constant_value"))
    references = at(said, "references")
    for one in references if isinstance(references, list) else ():
        value = at(document, f"variables.{str(one).removeprefix('var.')}.value")
        if isinstance(value, str):
            return value
    return None


def _required(region: str | None, address: str) -> str:
    if region is None:
        raise BadInput(f"{address}: nothing says its region; give one with --region")
    return region


def _mapping(side: Json) -> Mapping[str, Json] | None:
    return side if isinstance(side, Mapping) and side is not UNKNOWN else None
