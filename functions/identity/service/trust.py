"""Issuers and clients of a tenant, and links to set a password: each within what the caller holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from functions.identity.model.oauth import (
    EVERYTHING,
    OPENID_SCOPES,
    Client,
    ClientDraft,
    check_redirect_uri,
    check_scopes,
)
from functions.identity.model.outside import IssuerDraft, issuer_of, secret_of
from functions.identity.model.privileges import Authority
from functions.identity.ports import Mint, SignInDeps
from functions.identity.service import operating
from functions.identity.service.outside import check_room, of_tenant
from steward.errors import AlreadyExists, BadInput, Denied, NotFound
from steward.identity import Grant, Role
from steward.identity.directory import Issuer
from steward.secrets import Secrets

MAX_CLIENTS = 100


class Charge(NamedTuple):
    """Who asks, for which tenant, and what they may hand out."""

    tenant: str
    authority: Authority
    url: str
    mint: Mint
    vault: Secrets


class IssuerView(BaseModel):
    """An issuer as it is shown."""

    model_config = ConfigDict(frozen=True)

    id: str
    issuer: str
    audience: str
    jwks_uri: str
    algorithms: tuple[str, ...]
    groups_claim: str
    group_grants: Mapping[str, tuple[Grant, ...]]
    default_grants: tuple[Grant, ...]
    mfa_values: tuple[str, ...]
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    enabled: bool


def issuers(charge: Charge, *, deps: SignInDeps) -> tuple[IssuerView, ...]:
    """The issuers that the tenant trusts."""
    return tuple(view(each) for each in of_tenant(charge.tenant, deps=deps))


def put_issuer(draft: IssuerDraft, charge: Charge, *, deps: SignInDeps) -> IssuerView:
    """The issuer, trusted from now on as described.

    Raises:
        Denied: it would give somebody more than the caller holds, or it serves several tenants.
        AlreadyExists: another tenant has this issuer with this audience.
        BadInput: the description breaks a rule.
    """
    # Whoever names an issuer's keys signs in as everybody who is linked to it, admins among them.
    charge.authority.check_grants((Grant(role=Role.ADMIN),))
    for grants in (draft.default_grants, *draft.group_grants.values()):
        charge.authority.check_grants(grants)
    issuer = issuer_of(draft, charge.tenant, charge.url)
    known = deps.register.issuers.get(issuer.id)
    if known is not None and known.tenant != charge.tenant:
        raise AlreadyExists(
            f"issuer {draft.issuer[:80]!r}: is trusted elsewhere for this audience; use one of your own"
        )
    check_room(of_tenant(charge.tenant, deps=deps), issuer.id)
    _check_lone(known)
    deps.register.issuers.put(issuer)
    if draft.client_secret is not None:
        charge.vault.put(secret_of(issuer), draft.client_secret.get_secret_value())
    return view(issuer)


def delete_issuer(id_: str, charge: Charge, *, deps: SignInDeps) -> None:
    """Trust the issuer no more.

    Raises:
        NotFound: the tenant trusts none of that id.
        Denied: it serves several tenants.
    """
    known = deps.register.issuers.get(id_)
    if known is None or known.tenant != charge.tenant:
        raise NotFound(f"issuer {id_[:80]!r}: not found; list them to see the ids")
    _check_lone(known)
    deps.register.issuers.delete(id_)
    charge.vault.delete(secret_of(known))


def register_client(draft: ClientDraft, charge: Charge, *, deps: SignInDeps) -> Client:
    """A new public client of the tenant.

    Raises:
        BadInput: a redirect URI or scope breaks a rule, or there are too many clients.
        Denied: it may ask for more than the caller holds.
    """
    if len(deps.books.clients.list(limit=MAX_CLIENTS).items) >= MAX_CLIENTS:
        raise BadInput(f"clients: {MAX_CLIENTS} are registered already; remove one first")
    scopes = check_scopes(draft.scopes)
    if EVERYTHING in scopes:
        # Such a client is given whatever those hold who sign in to it, admins among them.
        charge.authority.check_grants((Grant(role=Role.ADMIN),))
    beyond = [name for name in scopes if name not in OPENID_SCOPES | {EVERYTHING}]
    charge.authority.check_scopes(beyond)
    client = Client(
        id=f"{charge.tenant}.app-{charge.mint.letters(16).lower()}",
        name=draft.name,
        redirect_uris=tuple(check_redirect_uri(uri) for uri in draft.redirect_uris),
        scopes=scopes,
        created_at=deps.now,
        created_by=charge.authority.who,
    )
    deps.books.clients.add(client)
    return client


def reset(user_id: str, charge: Charge, *, deps: SignInDeps) -> str:
    """A link by which the user sets a password once.

    Raises:
        NotFound: there is no such user.
        Denied: the user holds more than the caller, who would get at that by the link.
    """
    user = deps.books.users.get(user_id)
    principal = deps.register.principals.get(user_id)
    if user is None or principal is None:
        raise NotFound(f"user {user_id[:80]!r}: not found; list them to see the ids")
    charge.authority.check_grants(principal.grants)
    return operating.link_for(user.id, charge.url, deps=deps, mint=charge.mint)


def _check_lone(known: Issuer | None) -> None:
    # Whoever changes the keys of such an issuer signs in as anybody of every tenant that it names.
    if known is not None and known.tenant_claim:
        raise Denied(
            f"issuer {known.issuer[:80]!r}: serves several tenants by its claim {known.tenant_claim!r}; "
            "ask the operator of Steward to change it"
        )


def view(issuer: Issuer) -> IssuerView:
    """The issuer as it is shown."""
    return IssuerView.model_validate(issuer.model_dump(exclude={"tenant", "tenant_claim"}))
