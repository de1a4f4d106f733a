"""Records of a DynamoDB stream, as Lambda hands them over.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.relay.model import Outbox, Received, outbox_of
from steward.errors import BadInput, StewardError
from steward.store.records import OUTBOX
from steward.store.tables import BODY, COLLECTION, PK, tenant_of
from steward.store.work import Claims, open_outbox


def read_records(records: Sequence[Mapping[str, Any]], claims: Claims) -> Received:
    """The outbox items of a batch, each under its record's sequence number."""
    received = Received()
    for record in records:
        ref = sequence_number(record)
        received.refs.append(ref)
        try:
            outbox = outbox_in(record, claims)
            if outbox is not None:
                received.items[ref] = outbox
        except StewardError as error:
            received.failed[ref] = error
    return received


def sequence_number(record: Mapping[str, Any]) -> str:
    """The record's place in its shard: what a failure is reported by.

    Raises:
        BadInput: no stream record.
    """
    try:
        return str(record["dynamodb"]["SequenceNumber"])
    except (KeyError, TypeError) as error:
        raise BadInput(
            f"stream record without {error}; this function reads DynamoDB streams"
        ) from error


def outbox_in(record: Mapping[str, Any], claims: Claims) -> Outbox | None:
    """The new outbox item in the record; None when it tells of anything else.

    Raises:
        BadInput: an outbox item that cannot be read.
        NotFound: its body, kept in the object store, is gone.
        Transient: the object store is out of reach.
    """
    image = record["dynamodb"].get("NewImage") or {}
    if record.get("eventName") != "INSERT" or image.get(COLLECTION) != {"S": OUTBOX}:
        return None
    try:
        body = image[BODY]["S"]
        tenant = tenant_of(image[PK]["S"])
        return outbox_of(open_outbox(body, claims, tenant=tenant))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"outbox item in the stream: {error!r} in its body or image") from error
