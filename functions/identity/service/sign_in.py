"""Signing in by password: counted first, then looked at, with one answer for all that is wrong.

The slow hash is verified between two Works, exactly once, whether or not there is such a user.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from functions.identity.model.attempts import (
    FROM_ANYWHERE,
    FROM_ONE_PLACE,
    Attempts,
    Patience,
    attempts_id,
    tried,
    wait,
)
from functions.identity.model.passwords import MAX_LENGTH, fresh, normal
from functions.identity.model.people import normal_email
from functions.identity.ports import Hasher, SignInDeps
from functions.identity.service.entrance import Entered, Hall, enter
from steward.errors import BadInput, Throttled, Unauthenticated
from steward.identity.directory import Standing

WRONG = "sign-in: organisation, e-mail or password is wrong"


class Typed(NamedTuple):
    """What somebody typed to sign in, and the address block they did it from."""

    email: str
    password: str
    place: str
    then: str


class Known(NamedTuple):
    """What there is about the one who tries; the same shape for nobody."""

    user: str
    kept: str | None
    wait: timedelta


NOBODY = Known("", None, timedelta(0))
"""Whoever names a tenant that there cannot be; looked at as slowly as somebody."""


class TooSoon(Throttled):
    """Too many tries; the message says how long to wait."""


def begin(typed: Typed, *, deps: SignInDeps) -> Known:
    """Count the try, and find what it is to be held against."""
    owed = max(_count(id_, patience, deps) for id_, patience in _counters(typed))
    user = _user(typed.email, deps)
    kept = deps.books.passwords.get(user) if user else None
    return Known(user, kept.hash if kept else None, owed)


def check_wait(known: Known) -> None:
    """Refuse a try that came too soon, before anything else is looked at.

    Raises:
        TooSoon: it did.
    """
    if known.wait > timedelta(0):
        seconds = int(known.wait.total_seconds()) + 1
        raise TooSoon(f"sign-in: too many tries; wait {seconds} s, or have your password reset")


def matches(known: Known, typed: Typed, hasher: Hasher) -> bool:
    """Whether the password is right; takes as long for nobody as for somebody."""
    return hasher.verify(known.kept, normal(typed.password[: 4 * MAX_LENGTH]))


def finish(known: Known, typed: Typed, *, deps: SignInDeps, hall: Hall, hasher: Hasher) -> Entered:
    """Let in whose password was right.

    Raises:
        Unauthenticated: the user was shut out, or the password changed meanwhile.
    """
    kept = deps.books.passwords.get(known.user)
    if kept is None or kept.hash != known.kept:
        raise Unauthenticated(WRONG)
    for id_, _ in _counters(typed):
        deps.books.attempts.delete(id_)
    if hasher.stale(kept.hash):
        renewed = hasher.hash(normal(typed.password))
        deps.books.passwords.put(kept.model_copy(update={"hash": renewed}))
    return enter(known.user, typed.then, mfa=False, deps=deps, hall=hall)


def set_password(user: str, password: str, *, deps: SignInDeps, hasher: Hasher) -> None:
    """Keep a password that passed its check; all sessions and tokens of before end."""
    deps.books.passwords.get(user)
    deps.books.passwords.put(fresh(user, hasher.hash(password), now=deps.now))
    principal = deps.register.principals.require(user)
    deps.register.principals.put(principal.model_copy(update={"not_before": deps.now}))


def _counters(typed: Typed) -> tuple[tuple[str, Patience], ...]:
    email = typed.email.strip().casefold()[:300]
    return (
        (attempts_id("pair", email, typed.place), FROM_ONE_PLACE),
        (attempts_id("account", email), FROM_ANYWHERE),
    )


def _count(id_: str, patience: Patience, deps: SignInDeps) -> timedelta:
    known: Attempts | None = deps.books.attempts.get(id_)
    owed = wait(known, now=deps.now)
    if owed == timedelta(0):
        deps.books.attempts.put(tried(known, id_, patience, now=deps.now))
    return owed


def _user(email: str, deps: SignInDeps) -> str:
    try:
        claim = deps.books.emails.get(normal_email(email))
    except BadInput:
        return ""
    user = deps.books.users.get(claim.user) if claim else None
    return user.id if user is not None and user.standing is Standing.ACTIVE else ""
