"""OAuth 2.1 as Steward speaks it: its errors, its clients, and the requests to authorise.

RFC 6749 with RFC 9700 (best practice), RFC 7636 (PKCE, S256 alone), RFC 8252 (loopback redirects).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, ClassVar, Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.errors import BadInput, Permanent
from steward.identity import permissions
from steward.store.collection import Collection

CLI = "steward-cli"
CONSOLE = "steward-console"
EVERYTHING = "api"
OPENID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
MAX_SCOPE = 1000
MAX_STATE = 1000
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOOPBACK = ("127.0.0.1", "::1")

OAuthCode = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "invalid_scope",
    "invalid_target",
    "access_denied",
    "login_required",
    "authorization_pending",
    "slow_down",
    "expired_token",
    "temporarily_unavailable",
]


class OAuthError(Permanent):
    """A refusal that OAuth has a code for: RFC 6749 5.2."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST

    def __init__(self, error: OAuthCode, description: str) -> None:
        super().__init__(description)
        self.error = error

    @property
    def http_status(self) -> int:
        """401 for a client that is not who it says, else 400."""
        unknown = self.error == "invalid_client"
        return int(HTTPStatus.UNAUTHORIZED if unknown else HTTPStatus.BAD_REQUEST)

    def body(self) -> dict[str, str]:
        """The error as the token endpoint answers it."""
        return {"error": self.error, "error_description": printable(str(self))}


def printable(text: str) -> str:
    """The text in the characters that an error description may have: RFC 6749 5.2."""
    return re.sub(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]", "'", text)[:500]


class Client(BaseModel):
    """A public client: who it is, where codes may go, and what it may ask for."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    grants: tuple[str, ...] = ("authorization_code", "refresh_token")
    created_at: AwareDatetime | None = None
    created_by: str = ""


CLIENTS = Collection("clients", Client, id=lambda client: client.id)


class ClientDraft(BaseModel):
    """What it takes to register a client."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)]
    redirect_uris: Annotated[tuple[str, ...], Field(min_length=1, max_length=10)]
    scopes: Annotated[tuple[str, ...], Field(max_length=40)] = ("openid",)


def built_in(issuer: str) -> dict[str, Client]:
    """The clients that every installation has: the command line, and the console."""
    everything = (EVERYTHING, *sorted(OPENID_SCOPES))
    device = "urn:ietf:params:oauth:grant-type:device_code"
    return {
        CLI: Client(
            id=CLI,
            name="The steward command",
            redirect_uris=("http://127.0.0.1/callback", "http://[::1]/callback"),
            scopes=everything,
            grants=("authorization_code", "refresh_token", device),
        ),
        CONSOLE: Client(
            id=CONSOLE,
            name="The Steward console",
            redirect_uris=(f"{issuer}/console/",),
            scopes=everything,
        ),
    }


def tenant_of_client(client: str) -> str | None:
    """The tenant that a registered client's id names; None when it is no such id."""
    tenant, dot, name = client.partition(".")
    fine = dot and name.startswith("app-") and re.fullmatch(r"[A-Za-z0-9-]{1,63}", tenant)
    return tenant if fine else None


def check_redirect_uri(uri: str) -> str:
    """A redirect URI that may be registered.

    Raises:
        BadInput: it may not.
    """
    parts = urlsplit(uri)
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    plain = not (parts.fragment or parts.username or "*" in uri or "\\" in uri)
    if not (uri.isascii() and uri.isprintable() and plain and parts.hostname) or not (
        parts.scheme == "https" or local
    ):
        raise BadInput(
            f"redirect_uri {uri[:100]!r}: use https, or http://127.0.0.1 and http://[::1], "
            "without fragment, user or wildcard"
        )
    return uri


def check_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Scopes that a client may be given.

    Raises:
        BadInput: one of them means nothing here.
    """
    for scope in scopes:
        if scope not in OPENID_SCOPES | {EVERYTHING} and not permissions.known(scope):
            raise BadInput(
                f"scope {scope[:60]!r}: use {EVERYTHING}, {', '.join(sorted(OPENID_SCOPES))} "
                "or a permission such as finding:view"
            )
    return scopes


def redirects_to(client: Client, uri: str) -> bool:
    """Whether the client's codes may go there: exactly as registered, on loopback at any port."""
    return any(_same_place(registered, uri) for registered in client.redirect_uris)


