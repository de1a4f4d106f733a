"""Who a request comes from: an API key, a bearer token or a browser session, in that order."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from steward.errors import Denied, Unauthenticated
from steward.identity import Caller
from steward.identity.directory import (
    KEY_PREFIX,
    ApiKey,
    BrowserSession,
    Principal,
    Standing,
    Tenant,
    admitted,
    elevated,
    hash_key,
    key_caller,
    tenant_in,
)

COOKIE = "__Host-steward"
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOW = "send 'Authorization: Bearer <API key or token>', or sign in with 'steward login'"
MAX_CREDENTIAL = 8192


class Known(Protocol):
    """The directory, as far as signing in needs it."""

    def tenant(self, tenant: str) -> Tenant | None:
        """The tenant of that id."""
        ...

    def key(self, tenant: str, hash_: str) -> ApiKey | None:
        """The tenant's API key of that hash."""
        ...

    def session(self, tenant: str, hash_: str) -> BrowserSession | None:
        """The tenant's browser session of that hash."""
        ...

    def principal(self, tenant: str, id_: str) -> Principal | None:
        """The tenant's principal of that id."""
        ...


class Tokens(Protocol):
    """Whoever can tell a good bearer token from a bad one."""

    def caller(self, token: str, *, now: datetime) -> Caller:
        """The caller that the token stands for.

        Raises:
            Unauthenticated: the token does not hold.
        """
        ...


class Approach(NamedTuple):
    """A request, as far as it says who sends it; header names in lower case."""

    method: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    ip: str


def caller_of(approach: Approach, *, known: Known, tokens: Tokens, now: datetime) -> Caller:
    """Who sends the request, of a tenant that is served.

    Raises:
        Unauthenticated: no credential, or one that does not hold.
        Denied: the tenant is suspended or closed, or a browser's write lacks its CSRF token.
    """
    header = approach.headers.get("authorization", "")
    if header:
        caller = _bearer(header, known=known, tokens=tokens, now=now)
    elif COOKIE in approach.cookies:
        caller = _session(approach, known=known, now=now)
    else:
        raise Unauthenticated(f"Authorization: missing; {_HOW}")
    _served(known.tenant(caller.tenant), caller.tenant, approach.method)
    return Caller(
        id=caller.id,
        tenant=caller.tenant,
        grants=caller.grants,
        groups=caller.groups,
        scopes=caller.scopes,
        mfa=caller.mfa,
        ip=approach.ip,
        session=caller.session,
        on_behalf_of=caller.on_behalf_of,
        elevated=caller.elevated,
    )


def _bearer(header: str, *, known: Known, tokens: Tokens, now: datetime) -> Caller:
    scheme, _, credential = header.partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated(f"Authorization: not a bearer credential; {_HOW}")
    if len(credential) > MAX_CREDENTIAL or not credential.isascii():
        raise Unauthenticated(
            f"Authorization: {len(credential)} characters; at most {MAX_CREDENTIAL} of ASCII"
        )
    if not credential.startswith(KEY_PREFIX):
        return tokens.caller(credential, now=now)
    tenant = tenant_in(credential.removeprefix(KEY_PREFIX))
    key = known.key(tenant, hash_key(credential)) if tenant and _plain(tenant) else None
    if key is not None and key.tenant != tenant:
        raise Unauthenticated("API key: does not belong where it was found; issue another")
    owner = known.principal(key.tenant, key.owner) if key is not None and key.owner else None
    if key is not None and key.on_behalf_of:
        # A borrowed identity ends with the one who borrowed it.
        admitted(known.principal(key.tenant, key.on_behalf_of), key.on_behalf_of, now=now)
    return key_caller(key, owner, now=now)


def _session(approach: Approach, *, known: Known, now: datetime) -> Caller:
    cookie = approach.cookies[COOKIE]
    tenant = tenant_in(cookie)
    found = known.session(tenant, hash_key(cookie)) if tenant and _plain(tenant) else None
    if tenant is None or found is None or found.expires_at <= now:
        raise Unauthenticated("session: over or not known here; sign in again")
    principal = admitted(known.principal(tenant, found.principal), found.principal, now=now)
    if principal.not_before is not None and found.created_at < principal.not_before:
        raise Unauthenticated("session: ended by a sign-out everywhere; sign in again")
    if approach.method not in _SAFE:
        _check_csrf(approach.headers.get(CSRF_HEADER, ""), found)
    return Caller(
        id=found.principal,
        tenant=tenant,
        grants=principal.grants,
        groups=principal.groups,
        mfa=found.mfa,
        session=f"session:{found.hash[:12]}",
        on_behalf_of=found.on_behalf_of,
        elevated=elevated(principal, now=now),
    )


def _check_csrf(token: str, session: BrowserSession) -> None:
    if not hmac.compare_digest(hash_key(token), session.csrf_hash):
        raise Denied(
            "X-CSRF-Token: missing or not this session's; read it from /api/v1/identity/session"
        )


def _served(tenant: Tenant | None, id_: str, method: str) -> None:
    # A tenant without a record was never suspended: keys may come before it.
    if tenant is None or tenant.standing is Standing.ACTIVE:
        return
    # Until its erasure begins, a closing tenant's people may read, and fetch what was exported.
    if tenant.standing is not Standing.CLOSING or method not in _SAFE:
        raise Denied(f"tenant {id_!r}: {tenant.standing.value}; ask the operator of Steward")


def _plain(tenant: str) -> bool:
    return tenant.replace("-", "").isalnum() and tenant.isascii()
