"""DynamoDB's limits, enforced on every store before the call: what works embedded works in AWS.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from __future__ import annotations

import re

from steward.errors import Permanent, TooLarge
from steward.store.records import Key, Put, Transaction, Write

ITEMS = 100
ITEM_BYTES = 400 * 1024
TRANSACTION_BYTES = 4 * 1024 * 1024
STAGED = 90
"""Items one use case may stage; the rest of the hundred is for inbox, outbox and growth."""
ID_LENGTH = 512
NAME_LENGTH = 64
_NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{NAME_LENGTH - 1}}}")
"""No '#', which joins the parts of a key, and no '*' or '?', which a policy's pattern matches by."""
PARTITION_BYTES = 2048
SORT_BYTES = 1024
CLAIM_BYTES = 200 * 1024
"""A body above this travels through the object store (claim check)."""
_OVERHEAD = 100
"""Names of attributes, versions and expiry, rounded up."""


class KeyTwice(Permanent):
    """A transaction names one item more than once."""


class BadKey(Permanent):
    """A tenant, collection or id that a key cannot carry."""


def check(transaction: Transaction) -> None:
    """Refuse what no store may take.

    Raises:
        TooLarge: more than 100 items, an item above 400 KB, or above 4 MB in all.
        KeyTwice: one item twice.
        BadKey: a part of a key breaks its rule, or is too long for an index.
    """
    if len(transaction.writes) > ITEMS:
        raise TooLarge(
            f"transaction {transaction.id}: {len(transaction.writes)} items; at most {ITEMS} "
            "commit at once, so cut the work into continuation events"
        )
    _check_keys(transaction)
    total = 0
    for write in transaction.writes:
        _check_lengths(write)
        size = item_bytes(write)
        if size > ITEM_BYTES:
            raise TooLarge(
                f"item {_name(write.key)}: {size} bytes; at most {ITEM_BYTES}, "
                "so keep the large part in the object store"
            )
        total += size
    if total > TRANSACTION_BYTES:
        raise TooLarge(
            f"transaction {transaction.id}: {total} bytes; at most {TRANSACTION_BYTES}, "
            "so cut the work into continuation events"
        )


def item_bytes(write: Write) -> int:
    """The item's size as DynamoDB counts it, rounded up: UTF-8 bytes of its names and values."""
    size = _OVERHEAD + sum(len(part) for part in write.key) * 4
    if isinstance(write, Put):
        size += len(write.body) if write.body.isascii() else len(write.body.encode())
        for slot in write.slots:
            if slot is not None:
                size += 4 * (len(slot.partition) + len(slot.sort) + len(write.key.id)) + _OVERHEAD
    return size


def check_id(value: str, *, what: str) -> None:
    """Refuse an id that a key cannot carry.

    Raises:
        BadKey: empty, above 512 characters, or with a control character.
    """
    if not value or len(value) > ID_LENGTH:
        raise BadKey(f"{what} {value[:60]!r}: {len(value)} characters; use 1 to {ID_LENGTH}")
    if not value.isprintable():
        raise BadKey(f"{what} {value[:60]!r}: has a control character; use printable text")


def check_name(value: str, *, what: str) -> None:
    """Refuse a tenant or collection name that would blur the parts of a key.

    Raises:
        BadKey: not lower-case letters, digits, '-' and '_', or longer than 64.
    """
    if not _NAME.fullmatch(value):
        raise BadKey(
            f"{what} {value[:80]!r}: use 1 to {NAME_LENGTH} lower-case letters, digits, '-' and '_', "
            "a letter or digit first"
        )


def _check_keys(transaction: Transaction) -> None:
    seen: set[Key] = set()
    for write in transaction.writes:
        if write.key in seen:
            raise KeyTwice(
                f"transaction {transaction.id}: item {_name(write.key)} twice; stage one write"
            )
        if write.key.tenant != transaction.tenant:
            raise BadKey(
                f"item {_name(write.key)}: tenant {write.key.tenant!r} in a transaction of "
                f"{transaction.tenant!r}; a Work writes its own tenant's items only"
            )
        seen.add(write.key)


def _check_lengths(write: Write) -> None:
    key = write.key
    _check_key(key, "id", (key.tenant, key.collection, key.id), most=PARTITION_BYTES)
    if isinstance(write, Put):
        for slot in write.slots:
            if slot is not None:
                parts = (key.tenant, key.collection, slot.partition)
                _check_key(key, "index key", parts, most=PARTITION_BYTES)
                _check_key(key, "index sort value and id", (slot.sort, key.id), most=SORT_BYTES)


def _check_key(key: Key, what: str, parts: tuple[str, ...], *, most: int) -> None:
    # Parts are joined by separators and a shard number, for which 8 bytes stand aside.
    most -= 8
    text = "".join(parts)
    if "\x00" in text:
        raise BadKey(f"item {_name(key)}: its {what} holds a NUL; no store keeps one in a key")
    if len(text) * 4 > most and (size := len(text.encode())) > most:
        raise BadKey(f"item {_name(key)}: its {what} takes {size} bytes; at most {most}")


def _name(key: Key) -> str:
    return f"{key.table}/{key.collection}/{key.id[:80]}"
