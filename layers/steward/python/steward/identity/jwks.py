"""The keys that issuers sign with: fetched, remembered for a while, and only those fit for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from steward.errors import StewardError, Transient
from steward.outbound import Outbound, allow_list

FRESH = timedelta(minutes=10)
AGAIN = timedelta(minutes=1)
"""How long after a fetch an unknown key id, or a failure, may lead to the next."""
STALE = timedelta(hours=24)
"""How long keys go on counting while their issuer does not answer."""
MIN_RSA_BITS = 2048
MAX_KEYS = 100
_ISSUERS = 256
# The type of key, and its curve, that each algorithm signs with.
_KINDS = {"RS256": ("RSA", None), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}

Verifying = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
Fetch = Callable[[str], bytes]


class NoKeys(Transient):
    """An issuer's keys could not be had, and none are remembered."""


class Held(NamedTuple):
    """An issuer's keys, when they were fetched, and when that was last tried."""

    keys: tuple[Mapping[str, Any], ...]
    fetched: datetime | None
    tried: datetime


def usable(jwk: Mapping[str, Any], alg: str) -> Verifying | None:
    """The key, if it may verify signatures of the algorithm; None when it may not.

    A key of another type, use or curve, or an RSA key below 2048 bits, is none.
    """
    kind, curve = _KINDS[alg]
    operations = jwk.get("key_ops")
    fit = (
        jwk.get("kty") == kind
        and jwk.get("crv") == curve
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", alg) == alg
        and (operations is None or (isinstance(operations, list) and "verify" in operations))
    )
    return _loaded(jwk, alg) if fit else None


def _loaded(jwk: Mapping[str, Any], alg: str) -> Verifying | None:
    # Only the public members: a set that shows private ones must not make us hold them.
    public = {name: jwk[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in jwk}
    try:
        key = PyJWK(public, algorithm=alg).key
    except (PyJWTError, ValueError, TypeError):
        return None
    if isinstance(key, RSAPublicKey):
        return key if key.key_size >= MIN_RSA_BITS else None
    return key if isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey) else None


@dataclass(slots=True)
class IssuerKeys:
    """The key sets of issuers, by their address."""

    fetch: Fetch
    _held: dict[str, Held] = field(default_factory=dict)

    def candidates(self, uri: str, kid: str, alg: str, *, now: datetime) -> tuple[Verifying, ...]:
        """The keys of that id which may verify the algorithm.

        Raises:
            NoKeys: the issuer does not answer, and its keys are not remembered or too old.
        """
        held = self._current(uri, now=now)
        found = _matching(held.keys, kid)
        if not found and now - held.tried >= AGAIN:
            found = _matching(self._fetched(uri, now=now).keys, kid)
        loaded = (usable(jwk, alg) for jwk in found)
        return tuple(key for key in loaded if key is not None)

    def _current(self, uri: str, *, now: datetime) -> Held:
        held = self._held.get(uri)
        if held is None:
            return self._fetched(uri, now=now)
        due = held.fetched is None or now - held.fetched >= FRESH
        if due and now - held.tried >= AGAIN:
            return self._fetched(uri, now=now)
        return self._counting(uri, held, now=now)

    def _fetched(self, uri: str, *, now: datetime) -> Held:
        try:
            keys = _keys(self.fetch(uri))
        except StewardError:
            before = self._held.get(uri, Held((), None, now))
            return self._counting(uri, self._hold(uri, before._replace(tried=now)), now=now)
        return self._hold(uri, Held(keys, now, now))

    def _counting(self, uri: str, held: Held, *, now: datetime) -> Held:
        if held.fetched is None or now - held.fetched > STALE:
            raise NoKeys(
                f"issuer keys {uri[:120]!r}: not to be had now; try again in a minute, or check "
                "the issuer's jwks_uri"
            )
        return held

    def _hold(self, uri: str, held: Held) -> Held:
        if len(self._held) >= _ISSUERS and uri not in self._held:
            self._held.clear()
        self._held[uri] = held
        return held


def _matching(keys: Iterable[Mapping[str, Any]], kid: str) -> list[Mapping[str, Any]]:
    return [jwk for jwk in keys if jwk.get("kid") == kid]


def _keys(body: bytes) -> tuple[Mapping[str, Any], ...]:
    try:
        keys = json.loads(body)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoKeys("issuer keys: the answer is no JWK set") from error
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise NoKeys(f"issuer keys: the answer is no JWK set of at most {MAX_KEYS} keys")
    return tuple(jwk for jwk in keys if isinstance(jwk, dict))


def issuer_outbound(allow: str) -> Outbound:
    """The way to issuers; ``allow`` names private ones as ``host:port``, separated by commas."""
    return Outbound(allow=allow_list(allow))


def over(outbound: Outbound) -> Fetch:
    """Fetch key sets by safe outbound HTTPS."""

    def fetch(uri: str) -> bytes:
        answer = outbound.get(uri, headers={"Accept": "application/json"})
        if not answer.ok:
            raise NoKeys(f"issuer keys {uri[:120]!r}: answered {answer.status}")
        return answer.body

    return fetch
