"""The directory: which tenant a cloud account belongs to, and which API keys hold.

It lives in the system tenant's ``directory`` table, which every function may read.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.errors import Unauthenticated
from steward.identity import Caller, Role
from steward.store.collection import Collection, Index

KEY_PREFIX = "stw_"


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
