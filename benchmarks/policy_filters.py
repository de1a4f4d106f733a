"""The ten filters that engines are compared by, and each of them written by hand in Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

By: TypeAlias = Callable[[list[Any], datetime], list[Any]]

SIZES = ["m5.large", "c5.xlarge", "t3.micro"]
AGED = {"type": "value", "key": "LaunchTime", "value_type": "age", "op": "gt", "value": 90}
AMONG = {"type": "value", "key": "InstanceType", "op": "in", "value": SIZES}
TOKENS = {"type": "value", "key": "MetadataOptions.HttpTokens", "op": "ne", "value": "required"}
GROUP = {"type": "value", "key": "SecurityGroups[].GroupId", "op": "contains", "value": "sg-0007"}
FILTERS: Mapping[str, list[Any]] = {
    "equal": [{"InstanceType": "m5.large"}],
    "in a list": [AMONG],
    "nested key": [TOKENS],
    "contains": [GROUP],
    "regex": [{"type": "value", "key": "ImageId", "op": "regex", "value": "^ami-0[0-9a-e]+f$"}],
    "tag missing": [{"tag:Owner": "absent"}],
    "or(and(not))": [
        {
            "or": [
                {"State.Name": "stopped"},
                {"and": [{"InstanceType": "t3.micro"}, {"not": [{"tag:Environment": "prod"}]}]},
            ]
        }
    ],
    "age": [AGED],
    "instance-age": [{"type": "instance-age", "op": "ge", "days": 30}],
    "five filters": [
        {"State.Name": "running"},
        AMONG,
        {"tag:Owner": "absent"},
        TOKENS,
        AGED,
    ],
}
_IMAGE = re.compile("^ami-0[0-9a-e]+f$", re.IGNORECASE).match


def _tag(resource: Mapping[str, Any], name: str) -> str | None:
    for tag in resource.get("Tags", ()):
        if tag["Key"] == name:
            value: str = tag["Value"]
            return value
    return None


def _tokens(resource: Mapping[str, Any]) -> Any:
    return (resource.get("MetadataOptions") or {}).get("HttpTokens")


def _state(resource: Mapping[str, Any]) -> Any:
    return (resource.get("State") or {}).get("Name")


def _equal(resources: list[Any], _: datetime) -> list[Any]:
    return [r for r in resources if r.get("InstanceType") == "m5.large"]


def _in_a_list(resources: list[Any], _: datetime) -> list[Any]:
    return [r for r in resources if r.get("InstanceType") in ("m5.large", "c5.xlarge", "t3.micro")]


def _nested_key(resources: list[Any], _: datetime) -> list[Any]:
    return [r for r in resources if _tokens(r) != "required"]


def _contains(resources: list[Any], _: datetime) -> list[Any]:
    return [
        r
        for r in resources
        if any(group.get("GroupId") == "sg-0007" for group in r.get("SecurityGroups") or ())
    ]


def _regex(resources: list[Any], _: datetime) -> list[Any]:
    return [r for r in resources if (image := r.get("ImageId")) is not None and _IMAGE(image)]


def _tag_missing(resources: list[Any], _: datetime) -> list[Any]:
    return [r for r in resources if _tag(r, "Owner") is None]


def _or_and_not(resources: list[Any], _: datetime) -> list[Any]:
    return [
        r
        for r in resources
        if _state(r) == "stopped"
        or (r.get("InstanceType") == "t3.micro" and _tag(r, "Environment") != "prod")
    ]


def _age(resources: list[Any], now: datetime) -> list[Any]:
    cutoff = now - timedelta(days=90)
    return [r for r in resources if (at := r.get("LaunchTime")) is not None and at < cutoff]


def _instance_age(resources: list[Any], now: datetime) -> list[Any]:
    cutoff = now - timedelta(days=30)
    return [
        r
        for r in resources
        if min(
            (disk["Ebs"]["AttachTime"] for disk in r["BlockDeviceMappings"] if "Ebs" in disk),
            default=r["LaunchTime"],
        )
        <= cutoff
    ]


def _five(resources: list[Any], now: datetime) -> list[Any]:
    cutoff = now - timedelta(days=90)
    return [
        r
        for r in resources
        if _state(r) == "running"
        and r.get("InstanceType") in ("m5.large", "c5.xlarge", "t3.micro")
        and _tag(r, "Owner") is None
        and _tokens(r) != "required"
        and (at := r.get("LaunchTime")) is not None
        and at < cutoff
    ]


BY_HAND: Mapping[str, By] = {
    "equal": _equal,
    "in a list": _in_a_list,
    "nested key": _nested_key,
    "contains": _contains,
    "regex": _regex,
    "tag missing": _tag_missing,
    "or(and(not))": _or_and_not,
    "age": _age,
    "instance-age": _instance_age,
    "five filters": _five,
}
"""As one would write each, with care for fields that are not there."""
