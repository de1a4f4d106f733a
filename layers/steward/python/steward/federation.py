"""Tokens by which other clouds know Steward: one key signs them, and each speaks for one claim alone.

Whoever trusts a subject trusts one tenant's claim: it holds the tenant's name and the claim's external id,
which Steward makes and nobody chooses. Entra takes RS256 alone, Google Cloud subjects of 127 bytes at most.

Sources: Microsoft Entra, "Important considerations for federated identity credentials"; Google Cloud IAM,
"Configure Workload Identity Federation", attribute mappings.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from steward.errors import BadInput
from steward.signing import PublicKey, Signer

KEY: Final = "federation"
"""The signing key's name in the manifests."""
ALGORITHM: Final = "RS256"
LIFE: Final = timedelta(minutes=5)
SUBJECT_BYTES: Final = 127


def subject_of(tenant: str, external_id: str) -> str:
    """Whom a token speaks for: one claim of one tenant.

    Raises:
        BadInput: longer than Google Cloud takes.
    """
    subject = f"steward:{tenant}:{external_id}"
    if len(subject.encode()) > SUBJECT_BYTES:
        raise BadInput(
            f"subject {subject[:160]!r}: longer than {SUBJECT_BYTES} bytes; use a shorter tenant name"
        )
    return subject


def assertion(  # what a token says, one each
    signer: Signer, *, issuer: str, subject: str, audience: str, id_: str, now: datetime
) -> str:
    """A token for one audience, good for a few minutes.

    Raises:
        NotGranted: the function may not sign.
        Transient: the key is out of reach.
    """
    issued = int(now.timestamp())
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "jti": id_,
        "iat": issued,
        "nbf": issued,
        "exp": issued + int(LIFE.total_seconds()),
    }
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": signer.public_key().id}
    text = f"{_part(header)}.{_part(claims)}"
    return f"{text}.{_base64(bytes.fromhex(signer.sign(text.encode()).value))}"


def jwk_of(key: PublicKey) -> dict[str, str]:
    """The public key as a key set shows it.

    Raises:
        BadInput: no RSA key.
    """
    loaded = load_pem_public_key(key.pem.encode())
    if not isinstance(loaded, RSAPublicKey):
        raise BadInput(
            f"signing key {KEY!r}: is {key.algorithm}, which Entra does not take; use RSA"
        )
    numbers = loaded.public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": ALGORITHM,
        "kid": key.id,
        "n": _base64(_bytes(numbers.n)),
        "e": _base64(_bytes(numbers.e)),
    }


def _part(members: Mapping[str, Any]) -> str:
    return _base64(json.dumps(members, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
