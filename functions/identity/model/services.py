"""Service accounts: programs with grants of their own, and secrets for client credentials."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.identity import Grant
from steward.identity.directory import Standing, hash_key
from steward.store.collection import Collection, Index

MAX_SECRETS = 2
"""The one in use, and the one that takes its place."""


class ClientSecret(BaseModel):
    """A client secret: its hash, never itself. Its 256 random bits need no slow hash."""

    model_config = ConfigDict(frozen=True)

    hash: str
    hint: str
    created_at: AwareDatetime
    retires_at: AwareDatetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is still taken."""
        return self.retires_at is None or self.retires_at > now


class Service(BaseModel):
    """A program that signs in by client credentials; the id is ``service:<random>``."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    standing: Standing = Standing.ACTIVE
    grants: tuple[Grant, ...] = ()
    groups: tuple[str, ...] = ()
    secrets: tuple[ClientSecret, ...] = ()
    created_at: AwareDatetime
    created_by: str = ""

    def proves(self, secret: str, *, now: datetime) -> bool:
        """Whether the secret is one of its own that still holds."""
        given = hash_key(secret)
        matches = [hmac.compare_digest(given, kept.hash) for kept in self.live(now)]
        return self.standing is Standing.ACTIVE and any(matches)

    def live(self, now: datetime) -> tuple[ClientSecret, ...]:
        """The secrets that still hold, newest first."""
        return tuple(secret for secret in self.secrets if secret.holds(now))

    def rotated(self, fresh: ClientSecret, *, overlap: timedelta) -> Service:
        """The service with a new secret; the newest of the others holds until the overlap ends."""
        now = fresh.created_at
        end = now + overlap
        kept = [
            old.model_copy(update={"retires_at": min(end, old.retires_at or end)})
            for old in self.live(now)[: MAX_SECRETS - 1]
        ]
        return self.model_copy(update={"secrets": (fresh, *kept)})


class Forged(NamedTuple):
    """A secret to show once, and what is kept of it."""

    plaintext: str
    kept: ClientSecret


SERVICES = Collection(
    "services",
    Service,
    id=lambda service: service.id,
    indexes=(
        Index(
            "by_name",
            lambda service: None if service.standing is Standing.DELETED else "all",
            lambda service: service.name.casefold(),
        ),
    ),
    secret=("secrets.hash",),
)


def client_id(tenant: str, service: str) -> str:
    """What the service calls itself at the token endpoint: it names the tenant to look in."""
    return f"{tenant}.{service.removeprefix('service:')}"


def service_of(client: str) -> tuple[str, str] | None:
    """The tenant and the id of the service that a client id names; None when it is not one."""
    tenant, dot, name = client.partition(".")
    return (tenant, f"service:{name}") if tenant and dot and name.isalnum() else None


def new_client_secret(now: datetime) -> Forged:
    """A fresh secret."""
    plaintext = f"stc_{secrets.token_urlsafe(32)}"
    return Forged(
        plaintext, ClientSecret(hash=hash_key(plaintext), hint=plaintext[:8], created_at=now)
    )
