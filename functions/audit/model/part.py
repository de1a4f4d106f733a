"""The audit part of a commit, as it arrives."""

from __future__ import annotations

from typing import Any, Final

from steward.errors import BadInput

_TEXTS: Final = ("commit", "tenant", "function", "actor", "at", "correlation", "causation")


def check(part: dict[str, Any]) -> None:
    """Refuse a part that is not as commits write it.

    Raises:
        BadInput: names the first field at fault.
    """
    for name in _TEXTS:
        if not isinstance(part.get(name), str):
            raise BadInput(f"audit part: {name!r} is missing or no text; send it as committed")
    entries = part.get("audit")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadInput("audit part: 'audit' is no list of objects; send it as committed")
    if not isinstance(part.get("request", {}), dict):
        raise BadInput("audit part: 'request' is no object; send it as committed")
