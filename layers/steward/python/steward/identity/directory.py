"""The directory: what the edge must know of every request, in the table that all functions read.

Under the system tenant: tenants, cloud accounts, issuers and the keys of Steward's own tokens. Under
each tenant: its principals, API keys, browser sessions, and its policies with its projects. No
names, e-mail addresses or credentials are here.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.errors import Unauthenticated
from steward.identity import Caller, Grant, Role
from steward.store.collection import Collection, Index

KEY_PREFIX = "stw_"
ACCESS_ID = "current"
MAX_TENANT = 63
"""Characters of a tenant's id."""
RETENTION = "retention"
"""The tenant's setting of days for each ``table.collection``."""


class Record(BaseModel):
    """What the directory keeps."""

    # Most functions meet one or two of the records: each is built when it is first met.
    model_config = ConfigDict(frozen=True, defer_build=True)


class Standing(StrEnum):
    """Whether a tenant or a principal is let in."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSING = "closing"
    DELETED = "deleted"


class Tenant(Record):
    """An organisation that Steward serves.

    ``settings`` are those the edge reads on each request, such as the tenant's rate limits.
    """

    id: str
    name: str = ""
    standing: Standing = Standing.ACTIVE
    created_at: AwareDatetime
    settings: Mapping[str, Any] = Field(default_factory=dict)


class Account(Record):
    """A cloud account, subscription or project, and the tenant its events belong to.

    ``verified_at`` is when that tenant last proved that it may enter it; None where it was taken at its word.
    """

    provider: str
    account: str
    tenant: str
    added_at: AwareDatetime
    added_by: str = ""
    verified_at: AwareDatetime | None = None

    @property
    def id(self) -> str:
        """Provider and account in one."""
        return account_id(self.provider, self.account)


class Principal(Record):
    """A user or service account as the edge knows it: what it holds, and since when its tokens count.

    ``grants`` are all that count: its own, and those of its ``groups``. ``elevated_until`` is the end
    of a break-glass. Tokens and sessions from before ``not_before`` are refused.
    """

    id: str
    standing: Standing = Standing.ACTIVE
    grants: tuple[Grant, ...] = ()
    groups: tuple[str, ...] = ()
    not_before: AwareDatetime | None = None
    elevated_until: AwareDatetime | None = None


class ApiKey(Record):
    """An API key: its hash, never itself.

    A key with an ``owner`` holds what that principal holds; one without holds ``role`` in the tenant.
    ``scopes`` limits either; an empty tuple is no limit. ``on_behalf_of`` is who borrows the owner's
    identity with it.
    """

    hash: str
    hint: str
    tenant: str
    role: Role
    name: str
    created_at: AwareDatetime
    created_by: str = ""
    owner: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
    replaces: str = ""
    on_behalf_of: str = ""


class BrowserSession(Record):
    """A signed-in browser: the hashes of its cookie and of its CSRF token.

    ``expires_at`` moves on with use, up to ``ends_at``.
    """

    hash: str
    csrf_hash: str
    principal: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    mfa: bool = False
    on_behalf_of: str = ""


class Policy(Record):
    """A tenant's own Cedar policy."""

    id: str
    text: str


class ProjectScope(Record):
    """What belongs to a project: accounts (``<provider>/<account>``) and tags, each enough alone."""

    id: str
    accounts: tuple[str, ...] = ()
    tags: Mapping[str, str] = Field(default_factory=dict)


class Access(Record):
    """A tenant's policies and projects, all in one: read once, compiled once per version."""

    id: str = ACCESS_ID
    version: int = 0
    policies: tuple[Policy, ...] = ()
    projects: tuple[ProjectScope, ...] = ()


class Issuer(Record):
    """An OpenID Connect issuer whose tokens a tenant accepts.

    The tenant is this record's, or the value of ``tenant_claim`` where one issuer serves several
    (only the operator may set that). ``group_grants`` gives grants by the values of ``groups_claim``.
    ``mfa_values`` are the ``amr`` or ``acr`` values that stand for a second factor.
    """

    id: str
    issuer: str
    audience: str
    tenant: str
    tenant_claim: str = ""
    jwks_uri: str
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    token_types: tuple[str, ...] = ("at+jwt", "jwt", "application/at+jwt")
    groups_claim: str = ""
    group_grants: Mapping[str, tuple[Grant, ...]] = Field(default_factory=dict)
    default_grants: tuple[Grant, ...] = ()
    mfa_values: tuple[str, ...] = ("mfa", "otp", "hwk")
    client_id: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    enabled: bool = True


class Link(Record):
    """An issuer's subject, and the principal it signs in as."""

    id: str
    principal: str


class Ended(Record):
    """A sign-in that was revoked, by the ``sid`` of its access tokens; kept until none of them lives."""

    sid: str
    until: AwareDatetime


class PublicKey(Record):
    """A public key of Steward's own tokens, as a JWK, the issuer it speaks as, and until when."""

    kid: str
    issuer: str
    jwk: Mapping[str, Any]
    created_at: AwareDatetime
    retires_at: AwareDatetime | None = None


