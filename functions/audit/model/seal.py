"""Personal data in the chain: sealed with a key of the person's own, so that losing the key loses it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.store.collection import Collection

ERASED: Final = "[erased]"
_NONCE: Final = 12
_KEY: Final = 32
_USER: Final = "user:"
_OF_REQUEST: Final = ("ip", "user_agent")

Random = Callable[[int], bytes]
"""So many random bytes."""


class Person(BaseModel):
    """A person's data key, wrapped by the master key; without one after the person was erased."""

    model_config = ConfigDict(frozen=True)

    id: str
    key: str | None
    created_at: AwareDatetime
    erased_at: AwareDatetime | None = None
    erasure_request: str = ""


# A key of the trail's own; what is written about a person's erasure stands where it was asked for.
PERSONS = Collection("persons", Person, id=lambda person: person.id, audit="none")


def master_key(secret: str) -> bytes:
    """The key that wraps the persons' keys, from the secret's text."""
    return HKDF(SHA256(), _KEY, salt=None, info=b"steward audit seal").derive(secret.encode())


def new_person(id_: str, *, tenant: str, master: bytes, random: Random, now: Any) -> Person:
    """A person with a fresh key."""
    nonce = random(_NONCE)
    wrapped = nonce + AESGCM(master).encrypt(nonce, random(_KEY), _whose(tenant, id_))
    return Person(id=id_, key=_text(wrapped), created_at=now)


def data_key(person: Person, *, tenant: str, master: bytes) -> bytes | None:
    """The person's key; None after the erasure.

    Raises:
        ValueError: the master key is not the one it was wrapped with.
    """
    if person.key is None:
        return None
    wrapped = base64.b64decode(person.key)
    try:
        return AESGCM(master).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _whose(tenant, person.id))
    except InvalidTag as error:
        raise ValueError(
            f"person {person.id}: the key does not open under this master key"
        ) from error


def personal(part: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """What of an audit part is personal: whose it is, the holder of the value, and its name there."""
    for entry in part["audit"]:
        for person, pointers in entry.pop("personal", {}).items():
            for pointer in pointers:
                holder, name = _find(entry, pointer)
                yield person, holder, name
    request = part.get("request") or {}
    # The address is that of who sat there, whoever's identity they had borrowed.
    actor = str(request.get("on_behalf_of") or part["actor"])
    if actor.startswith(_USER):
        yield from ((actor, request, name) for name in _OF_REQUEST if name in request)


def seal(value: Any, *, person: str, key: bytes | None, commit: str, random: Random) -> Any:
    """The value as only the holder of the person's key can read it."""
    if key is None:
        return ERASED
    nonce = random(_NONCE)
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    closed = AESGCM(key).encrypt(nonce, text, _about(person, commit))
    return {"sealed": person, "nonce": _text(nonce), "data": _text(closed)}


def opened(value: Any, *, commit: str, keys: Callable[[str], bytes | None]) -> Any:
    """The value with everything sealed in it opened, where the person still has a key."""
    if isinstance(value, list):
        return [opened(item, commit=commit, keys=keys) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"sealed", "nonce", "data"}:
        return _open(value, commit, keys)
    return {name: opened(item, commit=commit, keys=keys) for name, item in value.items()}


def _open(sealed: dict[str, str], commit: str, keys: Callable[[str], bytes | None]) -> Any:
    key = keys(sealed["sealed"])
    if key is None:
        return ERASED
    try:
        nonce, data = base64.b64decode(sealed["nonce"]), base64.b64decode(sealed["data"])
        return json.loads(AESGCM(key).decrypt(nonce, data, _about(sealed["sealed"], commit)))
    except (InvalidTag, ValueError):
        # Written to look sealed by whoever made the entity: there is nothing to open.
        return ERASED


def _find(entry: dict[str, Any], pointer: str) -> tuple[Any, Any]:
    *way, last = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    holder: Any = entry
    for step in way:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    return holder, int(last) if isinstance(holder, list) else last


def _whose(tenant: str, person: str) -> bytes:
    return f"{tenant}\x1f{person}".encode()


def _about(person: str, commit: str) -> bytes:
    return f"{person}\x1f{commit}".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
