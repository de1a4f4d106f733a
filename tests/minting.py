"""Tokens, good and forged: keys of every kind, and JWS put together by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm, get_default_algorithms

from steward.identity.jwks import IssuerKeys

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Signer:
    """A key pair under an id."""

    kid: str
    alg: str
    key: Private

    @property
    def jwk(self) -> dict[str, Any]:
        shown = _SHOWN[self.alg](self.key.public_key(), as_dict=True)
        return {**shown, "kid": self.kid, "alg": self.alg, "use": "sig"}

    def sign(self, claims: Mapping[str, Any] | bytes, **header: Any) -> str:
        """A token; a header of None leaves the name out, and claims may be raw bytes."""
        full = {"alg": self.alg, "kid": self.kid, "typ": "at+jwt", **header}
        head = {name: value for name, value in full.items() if value is not None}
        body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        return self.seal(json.dumps(head).encode(), body)

    def seal(self, head: bytes, body: bytes) -> str:
        """A token of a header and a payload as they are."""
        signed = f"{b64(head)}.{b64(body)}"
        algorithm = get_default_algorithms()[self.alg]
        return f"{signed}.{b64(algorithm.sign(signed.encode(), self.key))}"


_SHOWN: dict[str, Any] = {
    "RS256": RSAAlgorithm.to_jwk,
    "ES256": ECAlgorithm.to_jwk,
    "ES384": ECAlgorithm.to_jwk,
    "EdDSA": OKPAlgorithm.to_jwk,
}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@cache
def rsa_key(bits: int = 2048, *, number: int = 0) -> rsa.RSAPrivateKey:
    del number
    return rsa.generate_private_key(65537, bits)


def eddsa(kid: str) -> Signer:
    return Signer(kid, "EdDSA", ed25519.Ed25519PrivateKey.generate())


def es256(kid: str) -> Signer:
    return Signer(kid, "ES256", ec.generate_private_key(ec.SECP256R1()))


def rs256(kid: str, *, number: int = 0) -> Signer:
    return Signer(kid, "RS256", rsa_key(number=number))


@dataclass
class FakeSets:
    """Key sets by address, as issuers would serve them; an address without one is out of reach."""

    sets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def fetch(self, uri: str) -> bytes:
        from steward.outbound import OutboundFailed

        self.fetched.append(uri)
        if uri not in self.sets:
            raise OutboundFailed(f"{uri}: not connected")
        return json.dumps({"keys": self.sets[uri]}).encode()

    def keys(self) -> IssuerKeys:
        return IssuerKeys(self.fetch)
