"""The composition root of identity."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from functions.identity.adapters.argon import Argon
from functions.identity.adapters.mint import mint
from functions.identity.adapters.passkeys import Passkeys
from functions.identity.adapters.sealer import Seals
from functions.identity.adapters.smith import Forge, Stamps
from functions.identity.adapters.surroundings import public_url, settings
from functions.identity.adapters.totp import Totps
from functions.identity.manifest import CONCERNS
from functions.identity.model.attempts import ATTEMPTS
from functions.identity.model.browser import TICKETS
from functions.identity.model.closings import CLOSINGS
from functions.identity.model.devices import DEVICES, USER_CODES
from functions.identity.model.elevations import ELEVATIONS
from functions.identity.model.factors import FACTORS
from functions.identity.model.groups import GROUPS, MEMBERSHIPS
from functions.identity.model.invitations import INVITATIONS
from functions.identity.model.oauth import CLIENTS, CODES, FAMILIES, REFRESHES
from functions.identity.model.outside import ROUNDS
from functions.identity.model.passwords import PASSWORDS, RESETS
from functions.identity.model.people import EMAILS, USERS
from functions.identity.model.privacy import PRIVACY_REQUESTS
from functions.identity.model.privileges import Authority, authority_of
from functions.identity.model.projects import PROJECTS
from functions.identity.model.refusals import REFUSALS
from functions.identity.model.roster import ROSTERS
from functions.identity.model.services import SERVICES
from functions.identity.model.sign_in_settings import SignInSettings
from functions.identity.model.signer import SIGNERS
from functions.identity.ports import (
    Books,
    Hasher,
    Mint,
    OneTimeCodes,
    PasskeyCheck,
    Post,
    Register,
    Sealer,
    SignInBooks,
    SignInDeps,
    SignInRegister,
    Stamp,
)
from functions.identity.service.closings import Notary
from functions.identity.service.entrance import Hall
from functions.identity.service.signing import Workshop
from functions.identity.service.standing import Desk
from steward.edge.allowances import ALLOWANCES
from steward.edge.resources import current
from steward.edge.session import Opening, run
from steward.edge.uses import USES
from steward.edge.walk import EXPORTS, Ground
from steward.errors import Denied
from steward.identity import SYSTEM, Caller, Grant, Role
from steward.identity.directory import (
    ACCESS,
    ACCOUNTS,
    ENDED,
    ISSUERS,
    KEYS,
    LINKS,
    PRINCIPALS,
    PUBLIC_KEYS,
    SESSIONS,
    TENANTS,
    Standing,
    Tenant,
)
from steward.manifest import LIMITS
from steward.privacy import Holding
from steward.store.records import AlreadyProcessed
from steward.store.work import Entities, Work

__all__ = ["CONCERNS"]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers hand to the use cases."""

    books: Books
    register: Register
    post: Post
    tenant: str
    caller: Caller
    now: datetime
    work: Work

    @property
    def desk(self) -> Desk:
        """The desk of whoever asks, with what they may hand out."""
        standing = self.register.principals.get(self.caller.id)
        authority = authority_of(self.caller, standing)
        return Desk(self.books, self.register, authority, self.now)

    @property
    def fresh_id(self) -> str:
        """An id for what this Work creates."""
        return self.work.new_id()

    def used(self, key: str) -> datetime | None:
        """When the key of that hash was last used; None when not in the last weeks."""
        noted = self.work.table(LIMITS.name).of(USES).get(f"key:{key[:12]}")
        return None if noted is None else noted.at


@dataclass(frozen=True, slots=True)
class SystemDeps:
    """What the handlers of tenants hand on: the system tenant's books, and a way into one tenant."""

    tenants: Entities[Tenant]
    notary: Notary
    post: Post
    caller: Caller
    now: datetime
    work: Work

    def within(self, tenant: str, use: Callable[[Deps], R]) -> R:
        """Run a use case in a Work of that tenant, and commit it before this one."""
        scope = self.work.scope
        opening = Opening(tenant, scope.actor, scope.correlation_id, request=scope.request)
        return run(current(), opening, lambda work: use(wire(work)))


def wire_system(work: Work) -> SystemDeps:
    """The ports over a Work of the system tenant.

    Raises:
        Denied: nobody asks.
    """
    caller = work.scope.caller
    if caller is None:
        raise Denied("tenants: only a caller has to do with them")
    tenants = work.table("directory").of(TENANTS)
    return SystemDeps(tenants, notary(work), work, caller, work.now, work)


def operator_desk(deps: Deps, operator: Caller) -> Desk:
    """The desk of the operator within a tenant, where there may be nobody yet who holds anything."""
    # A break-glass ends; whom it let into another tenant would stay.
    grants = () if operator.elevated else (Grant(role=Role.ADMIN),)
    authority = Authority(f"operator:{operator.id}", grants, operator.scopes, operator.on_behalf_of)
    return Desk(deps.books, deps.register, authority, deps.now)


def wire(work: Work) -> Deps:
    """The ports over this Work."""
    scope = work.scope
    return Deps(
        books=books(work),
        register=register(work),
        post=work,
        tenant=work.tenant,
        # Events are handled in the function's own name, which holds nothing to hand out.
        caller=scope.caller or Caller(id=work.actor, tenant=work.tenant),
        now=work.now,
        work=work,
    )


def books(work: Work) -> Books:
    """What identity keeps, in this Work."""
    table = work.table("identity")
    return Books(
        users=table.of(USERS),
        emails=table.of(EMAILS),
        groups=table.of(GROUPS),
        memberships=table.of(MEMBERSHIPS),
        projects=table.of(PROJECTS),
        services=table.of(SERVICES),
        rosters=table.of(ROSTERS),
        invitations=table.of(INVITATIONS),
        elevations=table.of(ELEVATIONS),
        requests=table.of(PRIVACY_REQUESTS),
    )


