"""How values in CloudTrail records become what AWS Config calls the same: pure and total."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from functions.inventory.model.edits import RANGES
from functions.inventory.model.identity import short_name
from functions.inventory.model.patch import Json

_XML = "xmlns"
_LEADING_CAPITALS = re.compile(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]")


def plain(value: Json) -> Json:
    """EC2 wraps lists as ``{"items": [...]}``: the same value without the wrappers."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(inner := value.get("items", value.get("item")), list):
        return plain(inner)
    return {key: _set_or(key, one) for key, one in value.items()}


def camel(value: Json) -> Json:
    """S3 keeps its XML's capitals: the same value with AWS Config's lower-case first letters."""
    if isinstance(value, list):
        return [camel(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {_lowered(key): camel(one) for key, one in value.items() if not key.startswith(_XML)}


def tags(value: Json) -> dict[str, str]:
    """Tags in any of the services' forms, as one object."""
    if isinstance(value, dict):
        inner = next((value[k] for k in ("items", "TagSet", "Tag", "tagSet") if k in value), None)
        if inner is not None:
            return tags(inner)
        if "key" not in value and "Key" not in value:
            return {str(k): _text(v) for k, v in value.items() if not isinstance(v, dict | list)}
        value = [value]
    found = {}
    for tag in _dicts(value):
        key = tag.get("key", tag.get("Key"))
        if key is not None:
            found[str(key)] = _text(tag.get("value", tag.get("Value")))
    return found


def tag_keys(value: Json) -> list[str]:
    """The keys of tags to remove, given as names or as tags."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return list(value)
    return list(tags(value))


def permissions(value: Json) -> list[dict[str, Json]]:
    """Security group permissions as AWS Config writes them."""
    return [_permission(one) for one in _dicts(plain(value))]


def rules(value: Json) -> list[dict[str, Json]]:
    """Security group rules (one range each) as permissions."""
    return [_permission_of_rule(one) for one in _dicts(plain(value))]


def number(value: Json) -> Json:
    """A number that the record gives as text."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return value


def text(value: Json) -> str:
    """An object as its JSON text, as AWS Config keeps policies."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def parsed(value: Json) -> Json:
    """JSON text as what it says; other text as it is."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def statement(value: Json) -> dict[str, Json]:
    """What tells one statement of a policy from the others."""
    return {"Sid": str(value)}


def attached_policy(value: Json) -> dict[str, Json]:
    """A managed policy's ARN as an attachment."""
    return {"policyArn": str(value), "policyName": short_name(str(value))}


def named_policy(value: Json) -> dict[str, Json]:
    """An inline policy's name as a member of the list."""
    return {"policyName": str(value)}


def policy_versions(value: Json) -> list[dict[str, Json]]:
    """A managed policy's document as its one known, default version."""
    return [{"document": text(value), "isDefaultVersion": True}]


def attachment(value: Json) -> dict[str, Json]:
    """A volume's attachment."""
    known = ("instanceId", "device", "deleteOnTermination", "attachTime")
    whole = value if isinstance(value, Mapping) else {}
    return {key: whole[key] for key in known if key in whole}


def attached_instance(value: Json) -> dict[str, Json]:
    """What tells one attachment of a volume from the others."""
    return {"instanceId": str(value)}


def group_ids(value: Json) -> list[dict[str, Json]]:
    """Security groups by id."""
    return [{"groupId": one["groupId"]} for one in _dicts(plain(value)) if "groupId" in one]


def pairs(value: Json) -> dict[str, Json]:
    """A list of key and value as an object."""
    return {str(one["key"]): one.get("value") for one in _dicts(value) if "key" in one}


def access_block(value: Json) -> dict[str, Json]:
    """A public access block: CloudTrail gives its flags as booleans or as text."""
    block = camel(value)
    return {k: _flag(v) for k, v in block.items()} if isinstance(block, dict) else {}


def encryption(value: Json) -> dict[str, Json]:
    """A bucket's default encryption: XML's one or many ``Rule`` as the list ``rules``."""
    config = camel(value)
    rule = config.get("rule") if isinstance(config, dict) else None
    many = rule if isinstance(rule, list) else [] if rule is None else [rule]
    return {"rules": many}


SHAPES: Mapping[str, Callable[[Json], Json]] = {
    shape.__name__: shape
    for shape in (
        plain,
        camel,
        tags,
        tag_keys,
        permissions,
        rules,
        number,
        text,
        parsed,
        statement,
        attached_policy,
        named_policy,
        policy_versions,
        attachment,
        attached_instance,
        group_ids,
        pairs,
        access_block,
        encryption,
    )
}


def _set_or(key: str, value: Json) -> Json:
    # An empty EC2 list is an empty object, told from a structure only by the name of its member.
    return [] if value == {} and key.endswith("Set") else plain(value)


def _lowered(key: str) -> str:
    return _LEADING_CAPITALS.sub(lambda found: found.group().lower(), key, count=1)


def _permission(one: dict[str, Any]) -> dict[str, Json]:
    ranges = {"ipv4Ranges": one.get("ipv4Ranges", one.get("ipRanges"))}
    ranges |= {"ipv6Ranges": one.get("ipv6Ranges"), "prefixListIds": one.get("prefixListIds")}
    ranges["userIdGroupPairs"] = one.get("userIdGroupPairs", one.get("groups"))
    return {**_ports(one), **{name: _dicts(ranges[name]) for name in RANGES}}


def _permission_of_rule(one: dict[str, Any]) -> dict[str, Json]:
    given = {
        "ipv4Ranges": ("cidrIp", one.get("cidrIpv4")),
        "ipv6Ranges": ("cidrIpv6", one.get("cidrIpv6")),
        "prefixListIds": ("prefixListId", one.get("prefixListId")),
        "userIdGroupPairs": ("groupId", _dict(one.get("referencedGroupInfo")).get("groupId")),
    }
    ranges = {name: [{key: value}] if value else [] for name, (key, value) in given.items()}
    return {**_ports(one), **ranges}


def _ports(one: dict[str, Any]) -> dict[str, Json]:
    names = ("ipProtocol", "fromPort", "toPort")
    return {name: one[name] for name in names if one.get(name) not in (None, "")}


def _dict(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Json) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _flag(value: Json) -> Json:
    return value.lower() == "true" if isinstance(value, str) else value


def _text(value: Json) -> str:
    return "" if value is None else str(value)
