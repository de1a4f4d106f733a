"""What became of a saving: a month of the resource before the change, and one after it, as billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from functions.cost.model.checks.kept import MONTH_DAYS
from functions.cost.model.recommendation import (
    AdviceStanding,
    Proof,
    Recommendation,
    Verification,
    money,
)

BEFORE: Final = timedelta(days=30)
ENOUGH: Final = 7
"""Days that must be billed after the change, before anything is said."""
LONG: Final = 28
"""Days billed after the change after which what is said stays."""
_MOST_OF_IT: Final = Decimal("0.8")
_SOME_OF_IT: Final = Decimal("0.2")


@dataclass(frozen=True, slots=True)
class Billed:
    """What a resource cost over so many billed days."""

    cost: Decimal
    days: int

    @property
    def monthly(self) -> Decimal:
        """What a month of it costs."""
        return self.cost * MONTH_DAYS / self.days


@dataclass(frozen=True, slots=True)
class Windows:
    """The days before a change and after it; the day of the change counts for neither."""

    before: tuple[datetime, datetime]
    after: tuple[datetime, datetime]


def windows(changed_at: datetime, billed_until: datetime) -> Windows | None:
    """The days that are compared; None as long as too few are billed after the change."""
    day = changed_at.replace(hour=0, minute=0, second=0, microsecond=0)
    begin = day + timedelta(days=1)
    end = min(billed_until, begin + timedelta(days=LONG))
    if (end - begin).days < ENOUGH:
        return None
    return Windows((day - BEFORE, day), (begin, end))


def verify(
    one: Recommendation, before: Billed, after: Billed, beside: Sequence[Recommendation]
) -> Verification:
    """What the bill says; of several changes of one resource each has its part of what was saved.

    ``beside`` are the other recommendations that were followed for the resource at about the same time.
    """
    promised = one.saving + sum((each.saving for each in beside), Decimal(0))
    saved = (before.monthly - after.monthly) * one.saving / promised
    return Verification(
        proof=_proof(saved, one.saving),
        before=money(before.monthly),
        after=money(after.monthly),
        saved=money(saved),
        days=after.days,
    )


def beside(one: Recommendation, others: Sequence[Recommendation]) -> list[Recommendation]:
    """Those of the others that were followed within the days that are compared."""
    return [
        each
        for each in others
        if each.id != one.id
        and each.standing is AdviceStanding.DONE
        and each.changed_at is not None
        and one.changed_at is not None
        and abs(each.changed_at - one.changed_at) <= BEFORE
    ]


def settled(one: Recommendation) -> bool:
    """Whether nothing more is to be read from the bill."""
    found = one.verification
    return one.standing is not AdviceStanding.DONE or found is None or found.days >= LONG


def _proof(saved: Decimal, promised: Decimal) -> Proof:
    if saved >= promised * _MOST_OF_IT:
        return Proof.VERIFIED
    return Proof.PARTIAL if saved >= promised * _SOME_OF_IT else Proof.NONE