def register(work: Work) -> Register:
    """The tenant's part of the directory, in this Work."""
    table = work.table("directory")
    return Register(
        principals=table.of(PRINCIPALS),
        keys=table.of(KEYS),
        sessions=table.of(SESSIONS),
        links=table.of(LINKS),
        access=table.of(ACCESS),
    )


def check_served(tenant: str) -> None:
    """Refuse what is asked without a caller of a tenant that is not served now.

    Raises:
        Denied: it is suspended, closing or closed.
    """
    known = current().directory.tenant(tenant)
    if known is not None and known.standing is not Standing.ACTIVE:
        raise Denied(f"tenant {tenant!r}: {known.standing.value}; ask the operator of Steward")


class ExportedText(BaseModel):
    """A file of an export: JSON lines, or the manifest, with its SHA-256."""

    model_config = ConfigDict(frozen=True)

    key: str
    sha256: str
    text: str


def exported_text(key: str, *, tenant: str) -> ExportedText:
    """A file of a tenant's export.

    Raises:
        NotFound: it is gone.
    """
    body = current().buckets(EXPORTS, tenant).get(key)
    return ExportedText(key=key, sha256=hashlib.sha256(body).hexdigest(), text=body.decode())


def notary(work: Work) -> Notary:
    """What closing works with, over a Work of the system tenant."""
    directory = work.table("directory")
    resources = current()
    return Notary(
        tenants=directory.of(TENANTS),
        closings=work.table("identity").of(CLOSINGS),
        accounts=directory.of(ACCOUNTS),
        issuers=directory.of(ISSUERS),
        exports=lambda tenant: resources.buckets(EXPORTS, tenant),
        concerns=CONCERNS,
        post=work,
        now=work.now,
    )


def federation_jwk() -> dict[str, str]:
    """The public key of the tokens by which other clouds know Steward."""
    from steward import federation  # 100 ms of cryptography, paid by those who show the key

    return federation.jwk_of(current().signers(federation.KEY).public_key())


def wire_sign_in(work: Work) -> SignInDeps:
    """What signing in works with, over this Work."""
    table, directory = work.table("identity"), work.table("directory")
    return SignInDeps(
        books=SignInBooks(
            users=table.of(USERS),
            emails=table.of(EMAILS),
            services=table.of(SERVICES),
            passwords=table.of(PASSWORDS),
            resets=table.of(RESETS),
            attempts=table.of(ATTEMPTS),
            factors=table.of(FACTORS),
            tickets=table.of(TICKETS),
            clients=table.of(CLIENTS),
            codes=table.of(CODES),
            families=table.of(FAMILIES),
            refreshes=table.of(REFRESHES),
            devices=table.of(DEVICES),
            user_codes=table.of(USER_CODES),
            signers=table.of(SIGNERS),
            rounds=table.of(ROUNDS),
            refusals=table.of(REFUSALS),
        ),
        register=SignInRegister(
            principals=directory.of(PRINCIPALS),
            sessions=directory.of(SESSIONS),
            links=directory.of(LINKS),
            issuers=directory.of(ISSUERS),
            public_keys=directory.of(PUBLIC_KEYS),
            ended=directory.of(ENDED),
            tenants=directory.of(TENANTS),
        ),
        tenant=work.tenant,
        caller=work.scope.caller,
        now=work.now,
    )


def in_system(work: Work, use: Callable[[Notary], None]) -> None:
    """Answer the message of a tenant's Work in the system tenant, once."""
    scope = work.scope
    opening = Opening(SYSTEM, scope.actor, scope.correlation_id, scope.causation_id, scope.cause)
    try:
        run(current(), opening, lambda inner: use(notary(inner)))
    except AlreadyProcessed:
        return


def ground() -> Ground:
    """What identity holds of a tenant, the directory's part of it included."""
    own = (
        USERS,
        EMAILS,
        GROUPS,
        MEMBERSHIPS,
        PROJECTS,
        SERVICES,
        ROSTERS,
        INVITATIONS,
        ELEVATIONS,
        PRIVACY_REQUESTS,
        PASSWORDS,
        RESETS,
        ATTEMPTS,
        FACTORS,
        TICKETS,
        CLIENTS,
        CODES,
        FAMILIES,
        REFRESHES,
        DEVICES,
        USER_CODES,
        REFUSALS,
    )
    known = (PRINCIPALS, KEYS, SESSIONS, LINKS, ACCESS, ENDED, ALLOWANCES)
    holdings = (
        *(Holding("identity", collection) for collection in own),
        *(Holding("directory", collection) for collection in known),
    )
    return Ground("identity", holdings, buckets=(EXPORTS,))


@dataclass(frozen=True, slots=True)
class Room:
    """What signing in needs besides the books: settings, keys, hashes and the public address."""

    url: str
    settings: SignInSettings
    mint: Mint
    hasher: Hasher
    sealer: Sealer
    codes: OneTimeCodes
    passkeys: PasskeyCheck
    workshop: Workshop
    stamp: Stamp

    @property
    def hall(self) -> Hall:
        """What leads to a session."""
        return Hall(self.settings, self.mint)


def room(domain: str) -> Room:
    """The room of this function, for requests that came by the gateway of that name."""
    resources = current()
    url = public_url(resources.environment, domain)
    chosen = settings(resources.environment)
    return Room(
        url=url,
        settings=chosen,
        mint=mint(),
        hasher=Argon(),
        sealer=Seals(resources.secrets),
        codes=Totps(),
        passkeys=Passkeys(url),
        workshop=Workshop(Forge(), resources.secrets, chosen, url),
        stamp=Stamps(resources.secrets),
    )
