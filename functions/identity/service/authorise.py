"""Codes: given to a client for whoever is signed in, and turned into tokens once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from functions.identity.model.oauth import (
    CODE_LIFE,
    Ask,
    Client,
    Code,
    Family,
    OAuthError,
    Refresh,
    SignedIn,
    built_in,
    narrowed,
    proves,
    redirects_to,
    tenant_of_client,
)
from functions.identity.ports import Mint, SignInDeps
from functions.identity.service.entrance import Visitor
from steward.errors import Unauthenticated
from steward.identity.directory import Ended, admitted, hash_key
from steward.identity.tokens import LEEWAY, MAX_LIFETIME


def code_for(ask: Ask, visitor: Visitor, *, deps: SignInDeps, mint: Mint) -> str:
    """A code for the client, for whom the browser is signed in as.

    Raises:
        OAuthError: the client is another tenant's, or the identity is borrowed.
    """
    session = visitor.session
    # Who registers a client says where its codes go: it gets those of their own tenant alone.
    if tenant_of_client(ask.client.id) not in (None, deps.tenant):
        raise OAuthError("access_denied", "the client is of another organisation than you")
    if session.on_behalf_of:
        raise OAuthError("access_denied", "an impersonated session hands out no tokens")
    code = f"{deps.tenant}.{mint.secret()}"
    who = SignedIn(
        principal=session.principal,
        client=ask.client.id,
        scope=ask.scope,
        mfa=session.mfa,
        auth_time=session.created_at,
    )
    deps.books.codes.add(
        Code(
            id=hash_key(code),
            who=who,
            redirect_uri=ask.redirect_uri,
            challenge=ask.challenge,
            nonce=ask.nonce,
            expires_at=deps.now + CODE_LIFE,
        )
    )
    return code


class Redeemed(NamedTuple):
    """Who a code or refresh token was for, the next refresh token, and the nonce of a code."""

    family: Family
    refresh: str
    nonce: str
    scope: str


Outcome = Redeemed | OAuthError
"""An error is given back, not raised: what it made us revoke must be committed."""


def redeem(
    members: Mapping[str, str], client: str, *, deps: SignInDeps, mint: Mint, life: timedelta
) -> Outcome:
    """The tokens for a code; one that comes again revokes what it led to before."""
    known = deps.books.codes.get(hash_key(members.get("code", "")))
    if known is None or known.who.client != client:
        return OAuthError("invalid_grant", "code: unknown, expired, or another client's")
    if known.family:
        revoke(known.family, "its code was used twice", deps=deps)
        return OAuthError("invalid_grant", "code: was used before; all its tokens are revoked")
    fault = _fault(known, members, deps)
    family = _family(known.who, deps, mint, life) if fault is None else None
    deps.books.codes.put(known.model_copy(update={"family": family.id if family else "burnt"}))
    if family is None:
        return OAuthError("invalid_grant", str(fault))
    refresh = _refresh(family, deps, mint)
    return Redeemed(family, refresh, known.nonce, known.who.scope)


def begin_family(who: SignedIn, *, deps: SignInDeps, mint: Mint, life: timedelta) -> Redeemed:
    """The first tokens of a sign-in that needed no code."""
    family = _family(who, deps, mint, life)
    return Redeemed(family, _refresh(family, deps, mint), "", who.scope)


def refreshed(
    members: Mapping[str, str], client: str, *, deps: SignInDeps, mint: Mint, life: timedelta
) -> Outcome:
    """The next tokens for a refresh token; one that was used before ends its whole family."""
    known = deps.books.refreshes.get(hash_key(members.get("refresh_token", "")))
    family = deps.books.families.get(known.family) if known else None
    if known is None or family is None or family.who.client != client:
        return OAuthError("invalid_grant", "refresh_token: unknown, expired or another client's")
    if family.revoked_at is not None:
        return OAuthError("invalid_grant", f"refresh_token: revoked ({family.why}); sign in again")
    if known.used_at is not None:
        revoke(family.id, "a refresh token was used twice", deps=deps)
        return OAuthError(
            "invalid_grant",
            "refresh_token: was used before; all its tokens are revoked, sign in again",
        )
    if known.expires_at <= deps.now:
        return OAuthError("invalid_grant", "refresh_token: expired; sign in again")
    fault = fault_of(family.who, deps)
    if fault is not None:
        return OAuthError("invalid_grant", fault)
    scope = narrowed(family.who.scope, members.get("scope"))
    deps.books.refreshes.put(known.model_copy(update={"used_at": deps.now}))
    longer = family.model_copy(update={"expires_at": deps.now + life})
    deps.books.families.put(longer)
    return Redeemed(longer, _refresh(longer, deps, mint), "", scope)


def revoke(family_id: str, why: str, *, deps: SignInDeps) -> None:
    """End a family and the access tokens that came of it; one that has ended is no error."""
    family = deps.books.families.get(family_id)
    if family is not None and family.revoked_at is None:
        ended = {"revoked_at": deps.now, "why": why}
        deps.books.families.put(family.model_copy(update=ended))
        deps.register.ended.put(Ended(sid=family.id, until=deps.now + MAX_LIFETIME + LEEWAY))


def revoke_token(token: str, client: str, *, deps: SignInDeps) -> None:
    """End the family of a refresh token; one that is unknown is no error (RFC 7009 2.2)."""
    known = deps.books.refreshes.get(hash_key(token))
    family = deps.books.families.get(known.family) if known else None
    if family is not None and family.who.client == client:
        revoke(family.id, "by its owner", deps=deps)


def client_of(id_: str, issuer: str, *, deps: SignInDeps | None) -> Client | None:
    """The client of that id; ``deps`` of the tenant that its id names."""
    return built_in(issuer).get(id_) or (deps.books.clients.get(id_) if deps else None)


def home_of_client(id_: str) -> str | None:
    """The tenant to look a client up in; None for those that every installation has."""
    return tenant_of_client(id_)


def check_place(client: Client | None, members: Mapping[str, str]) -> Client:
    """The client, if the redirect URI is its own: nothing is sent anywhere before that is known.

    Raises:
        OAuthError: no such client, or not its redirect URI.
    """
    if client is None:
        raise OAuthError("invalid_client", "client_id: unknown; register the client first")
    if not redirects_to(client, members.get("redirect_uri", "")):
        raise OAuthError("invalid_request", f"redirect_uri: is not registered for {client.id}")
    return client


def fault_of(who: SignedIn, deps: SignInDeps) -> str | None:
    """Why a sign-in counts no more; None when it does."""
    try:
        known = admitted(deps.register.principals.get(who.principal), who.principal, now=deps.now)
    except Unauthenticated as error:
        return str(error)
    if known.not_before is not None and who.auth_time < known.not_before:
        return "ended by a sign-out everywhere; sign in again"
    return None


def _fault(code: Code, members: Mapping[str, str], deps: SignInDeps) -> str | None:
    if code.expires_at <= deps.now:
        return "code: expired; sign in again"
    if members.get("redirect_uri") != code.redirect_uri:
        return "redirect_uri: is not the one that the code was given to"
    if not proves(members.get("code_verifier", ""), code.challenge):
        return "code_verifier: does not fit the challenge"
    return fault_of(code.who, deps)


def _family(who: SignedIn, deps: SignInDeps, mint: Mint, life: timedelta) -> Family:
    family = Family(id=mint.secret()[:22], who=who, created_at=deps.now, expires_at=deps.now + life)
    deps.books.families.add(family)
    return family


def _refresh(family: Family, deps: SignInDeps, mint: Mint) -> str:
    token = f"{deps.tenant}.{mint.secret()}"
    deps.books.refreshes.add(
        Refresh(id=hash_key(token), family=family.id, expires_at=family.expires_at)
    )
    return token
