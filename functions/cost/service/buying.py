"""What to buy, asked with the offers that can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.commitments.advice import BuyingPlan, Purchase, advised, applying
from functions.cost.model.commitments.offers import CENT_OF_CENT, History, Offer, Risk
from functions.cost.model.commitments.purchase import (
    CHECK,
    PurchaseFigures,
    recommended_purchase,
)
from functions.cost.model.recommendation import AdviceStanding, Recommendation
from functions.cost.service.advising import Advising, end, settle
from steward.errors import NotFound
from steward.store.collection import every

OFFERS: Final = 40
A_MONTH: Final = 730
_PAGE: Final = 200
Share = Annotated[Decimal, Field(ge=0, le=1)]


class Hours(NamedTuple):
    """What was paid on demand, None if nothing; what commitments covered; hours of the longest line."""

    history: History | None
    covered: float
    widest: int


class Past(Protocol):
    """Hours as the bill has them."""

    def hours(self, currency: str, days: int) -> Hours | None:
        """The last days; None when nothing is billed of compute."""
        ...


class CommitmentOffer(BaseModel):
    """What can be bought: ``rates`` are shares of the price on demand by pool, such as aws/eu-west-1/m5.

    A pool may be a pattern: ``aws/*`` is what a compute savings plan applies to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=120)
    provider: Literal["aws", "azure", "gcp"]
    kind: str = Field(default="plan", max_length=80)
    rates: dict[str, Decimal] = Field(min_length=1, max_length=200)
    years: Literal[1, 3] = 1
    payment: Literal["none", "partial", "all"] = "none"
    upfront: Share = Decimal(0)
    step: Decimal = Field(default=CENT_OF_CENT, gt=0)
    source: str = Field(default="", max_length=300)


class CommitmentQuestion(BaseModel):
    """What to buy of these offers, for usage like the last ``days``; the rest is how much may go wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offers: tuple[CommitmentOffer, ...] = Field(min_length=1, max_length=OFFERS)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    days: int = Field(default=30, ge=7, le=366)
    quiet: Share = Decimal("0.05")
    decline: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)
    capital: Share = Decimal(0)
    upfront: Decimal | None = Field(default=None, ge=0)


class CommitmentPurchase(BaseModel):
    """One offer to buy; sums are of a month. See `CommitmentPlan`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: str
    kind: str
    years: int
    hourly: Decimal
    steps: int
    pays: Decimal
    covers: Decimal
    saving: Decimal
    utilisation: Decimal
    break_even: Decimal


class CommitmentPlan(BaseModel):
    """What to buy for what is paid on demand now; sums are of a month of 730 hours.

    ``coverage`` is the share of compute that commitments cover, before and after the purchase. A purchase
    loses once the usage that it covers shrinks to less than its ``break_even``. ``hidden`` says that lines
    are longer than an hour, so that swings within a day are not seen and too much may be bought.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str
    days: int
    before: Decimal
    after: Decimal
    saving: Decimal
    coverage_before: Decimal
    coverage_after: Decimal
    gap: Decimal
    hidden: bool
    pools: tuple[str, ...]
    unused_offers: tuple[str, ...]
    purchases: tuple[CommitmentPurchase, ...]


@dataclass(frozen=True, slots=True)
class Buying:
    """What asking takes, and keeping what was answered."""

    past: Callable[[], Past]
    now: datetime
    advising: Advising


def asked(question: CommitmentQuestion, *, at: Buying) -> CommitmentPlan:
    """What to buy.

    Raises:
        NotFound: no compute is billed on demand in that currency.
        BadInput: an offer breaks a rule.
    """
    found = at.past().hours(question.currency, question.days)
    if found is None or found.history is None:
        raise NotFound(
            f"commitments: no compute is billed on demand in {question.currency}; take bills in, or ask in "
            "another currency"
        )
    offers = [Offer(**dict(one)) for one in question.offers]
    risk = Risk(
        quiet=question.quiet,
        decline=question.decline,
        capital=question.capital,
        upfront=question.upfront,
    )
    plan = advised(found.history, offers, risk, now=at.now)
    known = {one.id for one in applying(offers, found.history.pools)}
    covered = found.covered * A_MONTH / (question.days * 24)
    return _plan(
        question, plan, found, covered, tuple(one.id for one in offers if one.id not in known)
    )


def recommend(question: CommitmentQuestion, *, at: Buying) -> CommitmentPlan:
    """What to buy, kept as recommendations; those that an earlier answer left open and this has not, end.

    Raises:
        NotFound: no compute is billed on demand in that currency.
        BadInput: an offer breaks a rule.
    """
    plan = asked(question, at=at)
    fresh = {one.id: one for one in _recommended(question, plan, at=at)}
    kept = at.advising.recommendations
    for one in every(
        lambda after: kept.query(index="by_check", key=CHECK, after=after, limit=_PAGE)
    ):
        stale = one.standing is AdviceStanding.OPEN and one.currency == question.currency
        if stale and one.id not in fresh:
            end(one, at=at.advising)
    for id_, one in fresh.items():
        settle(one, kept.get(id_), at=at.advising)
    return plan


def _recommended(
    question: CommitmentQuestion, plan: CommitmentPlan, *, at: Buying
) -> Iterator[Recommendation]:
    providers = {one.id: one.provider for one in question.offers}
    for one in plan.purchases:
        figures = PurchaseFigures(
            offer=one.offer,
            provider=providers[one.offer],
            currency=plan.currency,
            years=one.years,
            hourly=one.hourly,
            steps=one.steps,
            pays=one.pays,
            covers=one.covers,
            utilisation=one.utilisation,
            break_even=one.break_even,
            days=plan.days,
        )
        yield recommended_purchase(figures, at=at.now)


def _plan(
    question: CommitmentQuestion,
    plan: BuyingPlan,
    found: Hours,
    covered: float,
    unused: tuple[str, ...],
) -> CommitmentPlan:
    whole = plan.before + covered
    pools = found.history.pools if found.history else ()
    return CommitmentPlan(
        currency=question.currency,
        days=question.days,
        before=_money(plan.before),
        after=_money(plan.after),
        saving=_money(plan.before - plan.after),
        coverage_before=_share(covered / whole if whole else 0.0),
        coverage_after=_share((covered + plan.coverage * plan.before) / whole if whole else 0.0),
        gap=_share(plan.gap),
        hidden=found.widest > 1,
        pools=pools,
        unused_offers=unused,
        purchases=tuple(_purchase(one) for one in plan.purchases),
    )


def _purchase(one: Purchase) -> CommitmentPurchase:
    return CommitmentPurchase(
        offer=one.offer.id,
        kind=one.offer.kind,
        years=one.offer.years,
        hourly=Decimal(f"{one.hourly:.3f}"),
        steps=one.steps,
        pays=_money(one.pays),
        covers=_money(one.covers),
        saving=_money(one.saving),
        utilisation=_share(one.utilisation),
        break_even=_share(one.break_even),
    )


def _money(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def _share(share: float) -> Decimal:
    return Decimal(f"{share:.4f}")
