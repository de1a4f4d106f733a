"""The second step of a sign-in: a code by time, a recovery code or a passkey; each counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from functions.identity.model.attempts import FROM_ONE_PLACE, attempts_id, tried, wait
from functions.identity.model.browser import TICKET_TRIES, Ticket
from functions.identity.model.factors import Factors, matching_step
from functions.identity.ports import OneTimeCodes, PasskeyCheck, Sealer, SignInDeps
from functions.identity.service.entrance import Entered, Hall, enter
from steward.identity.directory import hash_key


class Desk(NamedTuple):
    """What second factors are checked with."""

    codes: OneTimeCodes
    sealer: Sealer
    passkeys: PasskeyCheck


class Owed(NamedTuple):
    """Whose second factor is owed, and which they have."""

    ticket: Ticket
    factors: Factors


class Wrong(NamedTuple):
    """A second factor that does not hold; given back, not raised: the try must be counted."""

    why: str
    over: bool = False
    user: str = ""
    """Whose factor it was to be; nobody's when it was not looked at."""


def owed(cookie: str, *, deps: SignInDeps) -> Owed | None:
    """What the ticket in the cookie is about; None when it is over."""
    ticket = deps.books.tickets.get(hash_key(cookie))
    if ticket is None or ticket.expires_at <= deps.now or ticket.tries >= TICKET_TRIES:
        return None
    return Owed(ticket, deps.books.factors.get(ticket.user) or Factors(user=ticket.user))


def prove_code(
    cookie: str, code: str, *, deps: SignInDeps, hall: Hall, desk: Desk
) -> Entered | Wrong:
    """Let in whoever knows the code of now, or a recovery code."""
    found = _counted(cookie, deps)
    if isinstance(found, Wrong):
        return found
    after = spend(found.factors, code.strip(), deps=deps, desk=desk)
    if after is None:
        return Wrong(
            "code: is wrong, or was used already; wait for the next one", user=found.ticket.user
        )
    return _in(found.ticket, after, deps, hall)


def passkey_options(cookie: str, *, deps: SignInDeps, desk: Desk) -> str | Wrong:
    """What the browser is to have signed."""
    found = owed(cookie, deps=deps)
    if found is None or not found.factors.passkeys:
        return Wrong("sign-in: took too long; begin again", over=True)
    options, challenge = desk.passkeys.assertion(found.factors.passkeys)
    deps.books.tickets.put(found.ticket.model_copy(update={"challenge": challenge}))
    return options


def prove_passkey(
    cookie: str, answer: str, *, deps: SignInDeps, hall: Hall, desk: Desk
) -> Entered | Wrong:
    """Let in whoever signed the challenge of this ticket."""
    found = _counted(cookie, deps)
    if isinstance(found, Wrong):
        return found
    challenge = found.ticket.challenge
    signed = challenge and desk.passkeys.check(
        answer, found.factors.passkeys, challenge=challenge, now=deps.now
    )
    if not signed:
        return Wrong("passkey: the answer does not hold; try again", user=found.ticket.user)
    return _in(found.ticket, found.factors.with_passkey(signed), deps, hall)


def spend(factors: Factors, code: str, *, deps: SignInDeps, desk: Desk) -> Factors | None:
    """The factors after the code was used; None when it does not hold."""
    totp = factors.totp
    if totp is not None and factors.has_totp:
        secret = desk.sealer.open(totp.sealed, place=place_of(deps.tenant, factors.user))
        step = matching_step(
            code,
            lambda number: desk.codes.at(secret, number),
            after=totp.last_step,
            now=deps.now,
        )
        if step is not None:
            return factors.with_totp(totp.model_copy(update={"last_step": step}))
    return factors.spent(code)


def place_of(tenant: str, user: str) -> str:
    """Where a user's sealed secret belongs."""
    return f"totp|{tenant}|{user}"


def _counted(cookie: str, deps: SignInDeps) -> Owed | Wrong:
    # Counted twice: on the ticket, and on the user, who could be asked for a fresh ticket each time.
    found = owed(cookie, deps=deps)
    if found is None:
        return Wrong("sign-in: took too long or too many tries; begin again", over=True)
    id_ = attempts_id("factor", found.ticket.user)
    known = deps.books.attempts.get(id_)
    left = wait(known, now=deps.now)
    if left > timedelta(0):
        return Wrong(f"sign-in: too many tries; wait {int(left.total_seconds()) + 1} s")
    deps.books.attempts.put(tried(known, id_, FROM_ONE_PLACE, now=deps.now))
    ticket = found.ticket.model_copy(update={"tries": found.ticket.tries + 1})
    deps.books.tickets.put(ticket)
    return found._replace(ticket=ticket)


def _in(ticket: Ticket, after: Factors, deps: SignInDeps, hall: Hall) -> Entered:
    deps.books.factors.put(after)
    deps.books.attempts.delete(attempts_id("factor", ticket.user))
    deps.books.tickets.delete(ticket.id)
    return enter(ticket.user, ticket.then, mfa=True, deps=deps, hall=hall)
