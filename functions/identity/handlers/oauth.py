"""Steward as an issuer of tokens: OAuth 2.1 and OpenID Connect for its own clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from aws_lambda_powertools.event_handler import Response

from functions.identity.adapters.answers import oauth, parameters, told
from functions.identity.adapters.forms import shown
from functions.identity.adapters.web import redirect
from functions.identity.model.discovery import (
    DEVICE,
    DEVICE_GRANT,
    GRANTS,
    INTROSPECT,
    JWKS,
    TOKEN,
    USERINFO,
    metadata,
)
from functions.identity.model.oauth import (
    Ask,
    Client,
    OAuthError,
    SignedIn,
    answer_at,
    ask_of,
    single,
)
from functions.identity.model.services import service_of
from functions.identity.model.signer import Signer
from functions.identity.service import authorise, devices, entrance, issue, programs, signing
from functions.identity.service.authorise import Redeemed
from functions.identity.service.devices import Approved
from functions.identity.service.entrance import Visitor
from functions.identity.service.issue import Issuer, Subject
from functions.identity.wiring import Room, federation_jwk, room, wire_sign_in
from steward.edge.http import Api, Knock
from steward.edge.queries import Reads
from steward.edge.rates import RateClass
from steward.edge.resources import current
from steward.errors import Denied, StewardError, Unauthenticated
from steward.identity import SYSTEM
from steward.identity.credentials import COOKIE
from steward.identity.tokens import Verifier, audience_of, public_jwks

api = Api(wire=wire_sign_in)
handler = api.handler

ROOT = "/oauth"
ISSUER = "steward-issuer"
ASKED = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "code_challenge",
    "code_challenge_method",
)
"""What a client asks a code with."""


@api.open_to_all(
    "GET", "/.well-known/openid-configuration", because="clients learn from it where to go"
)
def openid_configuration(*, knock: Knock) -> Response[str]:
    """Where everything is: OpenID Connect Discovery."""
    place = _room(knock)
    return told(metadata(place.url, place.settings.algorithm))


@api.open_to_all(
    "GET", "/.well-known/oauth-authorization-server", because="clients learn from it where to go"
)
def authorization_server(*, knock: Knock) -> Response[str]:
    """Where everything is: RFC 8414."""
    place = _room(knock)
    return told(metadata(place.url, place.settings.algorithm))


@api.open_to_all("GET", JWKS, because="whoever verifies tokens reads the public keys")
def jwks(*, knock: Knock) -> Response[str]:
    """The public keys of Steward's tokens, and of those by which other clouds know it."""
    place = _room(knock)
    _signer(place)
    keys = api.within(SYSTEM, lambda deps: deps.register.public_keys.list(limit=100), actor=ISSUER)
    ring = public_jwks(keys.items, now=current().clock())
    return told({"keys": [*ring["keys"], federation_jwk()]})


@api.open_to_all(
    "GET",
    f"{ROOT}/authorize",
    because="who is not signed in is sent to sign in",
    reads=Reads(ASKED, free="what it does not know is ignored: RFC 6749, section 3.1"),
)
@shown
def authorize(*, knock: Knock) -> Response[str]:
    """A code for the client, for whoever is signed in in this browser."""
    place = _room(knock)
    members = single(parse_qsl(knock.raw_query, keep_blank_values=True, max_num_fields=50))
    members = {name: value for name, value in members.items() if value}
    client = authorise.check_place(_client(members, place), members)
    try:
        return _authorized(knock, members, ask_of(members, client), place)
    except OAuthError as error:
        answer = {**error.body(), "iss": place.url}
        return redirect(answer_at(members["redirect_uri"], members.get("state", ""), answer))


@api.open_to_all(
    "POST",
    TOKEN,
    because="the code, token or secret in it is the credential",
    rate=RateClass.AUTH_TOKEN,
)
@oauth
def token(*, knock: Knock) -> Response[str]:
    """Tokens for a code, a refresh token, a device code, or a service account's secret."""
    place, members = _room(knock), parameters(knock)
    grant = members.get("grant_type", "")
    if grant not in GRANTS:
        raise OAuthError("unsupported_grant_type", f"grant_type: use one of {', '.join(GRANTS)}")
    if grant == "client_credentials":
        return told(_by_secret(members, place))
    client = _known_client(members, place)
    if grant not in client.grants:
        raise OAuthError("unauthorized_client", f"{client.id}: may not use {grant}")
    if grant == DEVICE_GRANT:
        return told(_by_device(client, members, place))
    return told(_by_code(client, grant, members, place))


