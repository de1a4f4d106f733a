"""The shape of a concern's table: what the DynamoDB store reads and writes by name."""

from __future__ import annotations

from typing import Any

from steward.store.records import OUTBOX, SLOTS

PARTITION_KEY = "pk"
EXPIRES = "ttl"
INDEXES = tuple(f"g{slot}" for slot in range(SLOTS))


def key_schema() -> tuple[str, None]:
    """The table's own key: one hash key, no sort key."""
    return PARTITION_KEY, None


def index_keys(index: str) -> tuple[str, str]:
    """The hash and the sort attribute of an overloaded index."""
    return f"{index}p", f"{index}s"


def new_outbox_item() -> dict[str, Any]:
    """The filter that lets a table's new outbox items, and nothing else, through its stream."""
    return {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"c": {"S": [OUTBOX]}}},
    }
