"""Signing in at an external issuer: out with a state that is this browser's, back with a code."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from functions.identity.model.browser import local_path
from functions.identity.model.outside import (
    MAX_ISSUERS,
    ROUND_LIFE,
    Departure,
    Round,
    departure,
)
from functions.identity.ports import SignInDeps
from functions.identity.service.entrance import Entered, Hall, enter
from steward.errors import BadInput, Denied, Unauthenticated
from steward.identity.directory import Issuer, Principal, hash_key, link_id
from steward.identity.jws import Claims
from steward.identity.tokens import granted, second_factor


def usable(issuers: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
    """The issuers at which browsers can sign in."""
    return tuple(each for each in issuers if each.enabled and each.client_id)


def of_tenant(tenant: str, *, deps: SignInDeps) -> tuple[Issuer, ...]:
    """The issuers that a tenant trusts; ``deps`` are the system's."""
    page = deps.register.issuers.query(index="by_tenant", key=tenant, limit=MAX_ISSUERS)
    return page.items


def depart(
    issuer: Issuer, then: str, redirect_uri: str, *, deps: SignInDeps, hall: Hall
) -> Departure:
    """Where the browser goes; the cookie alone brings it back."""
    cookie = f"{deps.tenant}.{hall.mint.secret()}"
    round_ = Round(
        id=hash_key(cookie),
        issuer=issuer.id,
        state=hall.mint.secret(),
        nonce=hall.mint.secret(),
        verifier=hall.mint.secret(),
        then=local_path(then),
        expires_at=deps.now + ROUND_LIFE,
    )
    deps.books.rounds.add(round_)
    return Departure(departure(issuer, round_, redirect_uri), cookie)


def come_back(cookie: str, query: Mapping[str, str], *, deps: SignInDeps) -> Round:
    """The round trip that this browser began; it counts once.

    Raises:
        Unauthenticated: it began none, or this is the answer to another.
    """
    known = deps.books.rounds.get(hash_key(cookie))
    if known is None or known.expires_at <= deps.now:
        raise Unauthenticated("sign-in: took too long, or began in another browser; begin again")
    deps.books.rounds.delete(known.id)
    if not hmac.compare_digest(query.get("state", "").encode(), known.state.encode()):
        raise Unauthenticated("sign-in: the answer is to another one (state); begin again")
    return known


def check_answer(query: Mapping[str, str], issuer: Issuer) -> str:
    """The code in the issuer's answer.

    Raises:
        Unauthenticated: the issuer refused, or another one answered (RFC 9207).
    """
    if query.get("iss", issuer.issuer) != issuer.issuer:
        raise Unauthenticated("sign-in: another issuer answered; begin again")
    if "code" not in query:
        said = "".join(c for c in query.get("error", "no code") if c.isalnum() or c in "_ ")
        raise Unauthenticated(f"sign-in: your organisation refused it ({said[:60]})")
    return query["code"]


def admit(claims: Claims, issuer: Issuer, then: str, *, deps: SignInDeps, hall: Hall) -> Entered:
    """Begin the session of whom the issuer says it is: by a link, or by a group with a role.

    An e-mail address links nobody: an issuer can say any.

    Raises:
        Unauthenticated: there is neither, or who it is was shut out.
        Denied: the issuer serves several tenants, and this is another's.
    """
    if issuer.tenant_claim and claims.text(issuer.tenant_claim) != deps.tenant:
        raise Denied("sign-in: your organisation's account is of another tenant")
    link = deps.register.links.get(link_id(claims.iss, claims.sub))
    id_ = link.principal if link else f"user:{link_id(claims.iss, claims.sub)}"
    if link is None:
        _keep_mapped(id_, claims, issuer, deps)
    return enter(id_, then, mfa=second_factor(claims, issuer), deps=deps, hall=hall)


def _keep_mapped(id_: str, claims: Claims, issuer: Issuer, deps: SignInDeps) -> None:
    # What the groups give is counted anew at each sign-in; whoever was shut out stays so.
    grants = granted(claims, issuer)
    known = deps.register.principals.get(id_) or Principal(id=id_)
    if known.grants != grants or deps.register.principals.version(id_) == 0:
        deps.register.principals.put(known.model_copy(update={"grants": grants}))


def check_room(issuers: tuple[Issuer, ...], id_: str) -> None:
    """Refuse one issuer too many.

    Raises:
        BadInput: there are enough.
    """
    if len(issuers) >= MAX_ISSUERS and id_ not in {each.id for each in issuers}:
        raise BadInput(f"issuers: {MAX_ISSUERS} are trusted already; remove one first")
