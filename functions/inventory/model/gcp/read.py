"""A Google resource, from asset inventory or from its own service, in the inventory's own terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from functions.inventory.model.discovery import Kind, Listed, Problem
from functions.inventory.model.fitting import fitted
from functions.inventory.model.gcp.names import (
    PROVIDER,
    full_name,
    place_in,
    plain_name,
    project_in,
    region_of,
    type_of_name,
)
from functions.inventory.model.gcp.views import CREATED, LOCATIONS, NAMES, View, view_of
from functions.inventory.model.identity import GLOBAL
from functions.inventory.model.paths import getter
from functions.inventory.model.resource import ACTIVE, Facts, Subject
from functions.inventory.model.view import moment, owner_of, tags_of, verdict, words

ORGANIZATION = "organization"
"""The account of what belongs to no project."""
NONE_KNOWN: Mapping[str, str] = MappingProxyType({})
_PROJECT = "cloudresourcemanager.googleapis.com/Project"


class Named(NamedTuple):
    """What tells one resource from all others, and where it says it lies."""

    name: str
    type: str
    account: str
    location: object = None


def of_asset(
    asset: Mapping[str, Any],
    *,
    account: str = ORGANIZATION,
    projects: Mapping[str, str] = NONE_KNOWN,
) -> Listed | Problem:
    """A Cloud Asset Inventory asset; ``projects`` gives the ids of project numbers.

    The configuration is ``resource.data`` whole, with the IAM policy under ``supplementary`` where the
    asset carries one.
    """
    named = named_of(asset, account=account, projects=projects)
    if named is None:
        return no_name(asset, account, kind=str(asset.get("assetType") or ""))
    resource = _mapping(asset.get("resource"))
    data = dict(_mapping(resource.get("data")))
    policy = asset.get("iamPolicy")
    if policy:
        data["supplementary"] = {"iamPolicy": {**policy, "bindings": [*policy.get("bindings", ())]}}
    listed = of_resource(named, data)
    if data:
        return listed
    lacking = "listed without its configuration; the next sweep will complete it"
    return listed._replace(facts=listed.facts.model_copy(update={"partial": lacking}))


def named_of(
    asset: Mapping[str, Any],
    *,
    account: str = ORGANIZATION,
    projects: Mapping[str, str] = NONE_KNOWN,
) -> Named | None:
    """Which resource an asset is; None when it has no name."""
    if not asset.get("name"):
        return None
    resource = _mapping(asset.get("resource"))
    name = plain_name(full_name(str(asset["name"])), projects)
    type_name = str(asset.get("assetType") or type_of_name(name) or "")
    if not type_name:
        return None
    own = account_of(asset, name, projects=projects) or account
    return Named(name, type_name, own, resource.get("location") or place_in(name))


def account_of(
    asset: Mapping[str, Any], name: str, *, projects: Mapping[str, str] = NONE_KNOWN
) -> str | None:
    """The project that an asset belongs to: by its own data, its name, or its ancestors."""
    data = _mapping(_mapping(asset.get("resource")).get("data"))
    if asset.get("assetType") == _PROJECT and data.get("projectId"):
        return str(data["projectId"])
    parents = (str(one) for one in asset.get("ancestors") or ())
    above = next((one.partition("/")[2] for one in parents if one.startswith("projects/")), None)
    found = project_in(name) or above
    return None if found is None else projects.get(found, found)


def of_resource(named: Named, data: Mapping[str, Any]) -> Listed:
    """A resource by its own description, which becomes its configuration whole."""
    location = named.location or next(
        filter(None, (getter(path)(data) for path in LOCATIONS)), place_in(named.name)
    )
    subject = Subject(
        provider=PROVIDER,
        account=named.account,
        region=region_of(location),
        type=named.type,
        native_id=named.name,
    )
    return Listed(subject, facts_of(named, data))


def facts_of(named: Named, data: Mapping[str, Any]) -> Facts:
    """What a resource's description amounts to."""
    rows = view_of(named.type)
    tags = _labels(rows, data)
    configuration, partial = fitted(dict(data))
    return Facts(
        arn=named.name,
        name=_first(NAMES, data) or named.name.rpartition("/")[2],
        tags=tags,
        configuration=configuration,
        state=_first(rows.state, data) or ACTIVE,
        partial=partial,
        created_at=_created(data),
        owner=owner_of(tags),
        public=False if verdict(rows.private, data) else verdict(rows.public, data),
        encrypted=verdict(rows.encrypted, data),
        size=_size(rows, data),
    )


def no_name(item: Mapping[str, Any], account: str, *, kind: str) -> Problem:
    """What is said of a thing that has no name of its own."""
    return Problem(
        kind=Kind.NO_ID,
        service=PROVIDER,
        region=GLOBAL,
        type=kind[:200],
        code="no-resource-name",
        message=f"{account}: name is {str(item.get('name'))[:120]!r}; no full resource name follows from it",
        hides=False,
    )


def _labels(rows: View, data: Mapping[str, Any]) -> dict[str, str]:
    found = (getter(path)(data) for path in rows.labels)
    return next((tags_of(one) for one in found if isinstance(one, Mapping)), {})


def _created(data: Mapping[str, Any]) -> datetime | None:
    found = (moment(_number(getter(path)(data))) for path in CREATED)
    return next((one for one in found if one is not None), None)


def _number(value: Any) -> Any:
    # BigQuery gives milliseconds since 1970 as text.
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _size(rows: View, data: Mapping[str, Any]) -> str | None:
    found = next(filter(None, (words(template, data) for template in rows.size)), None)
    return found.rpartition("/")[2] if found else None


def _first(paths: Iterable[str], data: Mapping[str, Any]) -> str | None:
    found = (getter(path)(data) for path in paths)
    return next((one for one in found if isinstance(one, str) and one), None)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
