"""The store on DynamoDB: one table per concern, sharded overloaded indexes, one transaction per commit.

Limits and error codes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ (TransactWriteItems,
Query) and the developer guide's "Constraints in Amazon DynamoDB".
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, Protocol, TypeAlias
from zlib import crc32

from botocore.exceptions import BotoCoreError, ClientError

from steward.errors import NotGranted, Permanent, StewardError, Throttled, TooLarge, Transient
from steward.store.records import (
    OUTBOX,
    Cursor,
    Delete,
    Found,
    Key,
    Put,
    Query,
    Record,
    Refusal,
    Slot,
    Transaction,
    Write,
    marks_first,
    refusal_of,
)
from steward.store.tables import (
    BODY,
    COLLECTION,
    EXPIRES,
    INDEXES,
    OUTBOX_PARTITIONS,
    PK,
    VERSION,
    SlotIndex,
)

Attributes: TypeAlias = dict[str, dict[str, str]]

_PAGE: Final = 100
_BELOW_ALL: Final = "\x00"
"""Between sort value and id: below every character that either may hold, so ("a", id) < ("ab", id)."""
_NEXT: Final = "\x01"
_HOUR: Final = "2026-03-02T08"
OUTBOX_SHARDS: Final = 8
"""What an hour's outbox items are spread over: a partition takes a thousand writes a second."""
_NAMES: Final = {"#pk": PK, "#version": VERSION, "#expires": EXPIRES}
_ABSENT: Final = "attribute_not_exists(#pk) OR #expires <= :now"
_CURRENT: Final = "#version = :expect AND (attribute_not_exists(#expires) OR #expires > :now)"
_THROTTLED: Final = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_FORBIDDEN: Final = frozenset({"AccessDeniedException", "ResourceNotFoundException"})
_TOO_LARGE: Final = frozenset(
    {"ItemCollectionSizeLimitExceeded", "ItemCollectionSizeLimitExceededException"}
)
_WRONG: Final = frozenset({"ValidationError", "ValidationException", "SerializationException"})


class DynamoDBClient(Protocol):
    """What of boto3's DynamoDB client the store calls."""

    def get_item(self, **request: Any) -> dict[str, Any]:
        """Read one item."""
        ...

    def query(self, **request: Any) -> dict[str, Any]:
        """Read a page of one index partition."""
        ...

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Write items whole or not at all."""
        ...


Clients: TypeAlias = Callable[[str], DynamoDBClient]
"""The client to use for a tenant: its credentials are what keeps the tenants apart in DynamoDB."""

NOBODY: Final = ""
"""What stands for no tenant: the function's own credentials, which its grants narrow."""


def shared(client: DynamoDBClient) -> Clients:
    """One client for every tenant: an operator's, whose own credentials reach them all."""
    return lambda _tenant: client


class DynamoStore:
    """`steward.store.records.Store` over DynamoDB; ``tables`` maps a concern's table to its name in AWS."""

    def __init__(self, clients: Clients, *, tables: Mapping[str, str]) -> None:
        self._clients = clients
        self._tables = tables

    def of(self, tenant: str) -> DynamoSession:
        """Reads with the tenant's client."""
        return DynamoSession(self._clients, tenant, tables=self._tables)

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        """Commit each on its own, in order, with its tenant's client."""
        return [self._commit_one(transaction) for transaction in transactions]

    def committed(self, *, since: datetime, until: datetime, now: int) -> Iterator[Record]:
        """The outbox items staged in that time, of every table that is known here, of every tenant."""
        low, high = (moment.astimezone(UTC).isoformat() for moment in (since, until))
        for table in sorted(self._tables):
            for hour in _hours(since, until):
                for shard in range(OUTBOX_SHARDS):
                    partition = _hour_partition(hour, shard)
                    request = _between(
                        self._tables[table], INDEXES[1], partition, (low, high + _NEXT)
                    )
                    yield from self._outbox_items(table, request, now)

    def _outbox_items(self, table: str, request: dict[str, Any], now: int) -> Iterator[Record]:
        for item in _pages(self._clients(NOBODY), request):
            tenant, _, id_ = item[PK]["S"].split("#", 2)
            if not _expired(item, now):
                yield _record(Key(table, tenant, OUTBOX, id_), item)

    def _commit_one(self, transaction: Transaction) -> Refusal | None:
        # A lone write goes through the transaction API too: PutItem knows no request token, so a
        # lost reply, tried again by the client, would read as somebody else's write.
        writes = marks_first(transaction)
        items = [self._transact_item(write, transaction.now) for write in writes]
        token = _token(transaction, items)
        try:
            with _vendor_errors():
                self._clients(transaction.tenant).transact_write_items(
                    TransactItems=items, ClientRequestToken=token
                )
        except _Cancelled as cancelled:
            return _refusal(cancelled.reasons, writes, transaction.inbox)
        return None

    def _transact_item(self, write: Write, now: int) -> dict[str, Any]:
        common = {
            "TableName": _physical(self._tables, write.key.table),
            **_condition(write.expect, now),
        }
        if isinstance(write, Put):
            return {"Put": {"Item": _item(write), **common}}
        if isinstance(write, Delete):
            return {"Delete": {"Key": _primary(write.key), **common}}
        return {"ConditionCheck": {"Key": _primary(write.key), **common}}


