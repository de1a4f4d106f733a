"""Events of accounts that nobody has claimed: kept with the reason until the account is added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.errors import TooLarge
from steward.store import limits
from steward.store.collection import Collection, Index
from steward.store.work import Work

KEPT_FOR = timedelta(days=30)
_ROOM = 4096


class Unclaimed(BaseModel):
    """One parked event, whole, under its account."""

    model_config = ConfigDict(frozen=True)

    id: str
    provider: str
    account: str
    function: str
    reason: str
    received_at: AwareDatetime
    body: str

    @classmethod
    def of(cls, work: Work, *, provider: str, account: str, body: Mapping[str, Any]) -> Unclaimed:
        """The entry for an event that came for an account nobody has claimed.

        Raises:
            TooLarge: the event does not fit an item.
        """
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        if len(text.encode()) > limits.ITEM_BYTES - _ROOM:
            raise TooLarge(
                f"event of {len(text)} bytes, of an account nobody has claimed ({provider} {account}); "
                "add the account and send it again"
            )
        return cls(
            id=work.scope.commit_id,
            provider=provider,
            account=account,
            function=work.scope.function.id,
            reason=f"no tenant has claimed {provider} account {account}",
            received_at=work.now,
            body=text,
        )


def _expires(entry: Unclaimed) -> datetime:
    return entry.received_at + KEPT_FOR


UNCLAIMED = Collection(
    "unclaimed",
    Unclaimed,
    id=lambda entry: entry.id,
    indexes=(
        Index(
            "by_account",
            lambda entry: f"{entry.provider}/{entry.account}",
            lambda entry: entry.received_at.isoformat(),
        ),
    ),
    expires=_expires,
    audit="none",
)
