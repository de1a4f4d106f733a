"""The body of a Standard Webhooks message: type, timestamp and data, below 20 kB."""

from __future__ import annotations

import json
from typing import Any

from functions.notify.model.notice import Notice

LONGEST = {"title": 200, "message": 1200, "remediation": 1200, "reason": 300}
"""Characters of each free text, six bytes each at worst: the specification asks for less than 20 kB."""
TAG_BYTES = 1500


def webhook_body(notice: Notice) -> bytes:
    """The same bytes for the same notice, so that a repeat is a repeat to the last byte."""
    payload = {
        "type": notice.event_type,
        "timestamp": notice.updated_at.isoformat(),
        "data": _data(notice),
    }
    text = json.dumps(payload, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return text.encode()


def shortened(text: str, longest: int) -> str:
    """The text, cut with an ellipsis when it is longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _data(notice: Notice) -> dict[str, Any]:
    data = notice.model_dump(mode="json", exclude={"event_type", "tags"})
    for field, longest in LONGEST.items():
        data[field] = shortened(data[field], longest)
    data["tags"] = _some(notice.tags)
    return data


def _some(tags: dict[str, str]) -> dict[str, str]:
    """As many tags as fit, in the order of their names."""
    kept: dict[str, str] = {}
    left = TAG_BYTES
    for name, value in sorted(tags.items()):
        left -= len(json.dumps([name, value]))
        if left < 0:
            break
        kept[name] = value
    return kept
