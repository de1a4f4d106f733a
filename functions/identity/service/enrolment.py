"""Second factors of one's own: set up, proved once before they count, and taken away."""

from __future__ import annotations

from typing import NamedTuple

from functions.identity.model.factors import RECOVERY_CODES, Factors, Totp, recovery_hash
from functions.identity.ports import Mint, SignInDeps
from functions.identity.service.entrance import Visitor
from functions.identity.service.second_factor import Desk, place_of, spend
from steward.errors import BadInput, Denied

_GROUP = 4
_RECOVERY_LETTERS = 16


class Shown(NamedTuple):
    """One's factors, with what is shown only while something is set up."""

    factors: Factors
    secret: str = ""
    uri: str = ""
    recovery: tuple[str, ...] = ()
    problem: str = ""


def mine(visitor: Visitor, *, deps: SignInDeps) -> Factors:
    """The factors of whoever is signed in."""
    user = visitor.session.principal
    return deps.books.factors.get(user) or Factors(user=user)


def begin_totp(visitor: Visitor, account: str, *, deps: SignInDeps, desk: Desk) -> Shown:
    """A fresh secret to type into an app; it counts once a code of it was given.

    Raises:
        Denied: there is a second factor already, and this session lacks it.
    """
    factors = check_proved(visitor, deps=deps)
    secret = desk.codes.new_secret()
    sealed = desk.sealer.seal(secret, place=place_of(deps.tenant, factors.user))
    after = factors.with_totp(Totp(sealed=sealed))
    deps.books.factors.put(after)
    return Shown(after, secret, desk.codes.uri(secret, account=account))


def confirm_totp(
    visitor: Visitor, code: str, account: str, *, deps: SignInDeps, desk: Desk, mint: Mint
) -> Shown:
    """The factors with one-time codes that count, or as before when the code is wrong.

    Raises:
        Denied: there is a second factor already, and this session lacks it.
        BadInput: nothing is being set up.
    """
    factors = check_proved(visitor, deps=deps)
    totp = factors.totp
    if totp is None or totp.confirmed_at is not None:
        raise BadInput("one-time codes: nothing is being set up; begin again")
    proved = factors.with_totp(totp.model_copy(update={"confirmed_at": deps.now}))
    spent = spend(proved, code.strip(), deps=deps, desk=desk)
    if spent is None:
        secret = desk.sealer.open(totp.sealed, place=place_of(deps.tenant, factors.user))
        uri = desk.codes.uri(secret, account=account)
        return Shown(factors, secret, uri, problem="code: is wrong; look again")
    return with_recovery(spent, deps=deps, mint=mint)


def with_recovery(factors: Factors, *, deps: SignInDeps, mint: Mint) -> Shown:
    """The factors with fresh recovery codes, where there were none."""
    if factors.recovery:
        deps.books.factors.put(factors)
        return Shown(factors)
    codes = tuple(_recovery_code(mint) for _ in range(RECOVERY_CODES))
    after = factors.model_copy(update={"recovery": tuple(recovery_hash(c) for c in codes)})
    deps.books.factors.put(after)
    return Shown(after, recovery=codes)


def remove_totp(visitor: Visitor, *, deps: SignInDeps) -> Shown:
    """The factors without one-time codes.

    Raises:
        Denied: this session lacks the second factor.
    """
    return _kept(check_proved(visitor, deps=deps).with_totp(None), deps)


def begin_passkey(visitor: Visitor, account: str, *, deps: SignInDeps, desk: Desk) -> str:
    """What the browser makes a passkey of.

    Raises:
        Denied: there is a second factor already, and this session lacks it.
    """
    factors = check_proved(visitor, deps=deps)
    options, challenge = desk.passkeys.registration(factors.user, account, factors.passkeys)
    deps.books.factors.put(factors.model_copy(update={"challenge": challenge}))
    return options


def add_passkey(
    visitor: Visitor, answer: str, name: str, *, deps: SignInDeps, desk: Desk, mint: Mint
) -> Shown:
    """The factors with the passkey that the browser made.

    Raises:
        BadInput: the answer does not hold, or nothing was begun.
        Denied: there is a second factor already, and this session lacks it.
    """
    factors = check_proved(visitor, deps=deps)
    if not factors.challenge:
        raise BadInput("passkey: nothing was begun; try again")
    if not (0 < len(name) <= 60 and name.isprintable()):  # noqa: PLR2004  # as the page says
        raise BadInput("passkey: name it in 1 to 60 printable characters")
    made = desk.passkeys.register(answer, challenge=factors.challenge, name=name, now=deps.now)
    if factors.passkey(made.id) is not None:
        raise BadInput("passkey: is set up already")
    after = factors.with_passkey(made).model_copy(update={"challenge": ""})
    return with_recovery(after, deps=deps, mint=mint)


def remove_passkey(visitor: Visitor, id_: str, *, deps: SignInDeps) -> Shown:
    """The factors without that passkey.

    Raises:
        Denied: this session lacks the second factor.
    """
    return _kept(check_proved(visitor, deps=deps).without_passkey(id_), deps)


def _kept(factors: Factors, deps: SignInDeps) -> Shown:
    # Recovery codes alone would be a second factor that nobody is asked for.
    after = factors if factors.enrolled else Factors(user=factors.user)
    deps.books.factors.put(after)
    return Shown(after)


def check_proved(visitor: Visitor, *, deps: SignInDeps) -> Factors:
    """One's factors, for whoever has proved the second one where there is one.

    Raises:
        Denied: this session has not, or is of a borrowed identity.
    """
    factors = mine(visitor, deps=deps)
    if visitor.session.on_behalf_of:
        raise Denied("security: whoever borrows an identity does not change how it signs in")
    if factors.enrolled and not visitor.session.mfa:
        raise Denied("security: sign in with your second factor first, at /sign-in/factor")
    return factors


def _recovery_code(mint: Mint) -> str:
    letters = mint.letters(_RECOVERY_LETTERS)
    groups = range(0, _RECOVERY_LETTERS, _GROUP)
    return "-".join(letters[start : start + _GROUP] for start in groups)
