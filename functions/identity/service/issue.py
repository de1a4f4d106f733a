"""Tokens, put together: what they say of whom, for how long, signed as by RFC 9068 and OpenID Connect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from functions.identity.model.oauth import SignedIn
from functions.identity.service.authorise import Redeemed

BEARER = "Bearer"

Signed = Callable[[Mapping[str, Any], str], str]


class Issuer(NamedTuple):
    """Who issues, and how: ``sign`` takes claims and a type."""

    url: str
    audience: str
    life: timedelta
    sign: Signed
    new_id: Callable[[], str]
    now: datetime


class Subject(NamedTuple):
    """Whom an access token is about."""

    tenant: str
    who: SignedIn
    scope: str
    family: str = ""


def tokens(redeemed: Redeemed, tenant: str, *, issuer: Issuer) -> dict[str, Any]:
    """The answer of the token endpoint for somebody who signed in."""
    subject = Subject(tenant, redeemed.family.who, redeemed.scope, redeemed.family.id)
    answer = {**access(subject, issuer=issuer), "refresh_token": redeemed.refresh}
    if "openid" in redeemed.scope.split():
        answer["id_token"] = id_token(subject, redeemed.nonce, issuer=issuer)
    return answer


def access(subject: Subject, *, issuer: Issuer) -> dict[str, Any]:
    """An access token, as the token endpoint answers it."""
    who = subject.who
    claims = _claims(subject, issuer) | {
        "aud": issuer.audience,
        "client_id": who.client,
        "scope": subject.scope,
        "jti": issuer.new_id(),
        "tenant": subject.tenant,
    }
    if subject.family:
        claims["sid"] = subject.family
    return {
        "access_token": issuer.sign(claims, "at+jwt"),
        "token_type": BEARER,
        "expires_in": int(issuer.life.total_seconds()),
        "scope": subject.scope,
    }


def id_token(subject: Subject, nonce: str, *, issuer: Issuer) -> str:
    """Who signed in, for the client: no names; those are at the userinfo endpoint."""
    claims = _claims(subject, issuer) | {"aud": subject.who.client}
    return issuer.sign(claims | ({"nonce": nonce} if nonce else {}), "JWT")


def _claims(subject: Subject, issuer: Issuer) -> dict[str, Any]:
    now = int(issuer.now.timestamp())
    return {
        "iss": issuer.url,
        "sub": subject.who.principal,
        "iat": now,
        "exp": now + int(issuer.life.total_seconds()),
        "auth_time": int(subject.who.auth_time.timestamp()),
        "amr": ["pwd", "mfa"] if subject.who.mfa else ["pwd"],
    }
