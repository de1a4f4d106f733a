"""Canonical JSON (RFC 8785): one text for one value, so that whoever hashes it gets the same digest."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import rfc8785

SAFE: Final = 2**53 - 1
"""The largest whole number that every JSON reader holds exactly (RFC 8785, appendix B)."""

_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
# A fraction, an exponent, or sixteen digits, between what may stand around a number.
_OTHER_NUMBER: Final = re.compile(
    r"(?:^|[\[:,])-?(?:[0-9]{16}|[0-9]+(?:\.[0-9]+|e))[-+.e0-9]*(?:[,}\]]|$)"
)


def canonical(value: Any) -> str:
    """The value's canonical text.

    Raises:
        ValueError: a number that RFC 8785 has no form for; see `tame`.
    """
    text = _encoded(value)
    if text is None or not (_safe(text) or _plain(value)):
        return rfc8785.dumps(value).decode()
    return text


def tame(value: Any) -> Any:
    """The value with every number as text that canonical JSON cannot hold, or not give back.

    A float beyond the whole numbers that are held exactly is written like one of them, and read as one.
    """
    if isinstance(value, dict):
        return {key: tame(item) for key, item in value.items()}
    if isinstance(value, list):
        return [tame(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return value if math.isfinite(value) and abs(value) <= SAFE else str(value)


def _encoded(value: Any) -> str | None:
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError):
        return None


def _safe(text: str) -> bool:
    # The quick way to say what `_plain` says: nothing beyond ASCII, and no number, nor part of a
    # string that looks like one, that the standard writes in another way.
    return text.isascii() and _OTHER_NUMBER.search(text) is None


def _plain(value: Any) -> bool:
    # Where the standard library's text is the canonical one: strings are escaped alike, whole numbers
    # within the range are written alike, and ASCII keys sort alike by code point and by UTF-16 unit.
    if isinstance(value, str):
        return value.isascii() or _encodable(value)
    if isinstance(value, dict):
        return all(key.isascii() and _plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_plain, value))
    if isinstance(value, bool) or value is None:
        return True
    return isinstance(value, int) and -SAFE <= value <= SAFE


def _encodable(text: str) -> bool:
    # A lone surrogate has no UTF-8; the library says so.
    return not any("\ud800" <= character <= "\udfff" for character in text)
