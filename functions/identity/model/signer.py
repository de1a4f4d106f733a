"""The key that Steward signs its own tokens with, and when the next one is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.identity.directory import PublicKey
from steward.store.collection import Collection

CURRENT = "current"
OVERLAP = timedelta(days=2)
"""How long a key verifies after its last signature: the longest token lives a day."""


class Signer(BaseModel):
    """Which key signs; its private half is a secret by the key's id."""

    model_config = ConfigDict(frozen=True)

    id: str = CURRENT
    kid: str
    issuer: str
    algorithm: str
    since: AwareDatetime

    def fits(self, issuer: str, algorithm: str, *, now: datetime, rotate: timedelta) -> bool:
        """Whether it may go on signing for the issuer."""
        young = now - self.since < rotate
        return young and (self.issuer, self.algorithm) == (issuer, algorithm)


class KeyPair(NamedTuple):
    """A fresh key: its public half as a JWK, its private half as PEM."""

    kid: str
    jwk: dict[str, Any]
    pem: str


SIGNERS = Collection("signers", Signer, id=lambda signer: signer.id)


def secret_name(kid: str) -> str:
    """The name of a key's private half."""
    return f"signing-keys/{kid}"


def shown(pair: KeyPair, issuer: str, *, now: datetime) -> PublicKey:
    """The public half as the directory has it."""
    return PublicKey(kid=pair.kid, issuer=issuer, jwk=pair.jwk, created_at=now)
