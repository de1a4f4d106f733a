"""Signing in by somebody else's word: external OpenID Connect issuers, and the round trip to them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, NamedTuple
from urllib.parse import urlencode, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from steward.errors import BadInput
from steward.identity import Grant
from steward.identity.directory import Issuer, issuer_id
from steward.store.collection import Collection

ROUND_LIFE = timedelta(minutes=10)
MAX_ISSUERS = 20
_Url = Annotated[str, Field(min_length=8, max_length=300, pattern=r"^https?://[^\s#?]+$")]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class IssuerDraft(BaseModel):
    """What it takes to trust an issuer; endpoints and client are for signing in browsers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: _Url
    audience: _Name
    jwks_uri: _Url
    algorithms: Annotated[tuple[str, ...], Field(min_length=1, max_length=3)] = (
        "RS256",
        "ES256",
        "EdDSA",
    )
    groups_claim: Annotated[str, Field(max_length=100)] = ""
    group_grants: Annotated[Mapping[_Name, tuple[Grant, ...]], Field(max_length=100)] = Field(
        default_factory=dict
    )
    default_grants: Annotated[tuple[Grant, ...], Field(max_length=20)] = ()
    mfa_values: Annotated[tuple[_Name, ...], Field(max_length=20)] = ("mfa", "otp", "hwk")
    client_id: Annotated[str, Field(max_length=200)] = ""
    authorization_endpoint: Annotated[str, Field(max_length=300)] = ""
    token_endpoint: Annotated[str, Field(max_length=300)] = ""
    client_secret: SecretStr | None = None
    enabled: bool = True


class Round(BaseModel):
    """A browser that went to an issuer, by the hash of its cookie: what it must come back with."""

    model_config = ConfigDict(frozen=True)

    id: str
    issuer: str
    state: str
    nonce: str
    verifier: str
    then: str
    expires_at: AwareDatetime


ROUNDS = Collection(
    "rounds",
    Round,
    id=lambda round_: round_.id,
    expires=lambda round_: round_.expires_at,
    audit="none",
    listed=False,
)


class Departure(NamedTuple):
    """Where a browser goes, and the cookie that binds the way back to it."""

    url: str
    cookie: str


def issuer_of(draft: IssuerDraft, tenant: str, own: str) -> Issuer:
    """The issuer as the directory has it; its tokens are of this tenant alone.

    Raises:
        BadInput: it is Steward itself, an algorithm is none of ours, or signing in is half described.
    """
    if draft.issuer.rstrip("/") == own:
        raise BadInput(f"issuer {own!r}: is this Steward itself; its tokens are known already")
    unknown = set(draft.algorithms) - {"RS256", "ES256", "EdDSA"}
    if unknown:
        raise BadInput(f"algorithm {min(unknown)[:20]!r}: use RS256, ES256 or EdDSA")
    described = (draft.client_id, draft.authorization_endpoint, draft.token_endpoint)
    if any(described) and not all(described):
        raise BadInput(
            "sign-in: give client_id, authorization_endpoint and token_endpoint, or none"
        )
    for url in filter(None, described[1:]):
        if urlsplit(url).scheme not in ("https", "http") or re.search(r"[\s#]", url):
            raise BadInput(f"endpoint {url[:80]!r}: use an https URL without a fragment")
    described_as = draft.model_dump(exclude={"client_secret"})
    return Issuer(id=issuer_id(draft.issuer, draft.audience), tenant=tenant, **described_as)


def secret_of(issuer: Issuer) -> str:
    """The name of the secret that Steward proves itself by at the issuer, where it has one."""
    return f"signing-keys/issuers/{issuer.id}"


def departure(issuer: Issuer, round_: Round, redirect_uri: str) -> str:
    """Where the browser signs in at the issuer: code, PKCE, state and nonce."""
    digest = hashlib.sha256(round_.verifier.encode()).digest()
    request = {
        "response_type": "code",
        "client_id": issuer.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "state": round_.state,
        "nonce": round_.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(issuer.authorization_endpoint).query else "?"
    return f"{issuer.authorization_endpoint}{joint}{urlencode(request)}"
