"""Savings that were promised are looked for in the bills that follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol

from functions.cost.model.recommendation import AdviceStanding, Recommendation
from functions.cost.model.verifying import (
    Billed,
    Windows,
    beside,
    settled,
    verify,
    windows,
)
from functions.cost.ports import Post
from functions.cost.service.news import told
from steward.contracts.cost import SavingsDue, SavingVerified
from steward.store.work import Entities

AT_ONCE: Final = 40
BESIDE: Final = 100


class Ledger(Protocol):
    """What the lake says of days gone by."""

    def billed_until(self, provider: str) -> datetime | None:
        """Until when a provider's usage is billed; None when none of it is."""
        ...

    def cost(
        self, names: Iterable[str], currency: str, during: tuple[datetime, datetime]
    ) -> Decimal:
        """What a resource of these names cost during some days."""
        ...


@dataclass(frozen=True, slots=True)
class Verifying:
    """What verifying takes, within one Work."""

    recommendations: Entities[Recommendation]
    post: Post
    now: datetime
    ledger: Callable[[], Ledger]


def check(event: SavingsDue, *, at: Verifying) -> None:
    """Look at the next few that were followed, and have the others looked at."""
    ledger = at.ledger()
    page = at.recommendations.query(
        index="by_standing",
        key=AdviceStanding.DONE,
        after=event.cursor or None,
        limit=AT_ONCE,
    )
    for one in page.items:
        if not settled(one):
            _check(one, ledger, at=at)
    if page.cursor is not None:
        at.post.publish(SavingsDue(cursor=page.cursor))


def _check(one: Recommendation, ledger: Ledger, *, at: Verifying) -> None:
    until = ledger.billed_until(one.provider)
    if one.changed_at is None or until is None:
        return
    compared = windows(one.changed_at, until)
    if compared is None:
        return
    others = at.recommendations.query(index="by_resource", key=one.resource_id, limit=BESIDE)
    before, after = _billed(one, compared, ledger)
    found = verify(one, before, after, beside(one, others.items))
    found = found.model_copy(update={"until": compared.after[1]})
    known = one.verification
    if known == found:
        return
    verified = one.model_copy(update={"verification": found, "updated_at": at.now})
    at.recommendations.put(verified)
    if known is None or known.proof is not found.proof:
        event = SavingVerified(
            recommendation=told(verified), proof=found.proof, saved=found.saved or Decimal(0)
        )
        at.post.publish(event)


def _billed(one: Recommendation, compared: Windows, ledger: Ledger) -> tuple[Billed, Billed]:
    sides = [
        Billed(ledger.cost(one.billed_as, one.currency, during), (during[1] - during[0]).days)
        for during in (compared.before, compared.after)
    ]
    return sides[0], sides[1]
