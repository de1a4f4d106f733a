"""The directory: which tenant a cloud account belongs to, and which API keys hold.

It lives in the system tenant's ``directory`` table, which every function may read.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.errors import Denied, Unauthenticated
from steward.store.collection import Collection, Index

SYSTEM = "system"
"""The tenant of what belongs to no tenant: the directory and events nobody has claimed."""
DEFAULT_TENANT = "default"
KEY_PREFIX = "stw_"


class Role(StrEnum):
    """What a caller may do: a viewer sees, an admin does everything."""

    VIEWER = "viewer"
    ADMIN = "admin"


class Account(BaseModel):
    """A cloud account, subscription or project, and the tenant its events belong to."""

    model_config = ConfigDict(frozen=True)

    provider: str
    account: str
    tenant: str
    added_at: AwareDatetime
    added_by: str = ""

    @property
    def id(self) -> str:
        """Provider and account in one."""
        return account_id(self.provider, self.account)


class ApiKey(BaseModel):
    """An API key: its hash, never itself."""

    model_config = ConfigDict(frozen=True)

    hash: str
    hint: str
    tenant: str
    role: Role
    name: str
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None


ACCOUNTS = Collection(
    "accounts",
    Account,
    id=lambda account: account.id,
    indexes=(Index("by_tenant", lambda account: account.tenant, lambda account: account.id),),
)
KEYS = Collection(
    "keys",
    ApiKey,
    id=lambda key: key.hash,
    indexes=(Index("by_tenant", lambda key: key.tenant, lambda key: key.created_at.isoformat()),),
)


class Caller(NamedTuple):
    """Who asks: an id for the audit trail, the tenant and the role."""

    id: str
    tenant: str
    role: Role

    def require(self, permission: str) -> None:
        """Let the permission ``<noun>:<verb>`` pass or refuse it.

        Raises:
            Denied: the role does not carry it.
        """
        if self.role is Role.ADMIN or permission.endswith(":view"):
            return
        raise Denied(f"role {self.role.value!r}: lacks {permission!r}; ask for a key of role 'admin'")


def account_id(provider: str, account: str) -> str:
    """The directory's id of an account."""
    return f"{provider}/{account}"


def hash_key(plaintext: str) -> str:
    """The SHA-256 of a key: its 256 random bits need no slow hash."""
    return hashlib.sha256(plaintext.encode()).hexdigest()


def new_key(*, tenant: str, role: Role, name: str, now: datetime) -> tuple[str, ApiKey]:
    """A fresh key: the plaintext to show once, and what is kept of it."""
    plaintext = KEY_PREFIX + secrets.token_urlsafe(32)
    kept = ApiKey(
        hash=hash_key(plaintext),
        hint=plaintext[:8],
        tenant=tenant,
        role=role,
        name=name,
        created_at=now,
    )
    return plaintext, kept


def caller_of(key: ApiKey | None, *, now: datetime) -> Caller:
    """The caller that a key stands for.

    Raises:
        Unauthenticated: unknown, revoked or expired.
    """
    if key is None:
        raise Unauthenticated("API key: not known here; create one with 'steward keys create'")
    if key.revoked_at is not None and key.revoked_at <= now:
        raise Unauthenticated(f"API key {key.hint}...: revoked at {key.revoked_at.isoformat()}")
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthenticated(f"API key {key.hint}...: expired at {key.expires_at.isoformat()}")
    return Caller(f"key:{key.hash[:12]}", key.tenant, key.role)