class DynamoSession:
    """`steward.store.records.Session` with one tenant's client, taken at the first read."""

    def __init__(self, clients: Clients, tenant: str, *, tables: Mapping[str, str]) -> None:
        self._clients = clients
        self._tenant = tenant
        self._tables = tables

    def get(self, key: Key, *, now: int) -> Record | None:
        """The current item, consistently read; None when absent or expired."""
        with _vendor_errors():
            answer = self._clients(self._tenant).get_item(
                TableName=_physical(self._tables, key.table), Key=_primary(key), ConsistentRead=True
            )
        item = answer.get("Item")
        return None if item is None or _expired(item, now) else _record(key, item)

    def query(self, query: Query) -> list[Found]:
        """At most ``query.limit`` items in order, merged over the partition's shards."""
        bounds = _bounds(query)
        if bounds is None:
            return []
        shards = [self._shard(query, shard, bounds) for shard in range(query.shards)]
        merged = heapq.merge(*shards, key=_place, reverse=query.descending)
        return list(islice(merged, query.limit))

    def _shard(self, query: Query, shard: int, bounds: tuple[str, str]) -> Iterator[Found]:
        table = _physical(self._tables, query.table)
        partition = _partition(query, query.slot, query.partition, shard)
        request = _between(table, INDEXES[query.slot], partition, bounds) | {
            "ScanIndexForward": not query.descending,
            "Limit": _page_size(query),
        }
        for item in _pages(self._clients(self._tenant), request):
            found = _found(query, item)
            # The upper bound of a descending page is the cursor itself; an expired item is absent.
            if found.cursor != query.after and not _expired(item, query.now):
                yield found


