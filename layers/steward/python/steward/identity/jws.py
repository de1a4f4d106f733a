"""Signed tokens as text: the compact form of RFC 7515, read so strictly that it has one reading.

Nothing here says whether a token holds; `steward.identity.tokens` does.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from steward.errors import Unauthenticated

MAX_TOKEN = 8192
ALGORITHMS = ("RS256", "ES256", "EdDSA")
_PARTS = 3
_ENCRYPTED_PARTS = 5
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
# RFC 7515 4.1.11, RFC 7797, RFC 7516 and RFC 7519 5.2: what would change how the rest is read.
_REFUSED = ("crit", "b64", "enc", "zip", "cty")
_LATEST = 10**11
_AGAIN = "sign in again for a fresh one"

Moment = Annotated[int, Field(gt=0, lt=_LATEST)]
Name = Annotated[str, Field(min_length=1, max_length=2048)]


class Header(BaseModel):
    """What a token says of its own signature; ``jku``, ``x5u``, ``x5c`` and ``jwk`` are never read."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    alg: Annotated[str, Field(max_length=20)]
    kid: Annotated[str, Field(min_length=1, max_length=200)]
    typ: Annotated[str, Field(max_length=40)] = ""


class Claims(BaseModel):
    """The registered claims that every token must carry, and the others in ``model_extra``."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    iss: Name
    sub: Annotated[str, Field(min_length=1, max_length=255)]
    aud: Name | Annotated[list[Name], Field(min_length=1, max_length=10)]
    exp: Moment
    iat: Moment
    nbf: Moment | None = None

    @property
    def audiences(self) -> tuple[str, ...]:
        """Whom the token is for."""
        return (self.aud,) if isinstance(self.aud, str) else tuple(self.aud)

    def text(self, name: str) -> str:
        """A further claim as text; empty when it is missing or no text."""
        value = (self.model_extra or {}).get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A further claim as texts: a list of them, or one; empty when it is neither."""
        value = (self.model_extra or {}).get(name)
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        return ()

    def nested(self, name: str) -> Mapping[str, Any]:
        """A further claim that is an object; empty when it is none."""
        value = (self.model_extra or {}).get(name)
        return value if isinstance(value, dict) else {}


class Unverified(NamedTuple):
    """A token that is well formed; whether it holds is another question."""

    text: str
    header: Header
    claims: Claims


def refuse(why: str, *, remedy: str = _AGAIN) -> Unauthenticated:
    """The one error about a token: why it does not hold, and nothing of the token itself."""
    return Unauthenticated(f"token: {why}; {remedy}")


def read(token: str) -> Unverified:
    """The parts of a token.

    Raises:
        Unauthenticated: it is not one signed token in its canonical form.
    """
    if len(token) > MAX_TOKEN:
        raise refuse(f"{len(token)} characters; at most {MAX_TOKEN}")
    parts = token.split(".")
    if len(parts) == _ENCRYPTED_PARTS:
        raise refuse("is encrypted (JWE); only signed tokens are taken")
    if len(parts) != _PARTS:
        raise refuse(f"has {len(parts)} parts; a signed token has {_PARTS}")
    head, body, _ = (_bytes(part) for part in parts)
    header = _object(head, what="header")
    for name in _REFUSED:
        if name in header:
            raise refuse(f"header has {name!r}, which is not understood here")
    return Unverified(token, _header(header), _claims(_object(body, what="payload")))


def _bytes(segment: str) -> bytes:
    # Two spellings of one token would get past whatever remembers tokens by their text.
    if not _SEGMENT.fullmatch(segment):
        raise refuse("a part is empty or not base64url")
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError as error:
        raise refuse("a part is not base64url") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != segment:
        raise refuse("a part is not in its canonical base64url form")
    return raw


def _object(raw: bytes, *, what: str) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refuse(f"{what} is not JSON, or names a member twice") from error
    if not isinstance(value, dict):
        raise refuse(f"{what} is not a JSON object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _header(members: dict[str, Any]) -> Header:
    try:
        header = Header.model_validate(members)
    except ValidationError as error:
        raise refuse(f"header: {_faults(error)} missing or not of the right kind") from error
    if header.alg not in ALGORITHMS:
        raise refuse(f"alg {header.alg!a} is not one of {', '.join(ALGORITHMS)}")
    if not header.kid.isprintable():
        raise refuse("header: kid is not printable text")
    return header


def _claims(members: dict[str, Any]) -> Claims:
    try:
        return Claims.model_validate(members)
    except ValidationError as error:
        raise refuse(f"payload: {_faults(error)} missing or not of the right kind") from error


def _faults(error: ValidationError) -> str:
    # The names only: what stands in the token is never repeated.
    return ", ".join(dict.fromkeys(str(fault["loc"][0]) for fault in error.errors()))
