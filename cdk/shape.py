"""The shape of a concern's table, from the one place where the DynamoDB store finds it too."""

from __future__ import annotations

from typing import Any

from steward.store import tables

PARTITION_KEY = tables.PK
EXPIRES = tables.EXPIRES
INDEXES = tuple(index.name for index in tables.INDEXES)


def key_schema() -> tuple[str, None]:
    """The table's own key: one hash key, no sort key."""
    return PARTITION_KEY, None


def index_keys(index: str) -> tuple[str, str]:
    """The hash and the sort attribute of an overloaded index."""
    chosen = tables.INDEXES[INDEXES.index(index)]
    return chosen.partition, chosen.sort


def new_outbox_item() -> dict[str, Any]:
    """The filter that lets a table's new outbox items, and nothing else, through its stream."""
    return tables.stream_filter()
