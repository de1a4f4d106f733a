"""DynamoDB's three calls as the store makes them, in memory: what moto answers, a hundred times as fast.

moto copies all tables for every transaction, so that thousands of histories would take it days. What is
here is held against moto, call by call, by `Twin`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from steward.store.tables import EXPIRES, INDEXES, PK, VERSION

Item = dict[str, dict[str, str]]
_ABSENT = "attribute_not_exists(#pk) OR #expires <= :now"
_CURRENT = "#version = :expect AND (attribute_not_exists(#expires) OR #expires > :now)"
_BETWEEN = "#p = :p AND #s BETWEEN :low AND :high"
_SLOTS = {index.name: index for index in INDEXES}


class DynamoInMemory:
    """Tables that spring into being; any request that the store does not make is refused."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Item] = {}
        self._order: dict[tuple[str, str, str], list[tuple[bytes, str]]] = defaultdict(list)

    def get_item(self, **request: Any) -> dict[str, Any]:
        """Read one item."""
        item = self._items.get((request["TableName"], request["Key"][PK]["S"]))
        return {} if item is None else {"Item": dict(item)}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Write items whole or not at all."""
        writes = [next(iter(one.items())) for one in request["TransactItems"]]
        codes = ["None" if self._holds(write) else "ConditionalCheckFailed" for _, write in writes]
        if set(codes) != {"None"}:
            reasons = [{"Code": code} for code in codes]
            answer: Any = {"Error": {"Code": "Cancelled"}, "CancellationReasons": reasons}
            raise ClientError(answer, "TransactWriteItems")
        for kind, write in writes:
            if kind != "ConditionCheck":
                self._replace(write["TableName"], _primary(write), write.get("Item"))
        return {}

    def query(self, **request: Any) -> dict[str, Any]:
        """Read a page of one index partition."""
        assert request["KeyConditionExpression"] == _BETWEEN
        places = list(self._between(request))
        limit = request.get("Limit", len(places))
        table, index = request["TableName"], _SLOTS[request["IndexName"]]
        items = [dict(self._items[table, pk]) for _, pk in places[:limit]]
        if len(places) <= limit:
            return {"Items": items}
        last = {name: items[-1][name] for name in (PK, index.partition, index.sort)}
        return {"Items": items, "LastEvaluatedKey": last}

    def _between(self, request: Mapping[str, Any]) -> Iterator[tuple[bytes, str]]:
        values = {name: one["S"] for name, one in request["ExpressionAttributeValues"].items()}
        order = self._order[request["TableName"], request["IndexName"], values[":p"]]
        low = bisect_left(order, (values[":low"].encode(), ""))
        high = bisect_left(order, (values[":high"].encode() + b"\0", ""))
        found = order[low:high]
        last, index = request.get("ExclusiveStartKey"), _SLOTS[request["IndexName"]]
        at = None if last is None else (last[index.sort]["S"].encode(), last[PK]["S"])
        if not request.get("ScanIndexForward", True):
            return (one for one in reversed(found) if at is None or one < at)
        return (one for one in found if at is None or one > at)

    def _holds(self, write: Mapping[str, Any]) -> bool:
        item = self._items.get((write["TableName"], _primary(write)))
        values = {name: int(one["N"]) for name, one in write["ExpressionAttributeValues"].items()}
        expires = None if item is None or EXPIRES not in item else int(item[EXPIRES]["N"])
        over = expires is not None and expires <= values[":now"]
        if write["ConditionExpression"] == _ABSENT:
            return item is None or over
        assert write["ConditionExpression"] == _CURRENT
        return item is not None and int(item[VERSION]["N"]) == values[":expect"] and not over

    def _replace(self, table: str, pk: str, item: Item | None) -> None:
        before = self._items.pop((table, pk), None)
        for place, entry in _places(table, pk, before or {}):
            order = self._order[place]
            del order[bisect_left(order, entry)]
        if item is not None:
            self._items[table, pk] = dict(item)
            for place, entry in _places(table, pk, item):
                insort(self._order[place], entry)


class Twin:
    """moto and the memory asked alike: they have to answer alike."""

    def __init__(self, moto: Any, memory: DynamoInMemory) -> None:
        self._moto = moto
        self._memory = memory

    def get_item(self, **request: Any) -> dict[str, Any]:
        """Read one item."""
        return self._both("get_item", request)

    def query(self, **request: Any) -> dict[str, Any]:
        """Read a page of one index partition."""
        return self._both("query", request)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Write items whole or not at all."""
        return self._both("transact_write_items", request)

    def _both(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        theirs, refused = _asked(self._moto, name, request)
        ours, too = _asked(self._memory, name, request)
        assert _codes(refused) == _codes(too), (name, request)
        if refused is not None:
            raise refused
        for member in ("Item", "Items", "LastEvaluatedKey"):
            assert theirs.get(member) == ours.get(member), (name, request)
        return theirs


def _primary(write: Mapping[str, Any]) -> str:
    key: Item = write.get("Key") or write["Item"]
    return key[PK]["S"]


def _places(
    table: str, pk: str, item: Item
) -> Iterator[tuple[tuple[str, str, str], tuple[bytes, str]]]:
    for index in INDEXES:
        if index.partition in item and index.sort in item:
            place = (table, index.name, item[index.partition]["S"])
            yield place, (item[index.sort]["S"].encode(), pk)


def _asked(
    client: Any, name: str, request: dict[str, Any]
) -> tuple[dict[str, Any], ClientError | None]:
    try:
        answer: dict[str, Any] = getattr(client, name)(**request)
    except ClientError as error:
        return {}, error
    return answer, None


def _codes(error: ClientError | None) -> list[str] | None:
    if error is None:
        return None
    told: Any = error.response
    return [reason["Code"] for reason in told["CancellationReasons"]]
