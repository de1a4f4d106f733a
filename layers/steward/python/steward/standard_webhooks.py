"""Standard Webhooks 1.0.0: signing what we send and verifying what we are sent.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from steward.errors import BadInput, Unauthenticated

TOLERANCE = timedelta(minutes=5)
HMAC, SIGNING, VERIFYING = "whsec_", "whsk_", "whpk_"
_SEED = 32
_SHORTEST_HMAC, _LONGEST_HMAC = 24, 64  # bytes, as the specification has it
_LONGEST_TIMESTAMP = 11  # beyond that datetime overflows
_MOST_SIGNATURES = 16  # an attacker's list must not make us compute for ever


class KeyPair(NamedTuple):
    """What the sender keeps and what it gives to the receiver; the same text for HMAC."""

    signing: str
    verifying: str


def new_hmac_key() -> KeyPair:
    """A fresh shared secret, ``whsec_``."""
    key = HMAC + _encode(secrets.token_bytes(_SEED))
    return KeyPair(key, key)


def new_ed25519_key() -> KeyPair:
    """A fresh key pair, ``whsk_`` and ``whpk_``."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return KeyPair(
        SIGNING + _encode(private.private_bytes_raw() + public), VERIFYING + _encode(public)
    )


def sign(body: bytes, *, message_id: str, at: datetime, keys: Iterable[str]) -> dict[str, str]:
    """The three headers; one signature per key, so that a receiver may hold the old or the new one.

    Raises:
        BadInput: a key of a kind that cannot sign, or an id that would blur the signed text.
    """
    if not message_id or "." in message_id:
        raise BadInput(f"webhook id {message_id[:60]!r}: use a non-empty id without a dot")
    timestamp = str(int(at.timestamp()))
    content = _content(message_id, timestamp, body)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(content, key) for key in keys),
    }


def verify(body: bytes, *, headers: Mapping[str, str], keys: Iterable[str], now: datetime) -> str:
    """The id of a message that is signed by one of the keys; header names in lower case.

    Raises:
        Unauthenticated: a header is missing or malformed, too old or new, or no signature holds.
    """
    message_id = _header(headers, "webhook-id")
    timestamp = _header(headers, "webhook-timestamp")
    _check_age(timestamp, now)
    offered = _header(headers, "webhook-signature").split(" ")[:_MOST_SIGNATURES]
    content = _content(message_id, timestamp, body)
    # Every pair is compared, so that the time taken does not tell which one held.
    held = [_holds(content, offer, key) for key in tuple(keys) for offer in offered]
    if not any(held):
        raise Unauthenticated("webhook-signature: none of them is by a key of this source")
    return message_id


def check_key(key: str) -> None:
    """Refuse a key that is not of a known kind and size.

    Raises:
        BadInput: it is not; the message does not show it.
    """
    kind = key.partition("_")[0] + "_"
    sizes = {
        HMAC: range(_SHORTEST_HMAC, _LONGEST_HMAC + 1),
        SIGNING: (_SEED, 2 * _SEED),
        VERIFYING: (_SEED,),
    }
    if kind not in sizes:
        raise BadInput("webhook key: starts with none of whsec_, whsk_ and whpk_")
    if len(_decode(key)) not in sizes[kind]:
        raise BadInput(
            f"webhook key {kind}...: {len(_decode(key))} bytes; use 24 to 64 for whsec_, "
            "32 or 64 for whsk_, 32 for whpk_"
        )


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return b".".join((message_id.encode(), timestamp.encode(), body))


def _signature(content: bytes, key: str) -> str:
    check_key(key)
    if key.startswith(HMAC):
        return "v1," + _encode(hmac.digest(_decode(key), content, hashlib.sha256))
    if key.startswith(SIGNING):
        private = Ed25519PrivateKey.from_private_bytes(_decode(key)[:_SEED])
        return "v1a," + _encode(private.sign(content))
    raise BadInput("webhook key whpk_...: verifies only; sign with whsec_ or whsk_")


def _holds(content: bytes, offered: str, key: str) -> bool:
    version, _, signature = offered.partition(",")
    if key.startswith(HMAC) and version == "v1":
        return hmac.compare_digest(_signature(content, key).encode(), offered.encode())
    if key.startswith(VERIFYING) and version == "v1a":
        return _is_by(content, signature, key)
    return False


def _is_by(content: bytes, signature: str, key: str) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(_decode(key)).verify(raw, content)
    except (InvalidSignature, ValueError):
        return False
    # One spelling per signature: base64 has unused bits that decoders ignore.
    return _encode(raw) == signature


def _check_age(timestamp: str, now: datetime) -> None:
    # int() would also take signs, spaces, underscores and other scripts' digits.
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= _LONGEST_TIMESTAMP):
        raise Unauthenticated(f"webhook-timestamp {timestamp[:20]!r}: use whole Unix seconds")
    age = now - datetime.fromtimestamp(int(timestamp), UTC)
    if abs(age) > TOLERANCE:
        raise Unauthenticated(
            f"webhook-timestamp {timestamp}: {abs(age)} away from now; at most {TOLERANCE}"
        )


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise Unauthenticated(f"{name}: missing")
    return value


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(key: str) -> bytes:
    decode: Callable[..., bytes] = base64.b64decode
    try:
        return decode(key.partition("_")[2], validate=True)
    except binascii.Error as error:
        raise BadInput("webhook key: what follows the prefix is not base64") from error
