"""The common view of resources that no row describes, from the names that most types use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.inventory.model.resource import ACTIVE, Facts
from functions.inventory.model.view import moment, owner_of, tags_of

_TAGS = ("Tags", "TagList", "TagSet", "tags")
_CREATED = ("CreatedAt", "CreationTime", "CreationDate", "CreatedTime", "CreateTime", "CreatedDate")
_STATES = ("Status", "State", "LifecycleState")
_SIZES = ("InstanceType", "InstanceClass", "NodeType", "Size")
_PUBLIC = ("PubliclyAccessible", "MapPublicIpOnLaunch")
_ENCRYPTED = ("Encrypted", "StorageEncrypted", "EncryptionEnabled")


def facts_of(type_name: str, identifier: str, properties: Mapping[str, Any]) -> Facts:
    """The facts of a resource in CloudFormation's words, which AWS Config uses for such types, too."""
    tags = tags_of(_first(properties, _TAGS))
    noun = type_name.rpartition("::")[2]
    own_arn = identifier if identifier.startswith("arn:") else None
    return Facts(
        arn=_text(_first(properties, ("Arn", f"{noun}Arn", "ARN"))) or own_arn,
        name=_text(_first(properties, ("Name", f"{noun}Name"))) or tags.get("Name"),
        tags=tags,
        configuration=dict(properties),
        state=_text(_first(properties, _STATES)) or ACTIVE,
        created_at=moment(_first(properties, _CREATED)),
        owner=owner_of(tags),
        public=_flag(_first(properties, _PUBLIC)),
        encrypted=_flag(_first(properties, _ENCRYPTED)),
        size=_text(_first(properties, _SIZES)),
    )


def _first(properties: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((properties[name] for name in names if properties.get(name) is not None), None)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
