"""The shape of a DynamoDB table: one place for CDK, the store, the tests and the fixtures.

Pure data: importing it needs neither boto3 nor the store.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from steward.store.records import OUTBOX, SLOTS

PK: Final = "pk"
VERSION: Final = "version"
BODY: Final = "body"
EXPIRES: Final = "expires"
"""The time-to-live attribute, in epoch seconds."""
COLLECTION: Final = "collection"
"""Stands on outbox items alone: what the stream's filter selects by."""
OUTBOX_PARTITIONS: Final = "@outbox#"
"""What the index partitions of outbox items begin with; none of a tenant's does."""
STREAM_VIEW: Final = "NEW_IMAGE"


class SlotIndex(NamedTuple):
    """The global secondary index behind one slot."""

    name: str
    partition: str
    sort: str


INDEXES: Final = tuple(SlotIndex(f"slot{slot}", f"g{slot}p", f"g{slot}s") for slot in range(SLOTS))


def tenant_of(partition_key: str) -> str:
    """The tenant of an item or index partition: what stands before the first separator."""
    return partition_key.partition("#")[0]


def create_table(name: str) -> dict[str, Any]:
    """The arguments of CreateTable for a concern's table."""
    keys = [PK, *(attribute for index in INDEXES for attribute in index[1:])]
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "KeySchema": [{"AttributeName": PK, "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [_index(index) for index in INDEXES],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": STREAM_VIEW},
    }


def time_to_live() -> dict[str, Any]:
    """The TimeToLiveSpecification of a concern's table."""
    return {"Enabled": True, "AttributeName": EXPIRES}


def stream_filter() -> dict[str, Any]:
    """The event source's filter pattern: new outbox items, and nothing else of the stream."""
    return {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {COLLECTION: {"S": [OUTBOX]}}},
    }


def _index(index: SlotIndex) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "KeySchema": [
            {"AttributeName": index.partition, "KeyType": "HASH"},
            {"AttributeName": index.sort, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
