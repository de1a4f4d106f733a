"""A purchase as a recommendation: to be accepted or dismissed, and looked for in the bills that follow."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from functions.cost.model.checks.case import Basis
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel
from functions.cost.model.recommendation import Recommendation, money, recommendation_id

CHECK: Final = "commitment-purchase"
TYPE: Final = "steward.cost/commitment"
TITLE: Final = "Commit to usage that is there at all hours"


class PurchaseFigures(NamedTuple):
    """What is to be bought of an offer, and what a month of it comes to."""

    offer: str
    provider: str
    currency: str
    years: int
    hourly: Decimal
    steps: int
    pays: Decimal
    covers: Decimal
    utilisation: Decimal
    break_even: Decimal
    days: int


def recommended_purchase(one: PurchaseFigures, *, at: datetime) -> Recommendation:
    """The recommendation to buy it; always the same one for an offer in a currency."""
    resource = f"commitment/{one.provider}/{one.currency}/{one.offer}"
    return Recommendation(
        id=recommendation_id(CHECK, resource),
        check=CHECK,
        title=TITLE,
        category=AdviceCategory.COMMITMENT,
        resource_id=resource,
        resource_type=TYPE,
        resource_name=one.offer,
        provider=one.provider,
        account="",
        region="",
        saving=money(one.covers - one.pays),
        cost=money(one.covers),
        currency=one.currency,
        basis=Basis.BILL,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        evidence={
            "hourly": f"{one.hourly}",
            "steps": f"{one.steps}",
            "pays": f"{one.pays}",
            "covers": f"{one.covers}",
            "utilisation": f"{one.utilisation}",
            "break_even": f"{one.break_even}",
            "days": f"{one.days}",
        },
        action=(
            f"Buy {one.offer}: commit to {one.hourly} {one.currency} an hour for {one.years} years; it "
            f"pays while at least {one.break_even} of what it covers now is used."
        ),
        opened_at=at,
        updated_at=at,
    )
