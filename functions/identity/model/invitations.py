"""Invitations: a one-time secret that makes a user with what the inviter set out."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.identity import Grant
from steward.identity.directory import hash_key
from steward.store.collection import Collection, Index, Retention

LIFE = timedelta(days=7)
_TOKEN = re.compile(r"sti_([a-z0-9][a-z0-9-]{0,63})\.([0-9a-f]{26})\.[A-Za-z0-9_-]{43}")


class InvitationState(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


class Invitation(BaseModel):
    """A person who may become a user; ``user`` is the id they will have, and ``hash`` of the token.

    The name and address go when the invitation is answered, one way or the other.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    user: str
    email: str
    name: str
    grants: tuple[Grant, ...] = ()
    groups: tuple[str, ...] = ()
    hash: str
    state: InvitationState = InvitationState.OPEN
    created_at: AwareDatetime
    created_by: str
    expires_at: AwareDatetime
    answered_at: AwareDatetime | None = None

    def opens_to(self, token: str, *, now: datetime) -> bool:
        """Whether the token is this invitation's, and still good."""
        fits = hmac.compare_digest(hash_key(token), self.hash)
        return fits and self.state is InvitationState.OPEN and self.expires_at > now

    def answered(self, state: InvitationState, *, now: datetime) -> Invitation:
        """The invitation at its end, without the name and the address."""
        return self.model_copy(
            update={"state": state, "answered_at": now, "email": "", "name": "", "hash": ""}
        )


class Place(NamedTuple):
    """Where a token says that its invitation is kept."""

    tenant: str
    id: str


INVITATIONS = Collection(
    "invitations",
    Invitation,
    id=lambda invitation: invitation.id,
    indexes=(Index("by_state", lambda each: each.state, lambda each: each.created_at.isoformat()),),
    retention=Retention(since=lambda each: each.expires_at, days=90, bounds=(1, 400)),
    secret=("hash",),
    personal=("email", "name"),
    person=lambda invitation: invitation.user,
)


def new_token(tenant: str, id_: str) -> str:
    """A fresh token, which says where its invitation is kept."""
    return f"sti_{tenant}.{id_}.{secrets.token_urlsafe(32)}"


def place_of(token: str) -> Place | None:
    """Where the token's invitation is kept; None when it is no token."""
    found = _TOKEN.fullmatch(token)
    return None if found is None else Place(found[1], found[2])
