"""Browser sessions: begun after a sign-in, always under a fresh cookie, gone on with and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from functions.identity.model.browser import TICKET_LIFE, Ticket, extended, local_path, session_of
from functions.identity.model.sign_in_settings import SignInSettings
from functions.identity.ports import Mint, SignInDeps
from steward.errors import Unauthenticated
from steward.identity.directory import BrowserSession, Standing, admitted, hash_key, tenant_in


class Hall(NamedTuple):
    """What leads from a sign-in to a session."""

    settings: SignInSettings
    mint: Mint


class Entered(NamedTuple):
    """A browser's next cookie: of its session, or of the ticket when a second factor is owed."""

    cookie: str
    owes_factor: bool
    then: str


class Visitor(NamedTuple):
    """Who a browser is signed in as, and since when."""

    tenant: str
    session: BrowserSession
    cookie: str


def enter(user: str, then: str, *, mfa: bool, deps: SignInDeps, hall: Hall) -> Entered:
    """Begin a session, or ask for the second factor that the user has set up."""
    check_admitted(user, deps)
    factors = deps.books.factors.get(user)
    if factors is not None and factors.enrolled and not mfa:
        return ticket_for(user, then, deps=deps, hall=hall)
    cookie = f"{deps.tenant}.{hall.mint.secret()}"
    settings = hall.settings
    session = session_of(
        cookie, user, mfa=mfa, now=deps.now, idle=settings.idle, whole=settings.session
    )
    deps.register.sessions.add(session)
    return Entered(cookie, owes_factor=False, then=local_path(then))


def ticket_for(user: str, then: str, *, deps: SignInDeps, hall: Hall) -> Entered:
    """A ticket for whoever owes a second factor."""
    cookie = f"{deps.tenant}.{hall.mint.secret()}"
    ticket = Ticket(
        id=hash_key(cookie), user=user, then=local_path(then), expires_at=deps.now + TICKET_LIFE
    )
    deps.books.tickets.add(ticket)
    return Entered(cookie, owes_factor=True, then=ticket.then)


def check_admitted(user: str, deps: SignInDeps) -> None:
    """Refuse who is let in no more, and whose tenant is not served.

    Raises:
        Unauthenticated: either.
    """
    admitted(deps.register.principals.get(user), user, now=deps.now)


def visitor(cookie: str, *, deps: SignInDeps) -> Visitor | None:
    """Whose session the cookie is; None when it is over."""
    session = deps.register.sessions.get(hash_key(cookie))
    if session is None or session.expires_at <= deps.now:
        return None
    try:
        principal = admitted(
            deps.register.principals.get(session.principal), session.principal, now=deps.now
        )
    except Unauthenticated:
        return None
    if principal.not_before is not None and session.created_at < principal.not_before:
        return None
    return Visitor(deps.tenant, session, cookie)


def go_on(found: Visitor, *, deps: SignInDeps, idle: timedelta) -> BrowserSession:
    """The session, held open by being used."""
    longer = extended(found.session, now=deps.now, idle=idle)
    if longer is not None:
        deps.register.sessions.put(longer)
    return longer or found.session


def leave(cookie: str, *, deps: SignInDeps) -> None:
    """End the session of this browser; one that is over is no error."""
    deps.register.sessions.delete(hash_key(cookie))


def leave_everywhere(user: str, *, deps: SignInDeps) -> None:
    """End all sessions and tokens of the user that began before now."""
    known = deps.register.principals.require(user)
    deps.register.principals.put(known.model_copy(update={"not_before": deps.now}))


def tenant_of_cookie(cookie: str) -> str | None:
    """The tenant that a cookie of ours names; None when it is none."""
    tenant = tenant_in(cookie)
    plain = tenant is not None and tenant.isascii() and tenant.replace("-", "").isalnum()
    return tenant if plain else None


def served(tenant_standing: Standing | None) -> bool:
    """Whether a tenant is served: one without a record was never suspended."""
    return tenant_standing in (None, Standing.ACTIVE)
