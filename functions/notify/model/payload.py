"""The body of a Standard Webhooks message: type, timestamp and data, below 20 kB."""

from __future__ import annotations

import json
from typing import Any

from functions.notify.model.notice import Notice

LONGEST_TEXT = 2000
"""Of each free text; the specification asks for bodies below 20 kB."""
MOST_TAGS = 50


def webhook_body(notice: Notice) -> bytes:
    """The same bytes for the same notice, so that a repeat is a repeat to the last byte."""
    payload = {
        "type": notice.event_type,
        "timestamp": notice.updated_at.isoformat(),
        "data": _data(notice),
    }
    return json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()


def shortened(text: str, longest: int) -> str:
    """The text, cut with an ellipsis when it is longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _data(notice: Notice) -> dict[str, Any]:
    data = notice.model_dump(mode="json", exclude={"event_type", "tags"})
    for field in ("title", "message", "remediation", "reason"):
        data[field] = shortened(data[field], LONGEST_TEXT)
    data["tags"] = dict(sorted(notice.tags.items())[:MOST_TAGS])
    return data
