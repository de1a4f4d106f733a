"""The values of a resource that a verdict rests on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from steward.redaction import redacted

MOST: Final = 20
LONGEST: Final = 1_000
_NO_EVIDENCE: Final = frozenset({"", "/name", "/captured_at", "/version"})
"""What names the resource or differs at every look, and so would have the finding change each time."""
_MISSING: Final = object()


def evidence(reads: Iterable[str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What stands at the JSON pointers that a rule reads, without secrets; what is not there is left out.

    A value above a thousand characters of JSON is cut and shown as text.
    """
    found: dict[str, Any] = {}
    for pointer in sorted(reads):
        if len(found) == MOST:
            break
        value = _at(facts, pointer)
        if value is not _MISSING and pointer not in _NO_EVIDENCE:
            name = pointer.rpartition("/")[2]
            found[pointer] = _short(redacted({name: value})[name])
    return found


def _at(facts: Any, pointer: str) -> Any:
    for part in _parts(pointer):
        if not isinstance(facts, Mapping) or part not in facts:
            return _MISSING
        facts = facts[part]
    return facts


def _parts(pointer: str) -> Iterator[str]:
    for part in pointer.split("/")[1:]:
        yield part.replace("~1", "/").replace("~0", "~")


def _short(value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return json.loads(text) if len(text) <= LONGEST else text[:LONGEST] + "…"
