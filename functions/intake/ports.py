"""What the intake needs from outside: who verifies tokens, whose an account is, and its own books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.intake.model.notice import Held
from functions.intake.model.once import Spent
from functions.intake.model.sender import Sender
from steward.contracts.event import Event
from steward.identity.directory import Issuer
from steward.identity.jws import Claims, Unverified
from steward.objects import Objects
from steward.store.work import Entities


class Verify(Protocol):
    """Whoever can tell a good token of an issuer from a bad one."""

    def __call__(self, given: Unverified, issuer: Issuer) -> Claims:
        """What the token says.

        Raises:
            Unauthenticated: it does not hold.
        """
        ...


class Owner(Protocol):
    """The directory of accounts."""

    def __call__(self, provider: str, account: str) -> str | None:
        """The tenant that has claimed the account; None when nobody has."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """What the use cases work with, in one Work of one tenant."""

    senders: Entities[Sender]
    spent: Entities[Spent]
    held: Entities[Held]
    files: Callable[[], Objects]
    verify: Verify
    owner: Owner
    publish: Callable[[Event], None]
    now: datetime
    tenant: str
    actor: str
    commit_id: str