@api.open_to_all(
    "POST", DEVICE, because="a device that waits has no credential yet", rate=RateClass.AUTH_TOKEN
)
@oauth
def begin_device(*, knock: Knock) -> Response[str]:
    """Codes for a device without a browser: RFC 8628."""
    place, members = _room(knock), parameters(knock)
    client = _known_client(members, place)
    if DEVICE_GRANT not in client.grants:
        raise OAuthError("unauthorized_client", f"{client.id}: may not use the device flow")
    scope, asked_from = members.get("scope", ""), knock.approach.ip
    begun = api.within(
        SYSTEM,
        lambda deps: devices.begin(client, scope, asked_from, deps=deps, mint=place.mint),
        actor=client.id,
    )
    return told(begun.told(place.url))


@api.open_to_all(
    "POST", f"{ROOT}/revoke", because="the token in it is the credential", rate=RateClass.AUTH_TOKEN
)
@oauth
def revoke(*, knock: Knock) -> Response[str]:
    """End a refresh token and all that came of the same sign-in: RFC 7009."""
    place, members = _room(knock), parameters(knock)
    client, given = _known_client(members, place), members.get("token", "")
    tenant = entrance.tenant_of_cookie(given)
    if tenant is not None:
        api.within(
            tenant,
            lambda deps: authorise.revoke_token(given, client.id, deps=deps),
            actor=client.id,
        )
    return told({})


@api.open_to_all(
    "POST", INTROSPECT, because="the secret in it is the credential", rate=RateClass.AUTH_TOKEN
)
@oauth
def introspect(*, knock: Knock) -> Response[str]:
    """Whether an access token of the service account's own tenant counts now: RFC 7662."""
    place, members = _room(knock), parameters(knock)
    home, _ = _proved(members)
    resources = current()
    try:
        verifier = Verifier(resources.directory, resources.issuer_keys())
        now = resources.clock()
        caller = verifier.caller(members.get("token", ""), now=now)
        claims = verifier.own(members.get("token", ""), now=now)
    except StewardError:
        return told({"active": False})
    if caller.tenant != home:
        return told({"active": False})
    shown = {name: claims.text(name) for name in ("client_id", "scope", "jti")}
    times = {"exp": claims.exp, "iat": claims.iat}
    return told(
        {
            "active": True,
            "iss": place.url,
            "sub": caller.id,
            "token_type": "Bearer",
            **shown,
            **times,
        }
    )


@api.open_to_all("GET", USERINFO, because="the token in its header is the credential")
@oauth
def userinfo(*, knock: Knock) -> Response[str]:
    """Who the token is about, as far as its scope goes."""
    scheme, _, word = knock.approach.headers.get("authorization", "").partition(" ")
    resources = current()
    verifier = Verifier(resources.directory, resources.issuer_keys())
    if scheme.lower() != "bearer":
        raise Unauthenticated("Authorization: send the access token as Bearer")
    caller = verifier.caller(word.strip(), now=resources.clock())
    scope = verifier.own(word.strip(), now=resources.clock()).text("scope").split()
    if "openid" not in scope:
        raise Denied("userinfo: the token lacks the scope openid")
    user = api.within(caller.tenant, lambda deps: deps.books.users.get(caller.id), actor=caller.id)
    known = {"sub": caller.id, "tenant": caller.tenant}
    if user is not None and "email" in scope:
        known["email"] = user.email
    if user is not None and "profile" in scope:
        known["name"] = user.name
    return told(known)


