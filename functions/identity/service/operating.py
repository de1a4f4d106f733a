"""Passwords and factors of others: set, reset by a link that counts once, and taken away."""

from __future__ import annotations

from functions.identity.model.factors import Factors
from functions.identity.model.passwords import RESET_LIFE, Reset, check_password
from functions.identity.model.people import User, normal_email
from functions.identity.ports import Hasher, Mint, SignInDeps
from functions.identity.service.sign_in import set_password as keep_password
from steward.errors import NotFound, Unauthenticated
from steward.identity.directory import Standing, hash_key


def user_of(email: str, *, deps: SignInDeps) -> User:
    """The user of that address.

    Raises:
        NotFound: there is none.
    """
    claim = deps.books.emails.get(normal_email(email))
    user = deps.books.users.get(claim.user) if claim else None
    if user is None or user.standing is Standing.DELETED:
        raise NotFound(f"user {email[:80]!r}: not found in tenant {deps.tenant!r}; add them first")
    return user


def set_password(email: str, password: str, *, deps: SignInDeps, hasher: Hasher) -> str:
    """Give the user of that address a password; the user's id.

    Raises:
        NotFound: there is no such user.
        BadInput: the password is not good enough.
    """
    user = user_of(email, deps=deps)
    _set(user, password, deps, hasher)
    return user.id


def reset_link(email: str, url: str, *, deps: SignInDeps, mint: Mint) -> str:
    """A link by which the user may set a password, once.

    Raises:
        NotFound: there is no such user.
    """
    return link_for(user_of(email, deps=deps).id, url, deps=deps, mint=mint)


def link_for(user: str, url: str, *, deps: SignInDeps, mint: Mint) -> str:
    """A link by which that very user may set a password, once."""
    token = f"{deps.tenant}.{mint.secret()}"
    deps.books.resets.add(Reset(id=hash_key(token), user=user, expires_at=deps.now + RESET_LIFE))
    return f"{url}/sign-in/password?token={token}"


def reset(token: str, password: str, *, deps: SignInDeps, hasher: Hasher) -> str:
    """Set the password by a link; every link of before is worth nothing then. The user's id.

    Raises:
        Unauthenticated: the link was used, is too old, or older than the password.
        BadInput: the password is not good enough; the link still counts.
    """
    known = deps.books.resets.get(hash_key(token))
    user = deps.books.users.get(known.user) if known else None
    gone = known is None or user is None or known.expires_at <= deps.now
    if gone or user is None or user.standing is not Standing.ACTIVE:
        raise Unauthenticated("link: was used already, or is older than a day; ask for another")
    if known is not None and known.outdated_by(deps.books.passwords.get(user.id)):
        raise Unauthenticated("link: the password was set since it was given; ask for another")
    _set(user, password, deps, hasher)
    deps.books.resets.delete(hash_key(token))
    return user.id


def change(user_id: str, password: str, *, deps: SignInDeps, hasher: Hasher) -> None:
    """Set one's own password, the present one having been proved; all other sign-ins end.

    Raises:
        BadInput: the password is not good enough.
    """
    _set(deps.books.users.require(user_id), password, deps, hasher)


def clear_factors(email: str, *, deps: SignInDeps) -> str:
    """Take away all second factors of a user; the user's id.

    Raises:
        NotFound: there is no such user.
    """
    user = user_of(email, deps=deps)
    deps.books.factors.get(user.id)
    deps.books.factors.put(Factors(user=user.id))
    return user.id


def _set(user: User, password: str, deps: SignInDeps, hasher: Hasher) -> None:
    fine = check_password(password, context=(user.email, user.name, deps.tenant))
    keep_password(user.id, fine, deps=deps, hasher=hasher)