def _pages(client: DynamoDBClient, request: dict[str, Any]) -> Iterator[Attributes]:
    while True:
        with _vendor_errors():
            answer = client.query(**request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _physical(tables: Mapping[str, str], name: str) -> str:
    if name not in tables:
        raise NotGranted(
            f"table {name!r}: this function knows {', '.join(sorted(tables)) or 'none'}; "
            "declare it in the manifest"
        )
    return tables[name]


class _Cancelled(Exception):  # carries DynamoDB's reasons to where the writes are known
    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("transaction cancelled")
        self.reasons = reasons


@contextmanager
def _vendor_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _translated(error) from error
    except BotoCoreError as error:
        raise Transient(f"dynamodb: {error}; whether it applied is not known, try again") from error


def _translated(error: ClientError) -> StewardError | _Cancelled:
    reasons = error.response.get("CancellationReasons")
    if reasons is not None:
        return _Cancelled(reasons)
    details = error.response.get("Error", {})
    return _named(str(details.get("Code", "")), str(details.get("Message", "")))


def _named(code: str, message: str) -> StewardError:
    if code in _THROTTLED:
        return Throttled(f"dynamodb: {code}: {message}; slow down and try again")
    if code in _TOO_LARGE:
        return TooLarge(f"dynamodb: {code}: {message}; keep the large part in the object store")
    if code in _FORBIDDEN:
        return NotGranted(
            f"dynamodb: {code}: {message}; check the function's grants and table names"
        )
    if code in _WRONG:
        return Permanent(f"dynamodb: {code}: {message}; the request itself is wrong")
    return Transient(f"dynamodb: {code}: {message}; try again")


def _refusal(
    reasons: Sequence[Mapping[str, Any]], writes: Sequence[Write], inbox: Key | None
) -> Refusal:
    """The first write that met its condition unfulfilled; another reason is no answer but an error.

    Raises:
        Transient: the transaction met another one, or a throttle.
        Permanent: DynamoDB finds an item wrong or too large.
    """
    codes = [str(reason.get("Code") or "None") for reason in reasons]
    for code, write in zip(codes, writes, strict=True):
        if code == "ConditionalCheckFailed":
            return refusal_of(write, inbox)
    for code, reason in zip(codes, reasons, strict=True):
        if code != "None":
            raise _named(code, str(reason.get("Message", "")))
    raise Transient("dynamodb: transaction cancelled without a reason; try again")


def _token(transaction: Transaction, items: list[dict[str, Any]]) -> str:
    """The same for the same commit tried again; another for the same message decided anew.

    DynamoDB refuses a token that comes back with other contents, and forgets it after ten minutes:
    the inbox mark is what holds, the token only makes a lost reply harmless.
    """
    content = json.dumps([transaction.id, items], separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:36]


def _condition(expect: int | None, now: int) -> dict[str, Any]:
    if expect is None:
        return {
            "ConditionExpression": _ABSENT,
            "ExpressionAttributeNames": {k: _NAMES[k] for k in ("#pk", "#expires")},
            "ExpressionAttributeValues": {":now": {"N": str(now)}},
        }
    return {
        "ConditionExpression": _CURRENT,
        "ExpressionAttributeNames": {k: _NAMES[k] for k in ("#version", "#expires")},
        "ExpressionAttributeValues": {":now": {"N": str(now)}, ":expect": {"N": str(expect)}},
    }


def _primary(key: Key) -> Attributes:
    return {PK: {"S": f"{key.tenant}#{key.collection}#{key.id}"}}


def _item(put: Put) -> Attributes:
    item = _primary(put.key)
    item[VERSION] = {"N": str(put.version)}
    item[BODY] = {"S": put.body}
    if put.expires is not None:
        item[EXPIRES] = {"N": str(put.expires)}
    if put.key.collection == OUTBOX:
        # The relay reads the stream; an index of everything pending would be one hot partition.
        item[COLLECTION] = {"S": OUTBOX}
        return item | _place_in_hour(put)
    for number, slot in enumerate(put.slots):
        if slot is not None:
            item |= _place_in(number, slot, put.key)
    return item


def _place_in(number: int, slot: Slot, key: Key) -> Attributes:
    index = INDEXES[number]
    shard = crc32(key.id.encode()) % slot.shards
    return {
        index.partition: {"S": _partition(key, number, slot.partition, shard)},
        index.sort: {"S": _order(number, slot.sort, key.id)},
    }


def _place_in_hour(put: Put) -> Attributes:
    # For the one reader of all tenants' outboxes; no tenant's name begins as these partitions do.
    moment = put.slots[1].sort if len(put.slots) > 1 and put.slots[1] is not None else ""
    index = INDEXES[1]
    shard = crc32(put.key.id.encode()) % OUTBOX_SHARDS
    return {
        index.partition: {"S": _hour_partition(moment[: len(_HOUR)], shard)},
        index.sort: {"S": _order(1, moment, f"{put.key.tenant}{_BELOW_ALL}{put.key.id}")},
    }


def _hour_partition(hour: str, shard: int) -> str:
    return f"{OUTBOX_PARTITIONS}{hour}#{shard}"


def _hours(since: datetime, until: datetime) -> Iterator[str]:
    moment = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while moment <= until:
        yield moment.isoformat()[: len(_HOUR)]
        moment += timedelta(hours=1)


def _partition(of: Key | Query, slot: int, partition: str, shard: int) -> str:
    return f"{of.tenant}#{of.collection}#{slot}#{partition}#{shard}"


def _order(slot: int, sort: str, id_: str) -> str:
    return id_ if slot == 0 else f"{sort}{_BELOW_ALL}{id_}"


def _between(
    table: str, index: SlotIndex, partition: str, bounds: tuple[str, str]
) -> dict[str, Any]:
    return {
        "TableName": table,
        "IndexName": index.name,
        "KeyConditionExpression": "#p = :p AND #s BETWEEN :low AND :high",
        "ExpressionAttributeNames": {"#p": index.partition, "#s": index.sort},
        "ExpressionAttributeValues": {
            ":p": {"S": partition},
            ":low": {"S": bounds[0]},
            ":high": {"S": bounds[1]},
        },
    }


def _bounds(query: Query) -> tuple[str, str] | None:
    """The lowest and highest index key of the page, both inclusive; None when nothing lies between.

    Ids hold no control characters, so a key followed by one is between that key and the next.
    """
    low = query.low or _BELOW_ALL
    # Above every key: U+10FFFF is the last code point, and no key starts with it twice.
    high = "\U0010ffff" * 2
    if query.high is not None:
        high = query.high if query.slot == 0 else query.high + _NEXT
    if query.after is not None:
        edge = _order(query.slot, query.after.sort, query.after.id)
        if query.descending:
            high = min(high, edge)
        else:
            low = max(low, edge + _BELOW_ALL)
    return (low, high) if low <= high else None


def _page_size(query: Query) -> int:
    # Shards share the items evenly: half as much again, and a few, mostly spares the second page.
    share = query.limit if query.shards == 1 else query.limit * 3 // (2 * query.shards)
    return min(share + 5, _PAGE * 5)


def _place(found: Found) -> Cursor:
    return found.cursor


def _found(query: Query, item: Attributes) -> Found:
    id_ = item[PK]["S"].split("#", 2)[2]
    sort = "" if query.slot == 0 else item[INDEXES[query.slot].sort]["S"].partition(_BELOW_ALL)[0]
    key = Key(query.table, query.tenant, query.collection, id_)
    return Found(_record(key, item), Cursor(sort, id_))


def _record(key: Key, item: Attributes) -> Record:
    expires = int(item[EXPIRES]["N"]) if EXPIRES in item else None
    return Record(key, int(item[VERSION]["N"]), item[BODY]["S"], expires)


def _expired(item: Attributes, now: int) -> bool:
    return EXPIRES in item and int(item[EXPIRES]["N"]) <= now
