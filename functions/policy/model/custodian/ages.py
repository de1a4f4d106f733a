"""The age filters of Cloud Custodian's resource types, written as value filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.policy.model.custodian.place import Places

_LAUNCHED = "LaunchTime"
_ATTACHED = "earliest(BlockDeviceMappings[].Ebs.AttachTime) || LaunchTime"
_AGES: Mapping[tuple[str, str], str] = {
    ("ami", "image-age"): "CreationDate",
    ("cache-snapshot", "age"): "earliest(NodeSnapshots[].SnapshotCreateTime)",
    ("ebs-snapshot", "age"): "StartTime",
    ("ec2", "instance-age"): _ATTACHED,
    ("ec2", "instance-uptime"): _LAUNCHED,
    ("launch-config", "age"): "CreatedTime",
    ("rds-cluster-snapshot", "age"): "SnapshotCreateTime",
    ("rds-snapshot", "age"): "SnapshotCreateTime",
    ("redshift-snapshot", "age"): "SnapshotCreateTime",
}
NAMES = frozenset(name for _, name in _AGES)
FIELDS = ("days", "hours", "minutes", "op")
_HOURS = 24
_MINUTES = 1440


def as_value_filter(
    document: Mapping[str, Any], resource: str, places: Places
) -> Mapping[str, Any] | None:
    """The value filter that an age filter of a resource type stands for; None if it is no such.

    Raises:
        RuleError: it has a field that means nothing, or no number.
    """
    key = _AGES.get((resource.rpartition(".")[2], str(document.get("type"))))
    if key is None:
        return None
    for field in document:
        if field not in ("type", *FIELDS):
            problem = f"unknown field {field!r}"
            raise places.error(document, field, problem, f"use {', '.join(FIELDS)}")
    days = sum(
        _number(document, name, places) / part
        for name, part in (("days", 1), ("hours", _HOURS), ("minutes", _MINUTES))
    )
    sign = document.get("op", "greater-than")
    return {"type": "value", "key": key, "value_type": "age", "op": sign, "value": days}


def _number(document: Mapping[str, Any], field: str, places: Places) -> float:
    number = document.get(field, 0)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise places.error(document, field, repr(number), "use a number")
    return number
