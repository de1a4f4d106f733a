"""An independent count of what an answer holds, which knows nothing of the code under test."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

_PARTS = frozenset({"year", "month", "day", "hour", "minute", "second", "microsecond"})


def revived(value: Any) -> Any:
    """A recorded value with the instants that its recorder took apart."""
    if isinstance(value, list):
        return [revived(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("__class__") == "datetime":
        parts = {key: one for key, one in value.items() if key in _PARTS}
        return datetime(**parts, tzinfo=UTC)
    return {key: revived(one) for key, one in value.items()}


def leaves(value: Any) -> Iterator[str]:
    """The text of every value at the ends of a document; texts of JSON count as what they hold."""
    if isinstance(value, str) and value.startswith(("{", "[", "%7B")):
        value = _opened(unquote(value))
    if isinstance(value, Mapping) and value:
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list) and value:
        for one in value:
            yield from leaves(one)
    else:
        yield _text(value)


def lost(raw: Any, made: Any) -> Counter[str]:
    """The values of a recorded document that what was made of it lacks."""
    return Counter(leaves(raw)) - Counter(leaves(made))


def _opened(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        spec = "microseconds" if value.microsecond % 1000 else "milliseconds"
        return value.isoformat(timespec=spec).replace("+00:00", "Z")
    return json.dumps(value) if not isinstance(value, str) else value
