"""Bearer tokens: the one place where JWTs are verified.

RFC 8725 (best practices), RFC 9068 (access tokens) and OpenID Connect Core are what the checks
follow. PyJWT checks the signature; on its own it would also take tokens that never expire, of any
issuer, of any type, so everything else is checked here.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

import jwt
from jwt.exceptions import PyJWTError
from jwt.types import Options

from steward.identity import Caller, Grant, permissions
from steward.identity.credentials import Known
from steward.identity.directory import (
    Issuer,
    Link,
    Principal,
    PublicKey,
    admitted,
    elevated,
    link_id,
)
from steward.identity.jwks import IssuerKeys, Verifying, usable
from steward.identity.jws import Claims, Unverified, read, refuse

LEEWAY = timedelta(seconds=60)
MAX_LIFETIME = timedelta(hours=24)
ACCESS_TOKEN = "at+jwt"  # noqa: S105  # the type that RFC 9068 gives access tokens
ID_TOKEN_TYPES = ("jwt", "")
EVERYTHING = "api"
"""The scope that limits a token to nothing less than what its subject holds."""
TENANT_CLAIM = "tenant"
_SIGNATURE_ONLY: Options = {
    "verify_aud": False,
    "verify_exp": False,
    "verify_iat": False,
    "verify_iss": False,
    "verify_nbf": False,
}
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")


class Directory(Known, Protocol):
    """What verifying takes from the directory, besides what all signing in takes."""

    def issuer(self, issuer: str, audience: str) -> Issuer | None:
        """The issuer, for one audience."""
        ...

    def public_key(self, kid: str) -> PublicKey | None:
        """The public key of Steward's own tokens of that id."""
        ...

    def ended(self, tenant: str, sid: str) -> bool:
        """Whether the tenant's sign-in was revoked."""
        ...

    def link(self, tenant: str, issuer: str, subject: str) -> Link | None:
        """Whom an issuer's subject signs in as."""
        ...


class Verifier(NamedTuple):
    """Verifies tokens by the keys and issuers that the directory knows."""

    known: Directory
    keys: IssuerKeys

    def caller(self, token: str, *, now: datetime) -> Caller:
        """The caller that the token stands for.

        Raises:
            Unauthenticated: the token does not hold.
            NoKeys: the keys of its issuer cannot be had.
        """
        given = read(token)
        own = self._own_key(given, now=now)
        if own is not None:
            return self._own(_own_token(given, own, now=now), now=now)
        issuer = self._issuer(given.claims)
        claims = self._external(given, issuer, types=issuer.token_types, now=now)
        return self._mapped(claims, issuer, now=now)

    def identity(self, token: str, *, issuer: Issuer, nonce: str, now: datetime) -> Claims:
        """What an id_token says of who signed in at the issuer, for the attempt with the nonce.

        Raises:
            Unauthenticated: the token does not hold.
            NoKeys: the keys of the issuer cannot be had.
        """
        given = read(token)
        if given.claims.iss != issuer.issuer or given.claims.audiences != (issuer.client_id,):
            raise refuse("is of another issuer, or for another client")
        claims = self._external(given, issuer, types=ID_TOKEN_TYPES, now=now)
        if not nonce or not hmac.compare_digest(claims.text("nonce").encode(), nonce.encode()):
            raise refuse("answers another sign-in (nonce)")
        return claims

    def workload(self, given: Unverified, *, issuer: Issuer, now: datetime) -> Claims:
        """What a program's token of the issuer says, when it is for that audience and no other.

        Raises:
            Unauthenticated: the token does not hold.
            NoKeys: the keys of the issuer cannot be had.
        """
        if given.claims.iss != issuer.issuer or given.claims.audiences != (issuer.audience,):
            raise refuse("is of another issuer, or for another audience")
        return self._external(given, issuer, types=issuer.token_types, now=now)

    def own(self, token: str, *, now: datetime) -> Claims:
        """The claims of one of Steward's own access tokens, whoever its subject is by now.

        Raises:
            Unauthenticated: the token does not hold, or another issued it.
        """
        given = read(token)
        key = self._own_key(given, now=now)
        if key is None:
            raise refuse("is none of Steward's own")
        return _own_token(given, key, now=now)

    def _own_key(self, given: Unverified, *, now: datetime) -> PublicKey | None:
        key = self.known.public_key(given.header.kid) if _plain(given.header.kid) else None
        if key is None or not key.issuer or key.issuer != given.claims.iss:
            return None
        if key.retires_at is not None and key.retires_at <= now:
            raise refuse("its key was rotated out")
        return key

    def _own(self, claims: Claims, *, now: datetime) -> Caller:
        tenant = _tenant(claims.text(TENANT_CLAIM))
        principal = admitted(self.known.principal(tenant, claims.sub), claims.sub, now=now)
        _check_recent(claims, principal)
        sid = claims.text("sid")
        if _plain(sid) and self.known.ended(tenant, sid):
            raise refuse("its sign-in was revoked")
        return Caller(
            id=claims.sub,
            tenant=tenant,
            grants=principal.grants,
            groups=principal.groups,
            scopes=_own_scopes(claims.text("scope")),
            mfa="mfa" in claims.texts("amr"),
            session=f"token:{(sid or claims.text('jti'))[:12]}",
            on_behalf_of=str(claims.nested("act").get("sub", "")),
            elevated=elevated(principal, now=now),
        )

    def _issuer(self, claims: Claims) -> Issuer:
        for audience in claims.audiences:
            issuer = self.known.issuer(claims.iss, audience)
            if issuer is not None and issuer.enabled:
                return issuer
        raise refuse(
            "no issuer and audience of that name is trusted here",
            remedy="sign in with 'steward login', or have an admin add the issuer",
        )

    def _external(
        self, given: Unverified, issuer: Issuer, *, types: Iterable[str], now: datetime
    ) -> Claims:
        _check_type(given, types)
        if given.header.alg not in issuer.algorithms:
            raise refuse(f"alg {given.header.alg!r} is not one that its issuer uses")
        found = self.keys.candidates(issuer.jwks_uri, given.header.kid, given.header.alg, now=now)
        _check_signature(given, found)
        _check_times(given.claims, now=now)
        return given.claims

    def _mapped(self, claims: Claims, issuer: Issuer, *, now: datetime) -> Caller:
        tenant = issuer.tenant
        if issuer.tenant_claim:
            tenant = _tenant(claims.text(issuer.tenant_claim))
        link = self.known.link(tenant, claims.iss, claims.sub)
        id_ = link.principal if link else f"user:{link_id(claims.iss, claims.sub)}"
        principal = self.known.principal(tenant, id_)
        if link is None:
            # By groups: what they give is counted by this very token.
            known = principal or Principal(id=id_)
            principal = known.model_copy(update={"grants": granted(claims, issuer)})
        held = admitted(principal, id_, now=now)
        _check_recent(claims, held)
        return Caller(
            id=id_,
            tenant=tenant,
            grants=held.grants,
            groups=held.groups,
            scopes=_scopes_within(claims.text("scope")),
            mfa=second_factor(claims, issuer),
            session=f"token:{claims.text('jti')[:12]}",
            elevated=elevated(held, now=now),
        )


