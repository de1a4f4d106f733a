"""The filters ``offhour`` and ``onhour``: a tag tells in which hours of a week something is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.policy.model.custodian.jmespath import constant
from functions.policy.model.custodian.place import Places
from functions.policy.model.custodian.shape import Shape
from functions.policy.model.language.schedules import Hours, zone
from functions.policy.model.language.tree import Apply, Fixed, Kind, Name, Node

DEFAULT_TAG = "maid_offhours"
DEFAULT_ZONE = "et"
_USUAL = {"off": 19, "on": 7}
_EDGE_OF_WEEKEND = {"off": 4, "on": 0}
_WEEK = 7
_WORKDAYS = 5
_HOURS = 24


def schedule(document: Mapping[str, Any], kind: str, shape: Shape, places: Places) -> Node:
    """Whether a resource is to be turned ``kind`` in this hour.

    Raises:
        RuleError: there is no such zone or hour.
    """
    name = str(document.get("default_tz", DEFAULT_ZONE))
    if zone(name) is None:
        raise places.error(document, "default_tz", repr(name), "name a zone, as in Europe/Berlin")
    usual = (_usual_hours(document, kind, places), name)
    skipped = document.get("skip-days", [])
    if not isinstance(skipped, list):
        raise places.error(document, "skip-days", repr(skipped), "list days, as 2026-12-25")
    tag = shape.tag(str(document.get("tag", DEFAULT_TAG)).lower(), ("lower",))
    arguments = (
        _or_usual(tag, document),
        constant(kind, at=0),
        Name(at=0, name="now", kind=Kind.TIMESTAMP, total=True),
        Fixed(at=0, value=usual, total=True),
        Fixed(at=0, value=tuple(str(day) for day in skipped), total=True),
    )
    return Apply(at=0, function="scheduled", arguments=arguments, kind=Kind.BOOL, total=tag.total)


def _usual_hours(document: Mapping[str, Any], kind: str, places: Places) -> Hours:
    hour = document.get(f"{kind}hour", _USUAL[kind])
    if not isinstance(hour, int) or isinstance(hour, bool) or not 0 <= hour < _HOURS:
        raise places.error(document, f"{kind}hour", repr(hour), "use an hour from 0 to 23")
    if document.get("weekends-only") is True:
        return frozenset({(_EDGE_OF_WEEKEND[kind], hour)})
    days = _WORKDAYS if document.get("weekends", True) is True else _WEEK
    return frozenset((day, hour) for day in range(days))


def _or_usual(tag: Node, document: Mapping[str, Any]) -> Node:
    """The tag, else the schedule to fall back on, else, where one opts out, an empty one."""
    fallback = document.get("fallback-schedule") or document.get("fallback_schedule")
    if fallback is None and document.get("opt-out") is not True:
        return tag
    arguments = (tag, constant(str(fallback or ""), at=0))
    return Apply(at=0, function="jmespath.not_null", arguments=arguments, total=tag.total)
