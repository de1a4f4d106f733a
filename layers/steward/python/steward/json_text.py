"""JSON as the runtime writes and reads it many times a resource: compact, exact, and fast where that goes."""

from __future__ import annotations

import json
from typing import Any, Final

import orjson
from pydantic_core import from_json

# The standard library refuses what is no value of JSON, and so does this.
_STRICT: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def compact(value: object) -> str:
    """The value as JSON text without blanks; what goes beyond 64 bits or is no Unicode as well.

    Raises:
        TypeError: something in it has no form in JSON.
    """
    try:
        return orjson.dumps(value, option=_STRICT).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> Any:
    """What a JSON text says, whole numbers of any length exactly.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        return from_json(text)
    except (TypeError, ValueError):
        # The fast reader refuses what is nested deeply, and half a surrogate pair.
        return json.loads(text)