def _same_place(registered: str, uri: str) -> bool:
    if registered == uri:
        return True
    try:
        known, asked = urlsplit(registered), urlsplit(uri)
        port = asked.port
    except ValueError:
        return False
    if known.scheme != "http" or known.hostname not in _LOOPBACK or port is None:
        return False
    host = f"[{known.hostname}]" if ":" in str(known.hostname) else known.hostname
    return uri == f"http://{host}:{port}{known.path}"


class Ask(NamedTuple):
    """A request to authorise a client, checked against the client."""

    client: Client
    redirect_uri: str
    scope: str
    challenge: str
    state: str
    nonce: str
    prompt: str


def answer_at(redirect_uri: str, state: str, answer: Mapping[str, str]) -> str:
    """Where the browser goes with the answer for the client."""
    stated = {**answer, **({"state": state} if state else {})}
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return f"{redirect_uri}{joint}{urlencode(stated)}"


def single(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The parameters of a request.

    Raises:
        OAuthError: one came twice (RFC 6749 3.1).
    """
    members = dict(pairs)
    if len(members) != len(pairs):
        raise OAuthError("invalid_request", "a parameter came twice; send each once")
    return members


def form(body: bytes, content_type: str) -> dict[str, str]:
    """The parameters of a posted form; empty ones count as left out.

    Raises:
        OAuthError: not a form, or a parameter came twice.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "body: send application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise OAuthError("invalid_request", "body: not a form in UTF-8") from error
    return {name: value for name, value in single(pairs).items() if value}


def ask_of(members: Mapping[str, str], client: Client) -> Ask:
    """The request, whose client and redirect URI hold already.

    Raises:
        OAuthError: what to send back to the client.
    """
    if members.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type: use code")
    challenge = members.get("code_challenge", "")
    if members.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge: PKCE with S256 is required")
    if "request" in members or "request_uri" in members:
        raise OAuthError("invalid_request", "request objects are not taken")
    return Ask(
        client,
        members["redirect_uri"],
        granted_scope(client, members.get("scope", "")),
        challenge,
        members.get("state", "")[:MAX_STATE],
        members.get("nonce", "")[:MAX_STATE],
        members.get("prompt", ""),
    )


def granted_scope(client: Client, scope: str) -> str:
    """The scope that is given when this is asked for: all of it or nothing.

    Raises:
        OAuthError: part of it is not the client's to ask for.
    """
    asked = dict.fromkeys(scope[:MAX_SCOPE].split())
    beyond = [name for name in asked if name not in client.scopes]
    if beyond:
        raise OAuthError("invalid_scope", f"scope {beyond[0][:60]}: is not open to {client.id}")
    return " ".join(asked)


def narrowed(granted: str, asked: str | None) -> str:
    """The scope of a refreshed token: as granted, or part of it.

    Raises:
        OAuthError: more than was granted.
    """
    if asked is None:
        return granted
    if not set(asked.split()) <= set(granted.split()):
        raise OAuthError("invalid_scope", "scope: more than was granted at first")
    return asked


def proves(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one that the challenge was made of (S256)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


class SignedIn(BaseModel):
    """Who signed in, how and when: what a code, a family and a token have in common."""

    model_config = ConfigDict(frozen=True)

    principal: str
    client: str
    scope: str
    mfa: bool
    auth_time: AwareDatetime
    on_behalf_of: str = ""


CODE_LIFE = timedelta(seconds=60)
KEPT_USED = timedelta(days=1)
"""How long a used code is known as used: long enough for whoever stole it to try."""


class Code(BaseModel):
    """An authorisation code by its hash; once used it names the family that came of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    who: SignedIn
    redirect_uri: str
    challenge: str
    nonce: str
    expires_at: AwareDatetime
    family: str = ""


CODES = Collection(
    "codes",
    Code,
    id=lambda code: code.id,
    expires=lambda code: code.expires_at + KEPT_USED,
    audit="digest",
    listed=False,
)


class Family(BaseModel):
    """All refresh tokens that came of one sign-in: one counts at a time, and all end together."""

    model_config = ConfigDict(frozen=True)

    id: str
    who: SignedIn
    created_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    why: str = ""


class Refresh(BaseModel):
    """A refresh token by its hash; one that was used before betrays a thief."""

    model_config = ConfigDict(frozen=True)

    id: str
    family: str
    expires_at: AwareDatetime
    used_at: AwareDatetime | None = None


FAMILIES = Collection(
    "families",
    Family,
    id=lambda family: family.id,
    expires=lambda family: family.expires_at,
    listed=False,
)
REFRESHES = Collection(
    "refreshes",
    Refresh,
    id=lambda refresh: refresh.id,
    expires=lambda refresh: refresh.expires_at,
    audit="digest",
    listed=False,
)
