"""Answers with what a REST API's function is given."""

from __future__ import annotations

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Echo the event."""
    shown = {**event, "remaining": context.get_remaining_time_in_millis()}
    return {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(shown),
    }
