"""Savings that were promised are looked for in the bills that follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple, Protocol

from functions.cost.model.commitments.purchase import CHECK as PURCHASE
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
from steward.contracts.cost import RecommendationEnded, SavingsDue, SavingVerified
from steward.store.collection import every
from steward.store.work import Entities

AT_ONCE: Final = 40
BESIDE: Final = 100


class Earned(NamedTuple):
    """When commitments were first billed, what they cost, and what they covered would have on demand."""

    first: datetime
    cost: Decimal
    worth: Decimal


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

    def earned(
        self, provider: str, currency: str, since: datetime, until: datetime | None = None
    ) -> Earned | None:
        """What commitments came to that are first billed from a day on; None when there are none."""
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
    if not event.cursor:
        _look_for_purchases(ledger, at=at)
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


def _look_for_purchases(ledger: Ledger, *, at: Verifying) -> None:
    """Purchases that were accepted are done once the bill has a commitment that it had not before."""
    kept = at.recommendations
    for one in every(
        lambda after: kept.query(index="by_check", key=PURCHASE, after=after, limit=BESIDE)
    ):
        if one.standing is AdviceStanding.ACCEPTED and one.decided_at is not None:
            found = ledger.earned(one.provider, one.currency, one.decided_at)
            if found is not None:
                done = one.ended(at=found.first)
                kept.put(done)
                at.post.publish(RecommendationEnded(recommendation=told(done), done=True))
                # What this Work writes it does not find below.
                _check(done, ledger, at=at)


def _check(one: Recommendation, ledger: Ledger, *, at: Verifying) -> None:
    until = ledger.billed_until(one.provider)
    if one.changed_at is None or until is None:
        return
    compared = windows(one.changed_at, until)
    if compared is None:
        return
    index, key = ("by_resource", one.resource_id)
    if one.check == PURCHASE:
        index, key = ("by_check", PURCHASE)
    others = at.recommendations.query(index=index, key=key, limit=BESIDE).items
    same = [
        each for each in others if (each.provider, each.currency) == (one.provider, one.currency)
    ]
    before, after = _billed(one, compared, ledger)
    found = verify(one, before, after, beside(one, same))
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
    if one.check == PURCHASE and one.decided_at is not None:
        # What is covered now is compared with its own price on demand: usage may have changed as well.
        begin, end = compared.after
        earned = ledger.earned(one.provider, one.currency, one.decided_at, end)
        days = max(1, (end - (earned.first if earned else begin)).days)
        worth, cost = (earned.worth, earned.cost) if earned else (Decimal(0), Decimal(0))
        return Billed(worth, days), Billed(cost, days)
    sides = [
        Billed(ledger.cost(one.billed_as, one.currency, during), (during[1] - during[0]).days)
        for during in (compared.before, compared.after)
    ]
    return sides[0], sides[1]
