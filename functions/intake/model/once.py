"""A token counts for one delivery: whoever takes one from the wire can do nothing with it but repeat.

Both clouds give a fresh token for the asking, so that senders lose nothing by it.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.identity.jws import Claims, refuse
from steward.store.collection import Collection

_LEEWAY = timedelta(minutes=5)


class Spent(BaseModel):
    """A token that has been used, by its digest, and the one delivery it was used for."""

    model_config = ConfigDict(frozen=True)

    id: str
    delivery: str
    expires_at: AwareDatetime


SPENT = Collection(
    "spent",
    Spent,
    id=lambda spent: spent.id,
    expires=lambda spent: spent.expires_at,
    audit="none",
    listed=False,
)


def spent_on(token: str, delivery: str, claims: Claims) -> Spent:
    """What is remembered of a token until it would lapse anyway."""
    until = datetime.fromtimestamp(claims.exp, UTC) + _LEEWAY
    return Spent(id=hashlib.sha256(token.encode()).hexdigest(), delivery=delivery, expires_at=until)


def check_once(known: Spent | None, wanted: Spent) -> bool:
    """Whether the token is used for the first time.

    Raises:
        Unauthenticated: it was used for another delivery.
    """
    if known is not None and known.delivery != wanted.delivery:
        raise refuse("was used for another delivery", remedy="get a fresh one for each")
    return known is None
