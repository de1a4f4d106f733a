"""Whom a tenant trusts to sign people in, which clients get its tokens, and lost passwords."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.identity.model.oauth import Client, ClientDraft
from functions.identity.model.outside import IssuerDraft
from functions.identity.model.privileges import authority_of
from functions.identity.ports import SignInDeps
from functions.identity.service import trust
from functions.identity.service.trust import Charge, IssuerView
from functions.identity.wiring import room, wire_sign_in
from steward.edge.http import Api
from steward.edge.resources import current
from steward.errors import Unauthenticated
from steward.store.collection import Page

api = Api(wire=wire_sign_in)
handler = api.handler

ROOT = "/api/v1/identity"


class ResetOf(BaseModel):
    """Whose password is to be set anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: Annotated[str, Field(min_length=6, max_length=100)]


class ResetLink(BaseModel):
    """A link that sets a password once, within a day."""

    model_config = ConfigDict(frozen=True)

    user: str
    link: Annotated[str | None, Field(json_schema_extra={"x-shown-once": True})] = None


@api.get(f"{ROOT}/issuers", permission="issuer:view", system=True)
def list_issuers(*, deps: SignInDeps) -> Page[IssuerView]:
    """The OpenID Connect issuers whose tokens the tenant takes."""
    return Page(trust.issuers(_charge(deps), deps=deps))


@api.post(f"{ROOT}/issuers", permission="issuer:manage", system=True)
def trust_issuer(draft: IssuerDraft, *, deps: SignInDeps) -> IssuerView:
    """Trust an issuer, or change how; tokens of it count within a minute."""
    return trust.put_issuer(draft, _charge(deps), deps=deps)


@api.delete(f"{ROOT}/issuers/<issuer_id>", permission="issuer:manage", system=True)
def forget_issuer(issuer_id: str, *, deps: SignInDeps) -> None:
    """Trust an issuer no more; its tokens are refused within a minute."""
    trust.delete_issuer(issuer_id, _charge(deps), deps=deps)


@api.get(f"{ROOT}/clients", permission="client:view")
def list_clients(cursor: str | None = None, limit: int = 50, *, deps: SignInDeps) -> Page[Client]:
    """The clients that the tenant has registered."""
    return deps.books.clients.list(after=cursor, limit=limit)


@api.post(f"{ROOT}/clients", permission="client:manage")
def register_client(draft: ClientDraft, *, deps: SignInDeps) -> Client:
    """Register a public client: code and PKCE to exactly these places."""
    return trust.register_client(draft, _charge(deps), deps=deps)


@api.delete(f"{ROOT}/clients/<client_id>", permission="client:manage")
def forget_client(client_id: str, *, deps: SignInDeps) -> None:
    """Give the client no more tokens; its refresh tokens are refused from then on."""
    deps.books.clients.require(client_id)
    deps.books.clients.delete(client_id)


@api.post(f"{ROOT}/resets", permission="user:manage")
def reset_password(wanted: ResetOf, *, deps: SignInDeps) -> ResetLink:
    """A link by which a user sets their password once; it is shown here and never again."""
    return ResetLink(user=wanted.user, link=trust.reset(wanted.user, _charge(deps), deps=deps))


def _charge(deps: SignInDeps) -> Charge:
    caller, place = deps.caller, room(api.knock().domain)
    if caller is None:
        raise Unauthenticated("Authorization: missing; sign in")
    known = current().directory.principal(caller.tenant, caller.id)
    authority = authority_of(caller, known)
    return Charge(caller.tenant, authority, place.url, place.mint, current().secrets)
