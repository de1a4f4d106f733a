"""The ties that a configuration tells of: by the rules where one names the member, else by its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from functions.inventory.model import identity
from functions.inventory.model.graph.hosts import HOST, bucket_of, host_of
from functions.inventory.model.graph.kinds import REFERS, Rule
from functions.inventory.model.graph.locators import above, locate
from functions.inventory.model.graph.rules import BY_PROVIDER, BY_TYPE
from functions.inventory.model.patch import Json
from steward.contracts.inventory import Relation

MOST = 400
"""Ties that are derived of one resource; a configuration that names more is cut there."""
DEPTH = 32
_ID = 512
_STACK_TAG = "aws:cloudformation:stack-id"
_TAGS = frozenset({"tags", "taglist", "tagset", "labels"})
_EC2_ID = re.compile(r"[a-z]+(-[a-z]+)?-([0-9a-f]{8}|[0-9a-f]{17})$")
# Source: Amazon EC2 user guide, "Resource IDs"; beyond those that calls are recorded of.
_MORE_PREFIXES = {
    "ami": "AWS::EC2::Image",
    "cgw": "AWS::EC2::CustomerGateway",
    "eigw": "AWS::EC2::EgressOnlyInternetGateway",
    "fs": "AWS::EFS::FileSystem",
    "pl": "AWS::EC2::PrefixList",
    "tgw": "AWS::EC2::TransitGateway",
    "tgw-attach": "AWS::EC2::TransitGatewayAttachment",
    "tgw-rtb": "AWS::EC2::TransitGatewayRouteTable",
    "vgw": "AWS::EC2::VPNGateway",
    "vpn": "AWS::EC2::VPNConnection",
}
# What may name a resource by itself: a cheap look before a thorough one, for most texts do not.
_TELLING = re.compile(
    r"arn:|/|https://|projects/|(?:serviceAccount:)?[a-z0-9-]+@|[a-z]+(?:-[a-z]+)?-[0-9a-f]{8}"
)
_UNTYPED = Rule(REFERS)


class Origin(NamedTuple):
    """Whose configuration it is."""

    provider: str
    type: str
    native_id: str
    arn: str | None = None


def derived(
    origin: Origin, configuration: Mapping[str, Json], tags: Mapping[str, str]
) -> tuple[Relation, ...]:
    """The ties of a resource, each once, in the order of kind, type and id.

    What a rule names is told by the rule alone; what no rule names is told when the value by itself says
    which resource it means.
    """
    ruled: set[tuple[str, str, str]] = set()
    loose: set[tuple[str, str, str]] = set()
    rules = BY_TYPE.get(origin.type.lower(), {})
    members = BY_PROVIDER.get(origin.provider, {})
    for path, name, value in _texts(configuration):
        rule = rules.get(path) or members.get(name)
        if rule is None and _TELLING.match(value) is None:
            continue
        target = _target(rule or _UNTYPED, value)
        if target is not None and not _is_self(origin, target):
            (loose if rule is None else ruled).add(((rule or _UNTYPED).kind, *target))
    whole = _target(_UNTYPED, above(origin.native_id) or "") if origin.provider == "azure" else None
    if whole is not None:
        ruled.add(("is part of", *whole))
    stack = tags.get(_STACK_TAG)
    if stack and locate(stack):
        ruled.add(("is part of", "AWS::CloudFormation::Stack", stack))
    named = {(type_name, id_) for _, type_name, id_ in ruled}
    found = sorted(ruled) + sorted(one for one in loose if one[1:] not in named)
    return tuple(Relation(kind=k, target_type=t, target_id=i) for k, t, i in found[:MOST])


def type_of_id(text: str) -> str | None:
    """The type that an EC2 id stands for by its prefix."""
    prefix = text.rpartition("-")[0]
    return identity.EC2_PREFIXES.get(prefix) or _MORE_PREFIXES.get(prefix)


def _target(rule: Rule, value: str) -> tuple[str, str] | None:
    place = locate(value)
    if place is not None:
        return place.type or rule.target, place.text
    if not value or len(value) > _ID or not value.isprintable():
        return None
    if rule.target == HOST:
        return _host(value)
    if value.startswith("alias/"):
        return "AWS::KMS::Alias", value
    if rule.target:
        return rule.target, value
    if rule is _UNTYPED and not _EC2_ID.match(value):
        return None
    known = type_of_id(value)
    return None if known is None else (known, value)


def _host(value: str) -> tuple[str, str] | None:
    name = host_of(value)
    bucket = bucket_of(name)
    if bucket is not None:
        return "AWS::S3::Bucket", bucket
    return (HOST, name) if name else None


def _is_self(origin: Origin, target: tuple[str, str]) -> bool:
    type_name, id_ = target
    if id_ == origin.arn:
        return True
    own = locate(origin.native_id)
    if own is not None and own.text == id_:
        return True
    return (type_name, id_) == (origin.type, origin.native_id)


def _texts(configuration: Mapping[str, Json]) -> list[tuple[str, str, str]]:
    """Every text with its path and the member it stands in, both in lower case and without indices."""
    found: list[tuple[str, str, str]] = []
    _collect(configuration, "", "", found, 0)
    return found


def _collect(
    value: Json, path: str, name: str, found: list[tuple[str, str, str]], depth: int
) -> None:
    if isinstance(value, str):
        if value:
            found.append((path, name, value))
    elif depth > DEPTH:
        return
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, path, name, found, depth + 1)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            folded = key.lower()
            if folded[:1] == "/":
                # Azure keeps what is assigned as the keys of an object.
                found.append((path, name, key))
            elif folded not in _TAGS:
                _collect(inner, f"{path}.{folded}" if path else folded, folded, found, depth + 1)