def granted(claims: Claims, issuer: Issuer) -> tuple[Grant, ...]:
    """What an issuer's subject without a link holds, by its groups or by default.

    Raises:
        Unauthenticated: nothing.
    """
    groups = claims.texts(issuer.groups_claim) if issuer.groups_claim else ()
    held = [grant for group in groups for grant in issuer.group_grants.get(group, ())]
    grants = tuple(dict.fromkeys([*issuer.default_grants, *held]))
    if not grants:
        raise refuse(
            "its subject has no link and no group with a role here",
            remedy="have an admin invite you, or map one of your groups",
        )
    return grants


def second_factor(claims: Claims, issuer: Issuer) -> bool:
    """Whether the issuer says that a second factor was given."""
    said = {*claims.texts("amr"), *claims.texts("acr")}
    return not said.isdisjoint(issuer.mfa_values)


def audience_of(issuer: str) -> str:
    """The audience of Steward's own access tokens: its API."""
    return f"{issuer}/api/v1"


def _own_token(given: Unverified, key: PublicKey, *, now: datetime) -> Claims:
    _check_type(given, (ACCESS_TOKEN,))
    found = usable(key.jwk, given.header.alg)
    _check_signature(given, () if found is None else (found,))
    if given.claims.audiences != (audience_of(key.issuer),):
        raise refuse("is not for Steward's API (aud)")
    _check_times(given.claims, now=now)
    return given.claims


def _check_type(given: Unverified, types: Iterable[str]) -> None:
    # A token for another purpose must not pass for this one: RFC 8725 3.11.
    said = given.header.typ.lower().removeprefix("application/")
    if said not in {each.lower().removeprefix("application/") for each in types}:
        raise refuse(f"typ {given.header.typ!a} is not that of an access token")


def _check_signature(given: Unverified, keys: Iterable[Verifying]) -> None:
    for key in keys:
        try:
            # The times are checked against the clock that is passed in, the rest by who calls.
            jwt.decode(
                given.text,
                key,
                algorithms=[given.header.alg],
                options=_SIGNATURE_ONLY,
            )
        except (PyJWTError, ValueError):
            continue
        return
    raise refuse("no key of its issuer verifies the signature")


def _check_times(claims: Claims, *, now: datetime) -> None:
    soonest, latest = (now - LEEWAY).timestamp(), (now + LEEWAY).timestamp()
    if claims.exp <= soonest:
        raise refuse("expired")
    if claims.iat > latest:
        raise refuse("is issued in the future (iat)")
    if claims.nbf is not None and claims.nbf > latest:
        raise refuse("does not count yet (nbf)")
    if not 0 < claims.exp - claims.iat <= MAX_LIFETIME.total_seconds():
        raise refuse(f"lives longer than {MAX_LIFETIME}, or ends before it is issued")


def _check_recent(claims: Claims, principal: Principal) -> None:
    since = principal.not_before
    if since is not None and datetime.fromtimestamp(claims.iat, UTC) < since:
        raise refuse("is from before a sign-out everywhere")


def _own_scopes(scope: str) -> frozenset[str] | None:
    named = scope.split()
    return None if EVERYTHING in named else frozenset(filter(permissions.known, named))


def _scopes_within(scope: str) -> frozenset[str] | None:
    # What other issuers write there is theirs, unless it names permissions of ours.
    named = frozenset(filter(permissions.known, scope.split()))
    return named or None


def _tenant(name: str) -> str:
    if not _TENANT.fullmatch(name):
        raise refuse("names no tenant")
    return name


def _plain(kid: str) -> bool:
    # What is looked up in the store; other issuers may use what they like, by their own key set.
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", kid) is not None


def public_jwks(keys: Iterable[PublicKey], *, now: datetime) -> Mapping[str, list[object]]:
    """The key set that Steward shows of itself."""
    valid = (key for key in keys if key.retires_at is None or key.retires_at > now)
    return {"keys": [dict(key.jwk) for key in valid]}
