"""A resource in the shape that rules read: plain values, every field of ``resource`` present."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from steward.contracts.inventory import ResourceView

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

DELETED = "deleted"
"""The state of a resource that is gone."""


def facts(resource: ResourceView) -> dict[str, Any]:
    """What rules may read of a resource; nothing below the first level is copied."""
    return {
        "id": resource.id,
        "provider": resource.provider,
        "account": resource.account,
        "region": resource.region,
        "type": resource.type,
        "native_id": resource.native_id,
        "arn": resource.arn or "",
        "name": resource.name or resource.native_id,
        "state": resource.state,
        "tags": resource.tags,
        "configuration": resource.configuration,
        "relations": [relation.model_dump() for relation in resource.relations],
        "captured_at": resource.captured_at,
        "version": resource.version,
    }


def facts_of(document: Mapping[str, Any], *, resource_type: str = "") -> dict[str, Any]:
    """What rules may read of a hand-written resource, with fitting values for what is left out."""
    native_id = str(document.get("native_id") or document.get("name") or "example")
    texts = {
        "id": native_id,
        "provider": "aws",
        "account": "111122223333",
        "region": "eu-west-1",
        "type": resource_type,
        "native_id": native_id,
        "arn": "",
        "name": native_id,
        "state": "active",
    }
    facts: dict[str, Any] = {key: str(document.get(key) or text) for key, text in texts.items()}
    facts |= {key: dict(document.get(key) or {}) for key in ("tags", "configuration")}
    facts |= {"relations": list(document.get("relations") or [])}
    return facts | {"captured_at": _EPOCH, "version": 1}


def from_config_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A resource document from a configuration item as AWS Config prints it."""
    configuration = _decoded(item.get("configuration")) or {}
    supplementary = item.get("supplementaryConfiguration") or {}
    if supplementary:
        configuration = {**configuration, "supplementary": _decoded(supplementary)}
    tags = item.get("tags") or {}
    return {
        "account": item.get("awsAccountId") or item.get("accountId"),
        "region": item.get("awsRegion"),
        "type": item.get("resourceType"),
        "native_id": item.get("resourceId"),
        "arn": item.get("ARN") or item.get("arn"),
        "name": item.get("resourceName") or item.get("resourceId"),
        "tags": tags if isinstance(tags, dict) else {tag["key"]: tag["value"] for tag in tags},
        "configuration": configuration,
    }


def is_config_item(document: Mapping[str, Any]) -> bool:
    """Whether a document is AWS Config's own rather than Steward's."""
    return "resourceType" in document and "type" not in document


def _decoded(value: Any) -> Any:
    """A value with the JSON texts inside it, even twice encoded ones, as what they stand for."""
    if isinstance(value, dict):
        return {key: _decoded(inner) for key, inner in value.items()}
    if isinstance(value, str) and value[:1] in ('"', "{", "["):
        try:
            return _decoded(json.loads(value))
        except ValueError:
            return value
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