TENANTS = Collection("tenants", Tenant, id=lambda tenant: tenant.id)
ACCOUNTS = Collection(
    "accounts",
    Account,
    id=lambda account: account.id,
    indexes=(Index("by_tenant", lambda account: account.tenant, lambda account: account.id),),
)
ISSUERS = Collection(
    "issuers",
    Issuer,
    id=lambda issuer: issuer.id,
    indexes=(Index("by_tenant", lambda issuer: issuer.tenant, lambda issuer: issuer.id),),
)
PUBLIC_KEYS = Collection("jwks", PublicKey, id=lambda key: key.kid)
PRINCIPALS = Collection("principals", Principal, id=lambda principal: principal.id)
KEYS = Collection(
    "keys",
    ApiKey,
    id=lambda key: key.hash,
    indexes=(
        Index("by_age", lambda _: "all", lambda key: key.created_at.isoformat()),
        Index("by_owner", lambda key: key.owner or None, lambda key: key.created_at.isoformat()),
        Index("by_id", lambda key: key.hash[:12]),
    ),
    secret=("hash",),
)
SESSIONS = Collection(
    "sessions",
    BrowserSession,
    id=lambda session: session.hash,
    indexes=(
        Index(
            "by_principal",
            lambda session: session.principal,
            lambda session: session.created_at.isoformat(),
        ),
    ),
    expires=lambda session: session.expires_at,
    secret=("hash", "csrf_hash"),
)
# The sign-in's own record says who revoked it, and why.
ENDED = Collection(
    "ended", Ended, id=lambda ended: ended.sid, expires=lambda ended: ended.until, audit="none"
)
ACCESS = Collection("access", Access, id=lambda access: access.id)
LINKS = Collection(
    "links",
    Link,
    id=lambda link: link.id,
    indexes=(Index("by_principal", lambda link: link.principal),),
)


def account_id(provider: str, account: str) -> str:
    """The directory's id of an account."""
    return f"{provider}/{account}"


def issuer_id(issuer: str, audience: str) -> str:
    """The directory's id of an issuer for one audience."""
    return hash_key(f"{issuer}\x1f{audience}")[:32]


def link_id(issuer: str, subject: str) -> str:
    """The directory's id of an issuer's subject."""
    return hash_key(f"{issuer}\x1f{subject}")[:32]


def hash_key(plaintext: str) -> str:
    """The SHA-256 of a key or cookie: its 256 random bits need no slow hash."""
    return hashlib.sha256(plaintext.encode()).hexdigest()


def new_secret(tenant: str) -> str:
    """Fresh random text that names the tenant it is to be looked up in."""
    return f"{tenant}.{secrets.token_urlsafe(32)}"


def tenant_in(secret: str) -> str | None:
    """The tenant that a secret of `new_secret` names; None when it is not one.

    Anybody can send any: what no tenant can be called is not looked up.
    """
    tenant, dot, rest = secret.partition(".")
    return tenant if dot and rest and len(tenant) <= MAX_TENANT else None


def new_key(*, tenant: str, role: Role, name: str, now: datetime) -> tuple[str, ApiKey]:
    """A fresh key: the plaintext to show once, and what is kept of it."""
    secret = new_secret(tenant)
    plaintext = KEY_PREFIX + secret
    kept = ApiKey(
        hash=hash_key(plaintext),
        hint=plaintext[: len(KEY_PREFIX) + len(tenant) + 5],
        tenant=tenant,
        role=role,
        name=name,
        created_at=now,
    )
    return plaintext, kept


def key_caller(key: ApiKey | None, owner: Principal | None, *, now: datetime) -> Caller:
    """The caller that a key stands for; ``owner`` is the principal that the key names.

    Raises:
        Unauthenticated: the key is unknown, revoked or expired, or its owner is let in no more.
    """
    if key is None:
        raise Unauthenticated("API key: not known here; create one with 'steward keys create'")
    if key.revoked_at is not None and key.revoked_at <= now:
        raise Unauthenticated(f"API key {key.hint}...: revoked at {key.revoked_at.isoformat()}")
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthenticated(f"API key {key.hint}...: expired at {key.expires_at.isoformat()}")
    scopes = frozenset(key.scopes) if key.scopes else None
    id_ = f"key:{key.hash[:12]}"
    if not key.owner:
        return Caller(id=id_, tenant=key.tenant, grants=(Grant(role=key.role),), scopes=scopes)
    # Breaking the glass lifts the person who does it, not every key that lies about.
    plain = None if owner is None else owner.model_copy(update={"elevated_until": None})
    held = admitted(plain, key.owner, now=now)
    return Caller(
        id=key.owner,
        tenant=key.tenant,
        grants=held.grants,
        groups=held.groups,
        scopes=scopes,
        session=id_,
        on_behalf_of=key.on_behalf_of,
        elevated=elevated(held, now=now),
    )


def admitted(principal: Principal | None, id_: str, *, now: datetime) -> Principal:
    """The principal with what it holds now, an open break-glass included.

    Raises:
        Unauthenticated: unknown, suspended or deleted.
    """
    if principal is None:
        raise Unauthenticated(f"{id_}: not known here; ask an admin of the tenant to invite you")
    if principal.standing is not Standing.ACTIVE:
        raise Unauthenticated(f"{id_}: {principal.standing.value}; ask an admin of the tenant")
    if elevated(principal, now=now):
        grants = (*principal.grants, Grant(role=Role.ADMIN))
        return principal.model_copy(update={"grants": grants})
    return principal


def lowered(caller: Caller) -> Caller:
    """The caller with what lasts: without an open break-glass."""
    if not caller.elevated:
        return caller
    # `admitted` puts the break-glass last.
    return replace(caller, grants=caller.grants[:-1], elevated=False)


def elevated(principal: Principal, *, now: datetime) -> bool:
    """Whether the principal has broken the glass."""
    return principal.elevated_until is not None and principal.elevated_until > now
