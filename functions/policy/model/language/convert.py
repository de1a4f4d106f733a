"""Conversions between the kinds of the language; each answers None for what cannot be converted."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

MAX_INT = 2**63 - 1
_EXACT = 1e15
_DURATION = r"(-?)((?:\d+(?:\.\d+)?(?:d|h|ms|m|s))+)"
_PART = r"(\d+(?:\.\d+)?)(d|h|ms|m|s)"
_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PORTS = r"([0-9]{1,5})(?:-([0-9]{1,5}))?"
_INT = r"-?\d{1,19}"
_DOUBLE = r"-?\d+(\.\d+)?([eE][+-]?\d+)?"


def duration(text: str) -> timedelta | None:
    """A length of time written as ``90d``, ``1h30m`` or ``1.5s``."""
    match = re.fullmatch(_DURATION, text)
    if match is None:
        return None
    seconds = sum(
        float(number) * _UNITS[unit] for number, unit in re.findall(_PART, match.group(2))
    )
    try:
        return timedelta(seconds=-seconds if match.group(1) else seconds)
    except OverflowError:
        return None


@lru_cache(maxsize=4096)
def timestamp(value: str | int) -> datetime | None:
    """A moment written after RFC 3339 with an offset, or as seconds since 1970."""
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def to_int(value: Any) -> int | None:
    """A whole number from a number (cut towards zero), its digits, or a moment (seconds)."""
    number: int | None = None
    if type(value) is int:
        number = value
    elif (type(value) is float and abs(value) <= MAX_INT) or (
        type(value) is str and re.fullmatch(_INT, value)
    ):
        number = int(value)
    elif type(value) is datetime:
        number = int(value.timestamp())
    return number if number is None or -MAX_INT - 1 <= number <= MAX_INT else None


def to_double(value: Any) -> float | None:
    """A floating number from a number or its digits."""
    if type(value) in (int, float) or (type(value) is str and re.fullmatch(_DOUBLE, value)):
        try:
            return float(value)
        except OverflowError:
            return None
    return None


def to_string(value: Any) -> str | None:
    """How a single value is written; lists, maps and null are not."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if type(value) is float:
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    if type(value) is datetime:
        return value.isoformat().replace("+00:00", "Z")
    if type(value) is timedelta:
        return f"{value.total_seconds():.15g}s"
    return None


def from_json(value: Any) -> Any | None:
    """The value of a JSON text, percent-encoded (as IAM keeps policies) or not; others unchanged."""
    if type(value) in (dict, list):
        return value
    if type(value) is not str:
        return None
    text = _decoded(value) if value[:1] == "%" else value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _decoded(text: str) -> str:
    from urllib.parse import unquote

    return unquote(text)


def as_list(value: Any) -> list[Any]:
    """A list unchanged, null as an empty one, anything else as a list of one."""
    if type(value) is list:
        return value
    return [] if value is None else [value]


def includes_port(text: Any, port: Any) -> bool | None:
    """Whether ports written as ``443``, ``8000-8080`` or ``*`` include one."""
    if type(port) is not int or type(text) is not str:
        return None
    if text == "*":
        return True
    ends = re.fullmatch(_PORTS, text)
    if ends is None:
        return None
    first, last = ends.group(1), ends.group(2) or ends.group(1)
    return int(first) <= port <= int(last)
