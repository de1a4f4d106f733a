"""What the last sweep of a part saw: of each resource its id and a digest of what it was like.

A census is bytes: for each type its name and number, then an id and a digest for each resource. At 36
bytes each, a hundred thousand resources take 3.6 MB, are read in one go, and cost no model.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b32decode, b32encode
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import orjson

from functions.inventory.model.identity import UNIQUE_BY_ID, ResourceId
from functions.inventory.model.resource import Facts

ID_BYTES: Final = 20
HASH_BYTES: Final = 16
ENTRY_BYTES: Final = ID_BYTES + HASH_BYTES
_ID_PREFIX: Final = "res_"
_LINE = b"\n"
_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS

Seen: TypeAlias = dict[bytes, bytes]
"""Digest by id, both as raw bytes."""
Census: TypeAlias = dict[str, Seen]
"""What was seen, by type."""


def digest_of(facts: Facts) -> bytes:
    """What tells two states of a resource apart: BLAKE2b over its facts with sorted keys."""
    try:
        plain = orjson.dumps(vars(facts), _plain, _SORTED)
    except orjson.JSONEncodeError:
        plain = json.dumps(facts.document(), sort_keys=True).encode()
    return hashlib.blake2b(plain, digest_size=HASH_BYTES).digest()


def key_of(provider: str, account: str, region: str, type_name: str, native_id: str) -> bytes:
    """The bytes that `resource_id` writes in base 32, as a census keeps them."""
    if provider in UNIQUE_BY_ID:
        region = type_name = ""
    words = (provider, account, region, type_name, native_id)
    try:
        packed = orjson.dumps(words)
    except orjson.JSONEncodeError:
        packed = _tolerant(words)
    return hashlib.sha256(packed).digest()[:ID_BYTES]


def id_of(key: bytes) -> ResourceId:
    """The resource id that a census keeps as these bytes."""
    return ResourceId(_ID_PREFIX + b32encode(key).decode("ascii").lower())


def key_of_id(resource_id: str) -> bytes:
    """The bytes that a census keeps for a resource id."""
    return b32decode(resource_id.removeprefix(_ID_PREFIX).upper())


def encode(census: Census) -> bytes:
    """The census as bytes; the same content gives the same bytes."""
    parts: list[bytes] = []
    for type_name in sorted(census):
        seen = census[type_name]
        if seen:
            parts.append(f"{type_name} {len(seen)}\n".encode())
            parts.extend(key + seen[key] for key in sorted(seen))
    return b"".join(parts)


def decode(body: bytes) -> Census:
    """The census in these bytes."""
    census: Census = {}
    at = 0
    while at < len(body):
        end = body.index(_LINE, at)
        type_name, _, number = body[at:end].decode().rpartition(" ")
        at = end + 1
        end = at + int(number) * ENTRY_BYTES
        census.setdefault(type_name, {}).update(_entries(body[at:end]))
        at = end
    return census


def size(census: Census) -> int:
    """How many resources it knows."""
    return sum(len(seen) for seen in census.values())


def _entries(body: bytes) -> Iterable[tuple[bytes, bytes]]:
    return (
        (body[at : at + ID_BYTES], body[at + ID_BYTES : at + ENTRY_BYTES])
        for at in range(0, len(body), ENTRY_BYTES)
    )


def _tolerant(words: tuple[str, ...]) -> bytes:
    # Half a surrogate pair in a name: JSON as `resource_id` writes it, which orjson refuses.
    text = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    # Relations, and whatever else a model holds that JSON has no word for.
    return vars(value)
