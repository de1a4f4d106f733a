"""What the operator of the installation does at the store itself, by ``steward auth``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from functions.identity.ports import SignInDeps
from functions.identity.service import operating, signing
from functions.identity.wiring import room, wire_sign_in
from steward.edge import work_for
from steward.identity import SYSTEM

R = TypeVar("R")

OPERATOR = "operator"


def set_password(tenant: str, email: str, password: str) -> str:
    """Give a user a password; the user's id."""
    hasher = room("").hasher
    return _within(
        tenant, lambda deps: operating.set_password(email, password, deps=deps, hasher=hasher)
    )


def reset_link(tenant: str, email: str) -> str:
    """A link by which the user may set a password, once and within a day."""
    place = room("")
    return _within(
        tenant, lambda deps: operating.reset_link(email, place.url, deps=deps, mint=place.mint)
    )


def clear_factors(tenant: str, email: str) -> str:
    """Take away the second factors of a user who lost them; the user's id."""
    return _within(tenant, lambda deps: operating.clear_factors(email, deps=deps))


def rotate_keys() -> str:
    """A new key signs from now on; its id."""
    workshop = room("").workshop
    return _within(SYSTEM, lambda deps: signing.renew(workshop, deps=deps).kid)


def _within(tenant: str, use: Callable[[SignInDeps], R]) -> R:
    return work_for(tenant, actor=OPERATOR, use=lambda work: use(wire_sign_in(work)))
