"""Signing keys and signatures: EdDSA by default, RS256 for whoever cannot verify that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from functions.identity.model.signer import KeyPair, Signer, secret_name
from steward.secrets import Secrets

_RSA_BITS = 3072


class Forge:
    """Makes keys; a key's id is its thumbprint (RFC 7638)."""

    def forge(self, algorithm: str) -> KeyPair:
        """A fresh key."""
        shown: Mapping[str, Any]
        key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
        if algorithm == "RS256":
            key = rsa.generate_private_key(65537, _RSA_BITS)
            shown = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        else:
            key = ed25519.Ed25519PrivateKey.generate()
            shown = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        public: dict[str, Any] = {
            name: shown[name] for name in ("crv", "e", "kty", "n", "x") if name in shown
        }
        kid = _thumbprint(public)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        return KeyPair(kid, {**public, "kid": kid, "alg": algorithm, "use": "sig"}, pem)


class Stamps:
    """Signs by the private halves in the secrets."""

    def __init__(self, vault: Secrets) -> None:
        self._vault = vault

    def sign(self, signer: Signer, claims: Mapping[str, Any], *, typ: str) -> str:
        """The token."""
        key = _loaded(self._vault.get(secret_name(signer.kid)))
        headers = {"kid": signer.kid, "typ": typ}
        return jwt.encode(dict(claims), key, algorithm=signer.algorithm, headers=headers)


@lru_cache(maxsize=4)
def _loaded(pem: str) -> Any:
    return serialization.load_pem_private_key(pem.encode(), password=None)


def _thumbprint(public: Mapping[str, Any]) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(json.dumps(public, sort_keys=True, separators=(",", ":")).encode())
    return digest.finalize().hex()[:43]