def _proved(members: Mapping[str, str]) -> tuple[str, SignedIn]:
    tenant, service = service_of(members.get("client_id", "")) or ("", "")
    if entrance.tenant_of_cookie(f"{tenant}.x") is None:
        raise OAuthError("invalid_client", "client: unknown, or its secret is wrong")
    who = api.within(
        tenant, lambda deps: programs.prove(service, members, deps=deps), actor=service
    )
    return tenant, who


def _by_code(client: Client, grant: str, members: Mapping[str, str], place: Room) -> dict[str, Any]:
    use = authorise.redeem if grant == "authorization_code" else authorise.refreshed
    given = members.get("code" if grant == "authorization_code" else "refresh_token", "")
    tenant = entrance.tenant_of_cookie(given)
    if tenant is None:
        raise OAuthError("invalid_grant", "code or refresh_token: missing, or none of ours")
    outcome = api.within(
        tenant,
        lambda deps: use(
            members, client.id, deps=deps, mint=place.mint, life=place.settings.refresh
        ),
        actor=client.id,
    )
    if not isinstance(outcome, Redeemed):
        raise outcome
    return issue.tokens(outcome, tenant, issuer=_issuer(place))


def _by_device(client: Client, members: Mapping[str, str], place: Room) -> dict[str, Any]:
    code = members.get("device_code", "")
    outcome = api.within(
        SYSTEM, lambda deps: devices.ask(code, client.id, deps=deps), actor=client.id
    )
    if not isinstance(outcome, Approved):
        raise outcome
    redeemed = api.within(
        outcome.tenant,
        lambda deps: authorise.begin_family(
            outcome.who, deps=deps, mint=place.mint, life=place.settings.refresh
        ),
        actor=outcome.who.principal,
    )
    return issue.tokens(redeemed, outcome.tenant, issuer=_issuer(place))


def _by_secret(members: Mapping[str, str], place: Room) -> dict[str, Any]:
    tenant, who = _proved(members)
    return issue.access(Subject(tenant, who, who.scope), issuer=_issuer(place))


def _authorized(knock: Knock, members: Mapping[str, str], ask: Ask, place: Room) -> Response[str]:
    visitor = _visitor(knock)
    if ask.prompt == "none" and visitor is None:
        raise OAuthError("login_required", "nobody is signed in")
    if visitor is None or ask.prompt == "login":
        again = [(name, value) for name, value in members.items() if name != "prompt"]
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in again)
        return redirect(f"/sign-in?then={quote(f'{ROOT}/authorize?{query}', safe='')}")
    code = api.within(
        visitor.tenant,
        lambda deps: authorise.code_for(ask, visitor, deps=deps, mint=place.mint),
        actor=visitor.session.principal,
    )
    # RFC 9207: a client of several issuers sees whose answer this is.
    return redirect(answer_at(ask.redirect_uri, ask.state, {"code": code, "iss": place.url}))


def _visitor(knock: Knock) -> Visitor | None:
    cookie = knock.approach.cookies.get(COOKIE, "")
    tenant = entrance.tenant_of_cookie(cookie)
    if tenant is None:
        return None
    return api.within(tenant, lambda deps: entrance.visitor(cookie, deps=deps), actor=ISSUER)


def _known_client(members: Mapping[str, str], place: Room) -> Client:
    client = _client(members, place)
    if client is None:
        raise OAuthError("invalid_client", "client_id: unknown; register the client first")
    return client


def _client(members: Mapping[str, str], place: Room) -> Client | None:
    id_ = members.get("client_id", "")
    home = authorise.home_of_client(id_)
    if home is None:
        return authorise.client_of(id_, place.url, deps=None)
    return api.within(
        home, lambda deps: authorise.client_of(id_, place.url, deps=deps), actor=ISSUER
    )


def _signer(place: Room) -> Signer:
    return api.within(SYSTEM, lambda deps: signing.current(place.workshop, deps=deps), actor=ISSUER)


def _issuer(place: Room) -> Issuer:
    signer = _signer(place)
    resources = current()
    return Issuer(
        place.url,
        audience_of(place.url),
        place.settings.access,
        lambda claims, typ: place.stamp.sign(signer, claims, typ=typ),
        resources.new_id,
        resources.clock(),
    )


def _room(knock: Knock) -> Room:
    return room(knock.domain)
